"""A mentor's questions at booking over REST."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mentorship.actors import Actor
from storage.tables import BookingAnswer, IdempotencyKey, Session
from tests.api.groups.conftest import problem
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community

LEVEL = {"text": "How long have you used Python?", "kind": "short", "required": True}
GOAL = {"text": "What would you like to work on?", "kind": "long", "required": False}


@pytest.fixture
async def oliver(community: Community) -> Actor:
    return await community.mentor("Oliver")


@pytest.fixture
async def maya(community: Community) -> Actor:
    return await community.member("Maya", points=1_000)


async def ask(api: ApiServer, mentor: Actor, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    """Set what a mentor asks."""
    body = {"questions": list(questions)}
    response = await api.client_of(mentor).put("/me/questions", json=body)
    assert response.status_code == 200, response.text
    asked: list[dict[str, Any]] = response.json()["questions"]
    return asked


def booking(mentor: Actor, **changes: Any) -> dict[str, Any]:
    return {
        "mentorId": str(mentor.user_id),
        "scheduledAt": "2026-03-03T12:00:00Z",
        "duration": 60,
    } | changes


def answer(question: dict[str, Any], text: str) -> dict[str, Any]:
    return {"questionId": question["id"], "revision": question["revision"], "answer": text}


def pointers(response: httpx.Response) -> list[str]:
    return [each["pointer"] for each in response.json()["errors"]]


async def test_a_mentor_replaces_their_questions(
    api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    client = api.client_of(oliver)
    assert (await client.get("/me/questions")).json() == {"questions": []}
    level, goal = await ask(api, oliver, LEVEL, GOAL)
    assert level == LEVEL | {"id": level["id"], "revision": 1, "maxLength": 150}
    assert goal == GOAL | {"id": goal["id"], "revision": 1, "maxLength": 500}
    changed = await ask(api, oliver, {**GOAL, "id": goal["id"], "text": "Your  goal?"}, LEVEL)
    assert changed[0] == goal | {"text": "Your goal?", "revision": 2}
    assert changed[1]["id"] not in (level["id"], goal["id"]), "it was sent without its id"
    assert (await client.get("/me/questions")).json() == {"questions": changed}
    profile = (await api.client_of(maya).get(f"/profile/{oliver.user_id}")).json()
    assert profile["questions"] == changed
    preview = await api.client_of(maya).post("/book/preview", json=booking(oliver))
    assert preview.json()["questions"] == changed


async def test_questions_are_validated(api: ApiServer, oliver: Actor, maya: Actor) -> None:
    client = api.client_of(oliver)

    async def put(*questions: Any) -> httpx.Response:
        return await client.put("/me/questions", json={"questions": list(questions)})

    blank = await put(LEVEL, {"text": " \n "})
    assert problem(blank) == (422, "invalid-field")
    assert pointers(blank) == ["/questions/1/text"]
    assert pointers(await put({"text": "x" * 101})) == ["/questions/0/text"]
    assert pointers(await put(LEVEL, LEVEL, LEVEL, LEVEL)) == ["/questions"]
    assert pointers(await put({"text": "Fine?", "kind": "huge"})) == ["/questions/0/kind"]
    assert pointers(await put({"text": "Fine?", "required": "yes"})) == ["/questions/0/required"]
    assert problem(await put({"id": "77", "text": "Fine?"})) == (404, "not-found")
    for body in ({}, {"questions": None}, [], {"questions": [None]}):
        assert (await client.put("/me/questions", json=body)).status_code == 422
    (level,) = await ask(api, oliver, LEVEL)
    twice = await put({"id": level["id"], "text": "A?"}, {"id": level["id"], "text": "B?"})
    assert pointers(twice) == ["/questions"]
    for method in ("get", "put"):
        call = getattr(api.client_of(maya), method)
        more = {} if method == "get" else {"json": {"questions": []}}
        assert problem(await call("/me/questions", **more)) == (404, "not-a-mentor")


async def test_replacing_questions_is_idempotent_with_a_key(api: ApiServer, oliver: Actor) -> None:
    client, key = api.client_of(oliver), {"Idempotency-Key": "questions-1"}
    body = {"questions": [LEVEL]}
    first = await client.put("/me/questions", json=body, headers=key)
    second = await client.put("/me/questions", json=body, headers=key)
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    other = await client.put("/me/questions", json={"questions": []}, headers=key)
    assert problem(other) == (422, "idempotency-key-reused")


async def test_only_the_two_people_read_the_answers_of_a_session(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    level, goal = await ask(api, oliver, LEVEL, GOAL)
    client = api.client_of(maya)
    answers = [answer(goal, "@everyone \u202eعربي *bold*"), answer(level, "Two years")]
    booked = await client.post(
        "/book", json=booking(oliver, answers=answers), headers={"Idempotency-Key": "book-1"}
    )
    assert booked.status_code == 201, booked.text
    assert "answers" not in booked.json(), "what is stored under a key holds no answers"
    path = f"/session/{booked.json()['id']}"
    expected = [
        {"question": LEVEL["text"], "answer": "Two years"},
        {"question": GOAL["text"], "answer": "@everyone \u202eعربي *bold*"},
    ]
    for person in (maya, oliver):
        assert (await api.client_of(person).get(path)).json()["answers"] == expected
    chief = api.client_of(community.chief, "moderator")
    assert problem(await chief.get(path)) == (404, "not-found")
    for role, person in (("mentor", oliver), ("mentee", maya)):
        (listed,) = (await api.client_of(person).get(f"/sessions/{role}")).json()["sessions"]
        assert "answers" not in listed
    for page in ("/sessions", "/events"):
        everything = await api.client_of(oliver, "service").get(page)
        assert everything.status_code == 200
        assert "Two years" not in everything.text
    assert await community.count(IdempotencyKey) == 1


async def test_answers_are_checked_with_the_field_at_fault(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    level, goal = await ask(api, oliver, LEVEL, GOAL)
    client = api.client_of(maya)

    async def book(*answers: Any) -> httpx.Response:
        return await client.post("/book", json=booking(oliver, answers=list(answers)))

    for missing in (
        await client.post("/book", json=booking(oliver)),
        await book(answer(level, "")),
    ):
        assert problem(missing) == (422, "answers-needed")
        assert missing.json()["questionIds"] == [level["id"]]
        assert pointers(missing) == ["/answers"]
    long = await book(answer(goal, "Django"), answer(level, "x" * 151))
    assert problem(long) == (422, "invalid-field")
    assert pointers(long) == ["/answers/1/answer"]
    arabic = await book(answer(level, "\u202e@everyone عربي" * 300))
    assert pointers(arabic) == ["/answers/0/answer"]
    assert pointers(await book(answer(level, "a"), answer(level, "b"))) == ["/answers/1/answer"]
    assert pointers(await book({"questionId": "x", "answer": "a"})) == ["/answers/0/questionId"]
    too_many = await book(*(answer(level, "a") for _ in range(4)))
    assert pointers(too_many) == ["/answers"]
    assert await community.count(Session) == 0
    assert await community.count(BookingAnswer) == 0


async def test_a_changed_question_is_refused_and_a_removed_one_ignored(
    api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    level, goal = await ask(api, oliver, LEVEL, GOAL)
    (changed,) = await ask(api, oliver, {**LEVEL, "id": level["id"], "text": "Have you used Rust?"})
    client = api.client_of(maya)
    answers = [answer(level, "Two years"), answer(goal, "Django")]
    refused = await client.post("/book", json=booking(oliver, answers=answers))
    assert problem(refused) == (409, "questions-changed")
    assert refused.json()["questionIds"] == [level["id"]]
    answers[0] = answer(changed, "No")
    booked = await client.post("/book", json=booking(oliver, answers=answers))
    loaded = (await client.get(f"/session/{booked.json()['id']}")).json()
    assert loaded["answers"] == [{"question": "Have you used Rust?", "answer": "No"}]
    # A client that doesn't send the revision accepts any.
    later = booking(oliver, scheduledAt="2026-03-04T12:00:00Z")
    later["answers"] = [{"questionId": level["id"], "answer": "No"}]
    assert (await client.post("/book", json=later)).status_code == 201


async def test_each_session_of_a_series_has_the_answers(
    api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    (level,) = await ask(api, oliver, LEVEL)
    client = api.client_of(maya)
    body = booking(oliver, everyWeeks=1, count=2)
    preview = (await client.post("/series/preview", json=body)).json()
    assert preview["questions"] == [level]
    assert problem(await client.post("/series", json=body)) == (422, "answers-needed")
    body["answers"] = [answer(level, "Two years")]
    series = (await client.post("/series", json=body)).json()
    for session in series["sessions"]:
        loaded = (await client.get(f"/session/{session['id']}")).json()
        assert loaded["answers"] == [{"question": LEVEL["text"], "answer": "Two years"}]
