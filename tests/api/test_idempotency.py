"""One key is one act, however often and however quickly it is sent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from mentorship.errors import SlotUnavailable
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from mentorship.statuses import SessionStatus
from storage.tables import ProfileRevision, Session
from tests.api.server import Api
from tests.mentorship.support.community import TUESDAY_NOON, Community

BIO = "Ten years of other people's Python, and glad to explain it."


def asked(mentor_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "mentorId": str(mentor_id),
        "duration": 60,
        "timezone": "America/New_York",
        "scheduledAt": "2026-03-03T12:00:00Z",
    } | changes


async def test_the_same_key_and_body_give_the_same_answer(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    client = api.as_(maya, **{"Idempotency-Key": "a-key"})
    first = await client.post("/book", json=asked(oliver.user_id))
    # The same values in another order are the same request.
    again = await client.post("/book", json=dict(reversed(asked(oliver.user_id).items())))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await town.count(Session) == 1
    assert await town.balance(maya) == 40


async def test_the_same_key_with_another_body_is_refused(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=200)
    client = api.as_(maya, **{"Idempotency-Key": "a-key"})
    await client.post("/book", json=asked(oliver.user_id))
    other = await client.post("/book", json=asked(oliver.user_id, duration=30))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    applied = {"expertise": ["python"], "hourlyRate": 1, "bio": BIO}
    assert (await client.post("/apply", json=applied)).status_code == 422
    assert await town.count(ProfileRevision) == 1, "Oliver's"


async def test_the_same_words_about_something_else_are_another_request(
    town: Community, api: Api
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=200)
    first = await town.session(SessionStatus.COMPLETED, maya, oliver)
    second = await town.session(
        SessionStatus.COMPLETED, maya, oliver, first.starts_at + timedelta(days=3)
    )
    client = api.as_(maya, **{"Idempotency-Key": "a-key"})
    assert (await client.post(f"/session/{first.id}/rate", json={"rating": 5})).status_code == 201
    other = await client.post(f"/session/{second.id}/rate", json={"rating": 5})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_of_many_at_once_one_acts_and_all_get_its_answer(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    client = api.as_(maya, **{"Idempotency-Key": "a-key"})
    answers = await asyncio.gather(
        *(client.post("/book", json=asked(oliver.user_id)) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 9
    assert await town.balance(maya) == 40


async def test_a_refusal_is_not_kept(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=10)
    client = api.as_(maya, **{"Idempotency-Key": "a-key"})
    refused = await client.post("/book", json=asked(oliver.user_id))
    assert refused.status_code == 409
    await town.grant(maya, 100)
    assert (await client.post("/book", json=asked(oliver.user_id))).status_code == 201


async def test_a_key_is_its_sender_s_alone(town: Community, api: Api) -> None:
    oliver = await town.mentor("Oliver")
    for name, hour in (("Maya", 12), ("Noor", 14)):
        member = await town.member(name, points=100)
        client = api.as_(member, **{"Idempotency-Key": "a-key"})
        start = f"2026-03-03T{hour}:00:00Z"
        answer = await client.post("/book", json=asked(oliver.user_id, scheduledAt=start))
        assert answer.status_code == 201
        assert answer.json()["menteeId"] == str(member.user_id)


async def test_a_key_that_is_none_is_refused(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    for key in ("with space", "x" * 256):
        client = api.as_(maya, **{"Idempotency-Key": key})
        answer = await client.post("/book", json=asked(oliver.user_id))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["header"] == "Idempotency-Key"


async def test_over_rest_and_by_use_case_one_has_the_slot(town: Community, api: Api) -> None:
    oliver = await town.mentor("Oliver")
    members = [await town.member(f"Member {number}", points=100) for number in range(16)]

    async def over_rest(number: int) -> str:
        answer = await api.as_(members[number]).post("/book", json=asked(oliver.user_id))
        if answer.status_code == 409:
            assert answer.json()["code"] == "slot-taken"
            assert len(answer.json()["nearestSlots"]) == 5
            return "lost"
        assert answer.status_code == 201
        return "won"

    async def as_in_discord(number: int) -> str:
        request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
        try:
            await town.db.run(booking.book, members[number], request)
        except SlotUnavailable as lost:
            return "lost" if len(lost.nearest) == 5 else "left alone"
        return "won"

    ways = [over_rest(number) if number % 2 else as_in_discord(number) for number in range(16)]
    outcomes = await asyncio.gather(*ways)
    assert sorted(outcomes) == ["lost"] * 15 + ["won"]
    assert await town.count(Session) == 1


async def test_two_editors_of_hours_don_t_overwrite_each_other(town: Community, api: Api) -> None:
    oliver = api.as_(await town.mentor("Oliver"))
    looked = await oliver.get("/availability")
    tag = looked.headers["etag"]
    week = [{"dayOfWeek": "Monday", "startTime": "09:00", "endTime": "17:00"}]
    first = await oliver.put("/availability", json=week, headers={"If-Match": tag})
    assert first.status_code == 200
    assert first.headers["etag"] != tag
    second = await oliver.put("/availability", json=[], headers={"If-Match": tag})
    assert (second.status_code, second.json()["code"]) == (412, "changed-meanwhile")
    assert (await oliver.get("/availability")).json()["weekly"] == first.json()["weekly"]
    for anything in ({"If-Match": first.headers["etag"]}, {"If-Match": "*"}, {}):
        answer = await oliver.put("/availability", json=week, headers=anything)
        assert answer.status_code == 200
    for wrong in ('"other"', "W/" + tag):
        answer = await oliver.put("/availability", json=week, headers={"If-Match": wrong})
        assert answer.status_code == 412
    assert (await oliver.put("/availability", json=[], headers={"If-Match": tag})).json()
