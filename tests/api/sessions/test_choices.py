"""Over REST: where a session can be moved, when its mentor can be booked again, and previews."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mentorship.mentors import profiles
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


async def test_a_start_from_the_options_can_be_proposed(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", hours="daily 9:00-17:00")
    maya = await community.member("Maya", points=200)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    await community.book(maya, oliver, TUESDAY_NOON + hours(2))
    client, path = api.client_of(maya), f"/session/{session.id}/schedule"
    options = (await client.get(path)).json()
    assert (options["sessionId"], options["duration"]) == (str(session.id), 60)
    assert options["scheduledAt"] not in options["starts"]
    assert "2026-03-03T14:00:00Z" not in options["starts"], "she is busy then"
    # Thursday at 11 in New York is 16:00 in London, when Oliver's last hour begins.
    near = (await client.get(path, params={"near": "Thu 11am", "limit": 2})).json()["starts"]
    assert len(near) == 2
    assert near[0] == "2026-03-05T16:00:00Z"
    proposed = await client.put(path, json={"scheduledAt": near[0]})
    assert proposed.json()["proposed"]["scheduledAt"] == near[0]


async def test_a_mentee_finds_the_slot_a_week_later_and_books_it(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=200)
    session = await community.session(SessionStatus.COMPLETED, maya, oliver)
    path = f"/session/{session.id}/next-slot"
    slot = (await api.client_of(maya).get(path)).json()
    assert slot == {
        "mentorId": str(oliver.user_id),
        "mentorName": "Oliver",
        "duration": 60,
        "sameDuration": True,
        "repeatedAt": "2026-03-10T12:00:00Z",
        "scheduledAt": "2026-03-10T12:00:00Z",
    }
    body = {key: slot[key] for key in ("mentorId", "duration", "scheduledAt")}
    booked = await api.client_of(maya).post("/book", json=body)
    assert booked.status_code == 201, booked.text
    refused = await api.client_of(oliver).get(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-yours")


async def test_a_move_is_previewed_and_asks_as_many_as_were_seen(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    start = datetime(2026, 3, 5, 15, tzinfo=UTC)
    request = GroupRequest("Office hours", start, 60, capacity=5, price=0)
    group = await community.db.run(creation.create, oliver, request)
    client, path = api.client_of(oliver), f"/groups/{group.id}/schedule"
    for name in ("Maya", "Noor"):
        person = await community.member(name)
        await community.db.run(seats.join, person, seats.JoinRequest(group.id))
    new_time = {"scheduledAt": "2026-03-06T15:00:00Z", "duration": 90}
    preview = (await client.post(f"{path}/preview", json=new_time)).json()
    assert preview == {
        "groupId": str(group.id),
        "scheduledAt": "2026-03-06T15:00:00Z",
        "endsAt": "2026-03-06T16:30:00Z",
        "duration": 90,
        "seatsAskedAgain": 2,
        "revision": preview["revision"],
    }
    same = await client.post(f"{path}/preview", json={"scheduledAt": "2026-03-05T15:00:00Z"})
    assert same.status_code == 422
    late = await community.member("Amy")
    await community.db.run(seats.join, late, seats.JoinRequest(group.id))
    seen = new_time | {"expectedSeats": 2, "revision": preview["revision"]}
    refused = await client.put(path, json=seen)
    assert (refused.status_code, refused.json()["code"]) == (409, "terms-changed")
    moved = await client.put(path, json=seen | {"expectedSeats": 3})
    assert moved.json()["endsAt"] == "2026-03-06T16:30:00Z"


async def test_a_mentor_confirms_that_they_still_mentor(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    for number in range(3):
        maya = await community.member(f"Maya {number}", points=60)
        start = TUESDAY_NOON + timedelta(days=number)
        await community.session(SessionStatus.EXPIRED, maya, oliver, start)
    client = api.client_of(oliver)
    confirmed = await client.post("/mentoring/confirmation")
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "approved")
    await community.db.run(profiles.pause, oliver)
    assert (await client.post("/mentoring/confirmation")).json()["paused"] is True
