"""Reviews over HTTP: in sessions, on a mentor's profile, and hidden or shown by moderators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from mentorship.actors import Actor
from mentorship.operations import erasure
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


async def rated_session(
    community: Community, api: ApiServer, mentee: Actor, mentor: Actor, number: int = 0, **body: Any
) -> SessionView:
    start = TUESDAY_NOON + hours(24 * number)
    session = await community.session(SessionStatus.COMPLETED, mentee, mentor, start)
    rated = await api.client_of(mentee).post(f"/session/{session.id}/rate", json=body)
    assert rated.status_code == 201
    return session


def changes_of(response: httpx.Response) -> tuple[str, str | None]:
    problem = response.json()
    return problem["code"], problem.get("errors", [{}])[0].get("pointer")


async def test_a_session_has_its_review_and_reply(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=60)
    session = await rated_session(community, api, maya, oliver, rating=4, review="Clear.")
    as_mentee, as_mentor = api.client_of(maya), api.client_of(oliver)
    replied = await as_mentor.post(f"/session/{session.id}/reply", json={"reply": "Thank you!"})
    assert replied.status_code == 201
    for client, list_path in ((as_mentee, "/sessions/mentee"), (as_mentor, "/sessions/mentor")):
        shown = (await client.get(f"/session/{session.id}")).json()
        assert shown["review"] == replied.json()
        assert (shown["rating"], shown["review"]["review"]) == (4, "Clear.")
        (listed,) = (await client.get(list_path)).json()["sessions"]
        assert listed["review"] == replied.json()


async def test_reviews_of_a_mentor_come_in_pages_without_authors(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=300)
    for number in range(3):
        text = {"review": f"Visit {number}"} if number else {}
        await rated_session(community, api, maya, oliver, number, rating=number + 3, **text)
    noor = api.client_of(await community.member("Noor"))
    first = (await noor.get(f"/profile/{oliver.user_id}/reviews?limit=2")).json()
    assert [each["review"] for each in first["reviews"]] == ["Visit 2", "Visit 1"]
    assert str(maya.user_id) not in str(first)
    assert maya.name not in str(first)
    # One more is written between the two pages: the second one repeats nothing.
    await rated_session(community, api, maya, oliver, 3, rating=1)
    path = f"/profile/{oliver.user_id}/reviews?limit=2&cursor={first['nextCursor']}"
    second = (await noor.get(path)).json()
    assert [each["rating"] for each in second["reviews"]] == [3]
    assert second["nextCursor"] is None
    path = f"/profile/{oliver.user_id}/reviews?limit=2&cursor={second['previousCursor']}"
    assert (await noor.get(path)).json()["reviews"] == first["reviews"]


async def test_a_hidden_review_is_for_its_author_and_moderators(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=60)
    session = await rated_session(community, api, maya, oliver, rating=1, review="Dull.")
    chief = api.client_of(community.chief, "moderator")
    (listed,) = (await chief.get("/reviews")).json()["reviews"]
    assert (listed["authorName"], listed["mentorName"]) == ("Maya", "Oliver")
    assert (listed["sessionId"], listed["review"]) == (str(session.id), "Dull.")
    visibility = f"/reviews/{listed['id']}/visibility"
    refused = await chief.put(visibility, json={"visible": False})
    assert (refused.status_code, *changes_of(refused)) == (422, "invalid-field", "/reason")
    hidden = await chief.put(
        visibility,
        json={
            "visible": False,
            "reason": "An insult",
            "reviewChangedAt": listed["changedAt"],
        },
    )
    assert (hidden.status_code, hidden.json()["hiddenReason"]) == (200, "An insult")

    (of_author,) = (await api.client_of(maya).get("/sessions/mentee")).json()["sessions"]
    assert of_author["review"] == hidden.json()
    (of_mentor,) = (await api.client_of(oliver).get("/sessions/mentor")).json()["sessions"]
    assert of_mentor["review"] is None
    public = await api.client_of(maya).get(f"/profile/{oliver.user_id}/reviews")
    assert public.json()["reviews"] == []
    assert (await chief.get("/reviews")).json()["reviews"] == []
    (still,) = (await chief.get("/reviews?hidden=true")).json()["reviews"]
    assert still["id"] == listed["id"]

    shown = await chief.put(visibility, json={"visible": True})
    assert (shown.json()["hidden"], shown.json()["hiddenReason"]) == (False, None)
    again = await chief.put(visibility, json={"visible": True})
    assert (again.status_code, again.json()["code"]) == (409, "not-allowed-now")


async def test_a_review_that_changed_since_it_was_read_is_not_hidden(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=60)
    session = await rated_session(community, api, maya, oliver, rating=1, review="Dull.")
    chief = api.client_of(community.chief, "moderator")
    (read,) = (await chief.get("/reviews")).json()["reviews"]
    edit = {"rating": 2, "review": "Quiet."}
    assert (await api.client_of(maya).post(f"/session/{session.id}/rate", json=edit)).is_success
    body = {"visible": False, "reason": "Rude", "reviewChangedAt": read["changedAt"]}
    refused = await chief.put(f"/reviews/{read['id']}/visibility", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "terms-changed")
    assert (await chief.get("/reviews")).json()["reviews"][0]["review"] == "Quiet."


async def test_moderators_do_not_hide_reviews_of_themselves(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=60)
    await rated_session(community, api, maya, oliver, rating=1, review="Dull.")
    moderator = api.client_of(replace(oliver, moderates=True), "moderator")
    (review,) = (await moderator.get("/reviews")).json()["reviews"]
    body = {"visible": False, "reason": "Rude"}
    refused = await moderator.put(f"/reviews/{review['id']}/visibility", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "own-case")


async def test_a_review_of_an_erased_mentor_keeps_its_stars_alone(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=60)
    session = await rated_session(community, api, maya, oliver, rating=5, review="A gem.")
    await community.db.run(erasure.erase, oliver)
    chief = api.client_of(community.chief, "moderator")
    (review,) = (await chief.get("/reviews")).json()["reviews"]
    assert (review["mentorId"], review["rating"], review["review"]) == (None, 5, "")
    assert review["authorId"] == str(maya.user_id)
    (of_author,) = (await api.client_of(maya).get("/sessions/mentee")).json()["sessions"]
    assert (of_author["id"], of_author["review"]["rating"]) == (str(session.id), 5)
