"""`Idempotency-Key` and `If-Match`: repeated and concurrent requests."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mentorship.errors import SlotUnavailable
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from mentorship.statuses import SessionStatus
from storage.tables import ProfileRevision, Session
from tests.api.server import ApiServer, booking_body
from tests.mentorship.support.community import TUESDAY_NOON, Community
from tests.storage.test_error_classes import failing_sync

BIO = "Ten years of other people's Python, and glad to explain it."


async def test_the_same_key_and_body_return_the_same_response(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    client = api.client_of(maya, **{"Idempotency-Key": "a-key"})
    first = await client.post("/book", json=booking_body(oliver.user_id))
    # The same values in another order are the same request.
    again = await client.post("/book", json=dict(reversed(booking_body(oliver.user_id).items())))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await community.count(Session) == 1
    assert await community.balance(maya) == 40


async def test_a_request_whose_outcome_is_unknown_can_be_sent_again(
    community: Community, api: ApiServer
) -> None:
    """The disk fails while a commit is being made durable."""
    if not community.db.url.startswith("sqlite"):
        pytest.skip("breaks SQLite's commit")
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    client = api.client_of(maya, **{"Idempotency-Key": "a-key"})
    with failing_sync(community.db):
        lost = await client.post("/book", json=booking_body(oliver.user_id))
    assert (lost.status_code, lost.json()["code"]) == (503, "outcome-unknown")
    assert "Idempotency-Key" in lost.json()["detail"]
    assert "retry-after" in lost.headers
    again = await client.post("/book", json=booking_body(oliver.user_id))
    assert again.status_code == 201
    assert await community.count(Session) == 1


async def test_the_same_key_with_another_body_is_refused(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=200)
    client = api.client_of(maya, **{"Idempotency-Key": "a-key"})
    await client.post("/book", json=booking_body(oliver.user_id))
    other = await client.post("/book", json=booking_body(oliver.user_id, duration=30))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    application = {"expertise": ["python"], "hourlyRate": 1, "bio": BIO}
    assert (await client.post("/apply", json=application)).status_code == 422
    assert await community.count(ProfileRevision) == 1, "Oliver's"


async def test_the_same_key_and_body_on_another_path_is_refused(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=200)
    first = await community.session(SessionStatus.COMPLETED, maya, oliver)
    second = await community.session(
        SessionStatus.COMPLETED, maya, oliver, first.starts_at + timedelta(days=3)
    )
    client = api.client_of(maya, **{"Idempotency-Key": "a-key"})
    assert (await client.post(f"/session/{first.id}/rate", json={"rating": 5})).status_code == 201
    other = await client.post(f"/session/{second.id}/rate", json={"rating": 5})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_concurrent_requests_with_one_key_book_once(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    client = api.client_of(maya, **{"Idempotency-Key": "a-key"})
    responses = await asyncio.gather(
        *(client.post("/book", json=booking_body(oliver.user_id)) for _ in range(10))
    )
    assert {response.status_code for response in responses} == {201}
    assert len({response.text for response in responses}) == 1
    assert sum("idempotency-replayed" in response.headers for response in responses) == 9
    assert await community.balance(maya) == 40


async def test_a_refused_request_does_not_use_up_its_key(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=10)
    client = api.client_of(maya, **{"Idempotency-Key": "a-key"})
    refused = await client.post("/book", json=booking_body(oliver.user_id))
    assert refused.status_code == 409
    await community.grant(maya, 100)
    assert (await client.post("/book", json=booking_body(oliver.user_id))).status_code == 201


async def test_two_members_can_use_the_same_key(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    for name, hour in (("Maya", 12), ("Noor", 14)):
        member = await community.member(name, points=100)
        client = api.client_of(member, **{"Idempotency-Key": "a-key"})
        start = f"2026-03-03T{hour}:00:00Z"
        response = await client.post("/book", json=booking_body(oliver.user_id, scheduledAt=start))
        assert response.status_code == 201
        assert response.json()["menteeId"] == str(member.user_id)


async def test_an_invalid_key_is_refused(community: Community, api: ApiServer) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    for key in ("with space", "x" * 256):
        client = api.client_of(maya, **{"Idempotency-Key": key})
        response = await client.post("/book", json=booking_body(oliver.user_id))
        assert response.status_code == 422
        assert response.json()["errors"][0]["header"] == "Idempotency-Key"


async def test_one_of_many_bookings_over_rest_and_in_discord_wins(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    members = [await community.member(f"Member {number}", points=100) for number in range(16)]

    async def over_rest(number: int) -> str:
        response = await api.client_of(members[number]).post(
            "/book", json=booking_body(oliver.user_id)
        )
        if response.status_code == 409:
            assert response.json()["code"] == "slot-taken"
            assert len(response.json()["nearestSlots"]) == 5
            return "lost"
        assert response.status_code == 201
        return "won"

    async def in_discord(number: int) -> str:
        request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
        try:
            await community.db.run(booking.book, members[number], request)
        except SlotUnavailable as lost:
            return "lost" if len(lost.nearest) == 5 else "lost without alternatives"
        return "won"

    attempts = [over_rest(number) if number % 2 else in_discord(number) for number in range(16)]
    outcomes = await asyncio.gather(*attempts)
    assert sorted(outcomes) == ["lost"] * 15 + ["won"]
    assert await community.count(Session) == 1


async def test_if_match_prevents_lost_updates_of_availability(
    community: Community, api: ApiServer
) -> None:
    oliver = api.client_of(await community.mentor("Oliver"))
    tag = (await oliver.get("/availability")).headers["etag"]
    week = [{"dayOfWeek": "Monday", "startTime": "09:00", "endTime": "17:00"}]
    first = await oliver.put("/availability", json=week, headers={"If-Match": tag})
    assert first.status_code == 200
    assert first.headers["etag"] != tag
    second = await oliver.put("/availability", json=[], headers={"If-Match": tag})
    assert (second.status_code, second.json()["code"]) == (412, "changed-meanwhile")
    assert (await oliver.get("/availability")).json()["weekly"] == first.json()["weekly"]
    for headers in ({"If-Match": first.headers["etag"]}, {"If-Match": "*"}, {}):
        response = await oliver.put("/availability", json=week, headers=headers)
        assert response.status_code == 200
    for if_match in ('"other"', "W/" + tag):
        response = await oliver.put("/availability", json=week, headers={"If-Match": if_match})
        assert response.status_code == 412
    assert (await oliver.put("/availability", json=[], headers={"If-Match": tag})).json()
