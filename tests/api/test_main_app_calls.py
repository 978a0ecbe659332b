"""The main app's ten calls, in its own words, from an application to a rating."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.administration import moderation
from mentorship.notifications.catalogue import NotificationKind
from mentorship.statuses import SessionStatus
from tests.api.server import Api
from tests.mentorship.support.community import TUESDAY_NOON, Community

BIO = "Ten years of other people's Python, and glad to explain it."


async def test_apply_is_on_the_moderators_table(town: Community, api: Api) -> None:
    amy = await town.member("Amy", zone="Europe/London")
    answer = await api.as_(amy).post(
        "/apply",
        json={
            "expertise": ["Python", "code  review"],
            "hourlyRate": 60,
            "bio": BIO,
            "applicationReason": "I was helped here.",
        },
    )
    assert answer.status_code == 201
    told = answer.json()
    assert told["status"] == "pending"
    assert told["expertise"] == ["python", "code review"]
    assert told["userId"] == str(amy.user_id)
    assert len(await town.notices(NotificationKind.APPLICATION_RECEIVED)) == 1

    moderator = api.as_(town.chief, "moderator")
    (waiting,) = (await moderator.get("/applications")).json()["applications"]
    assert waiting["id"] == told["id"]
    assert waiting["applicationReason"] == "I was helped here."
    decided = await moderator.put(f"/profile/{amy.user_id}/status", json={"status": "approved"})
    assert decided.json() == {
        "userId": str(amy.user_id),
        "status": "approved",
        "decision": "approved",
        "sessionsCancelled": 0,
    }
    assert await town.told(amy, NotificationKind.APPROVED) == [NotificationKind.APPROVED]


async def test_a_profile_is_what_members_see(town: Community, api: Api) -> None:
    oliver = await town.mentor("Oliver", hours="mon 18:00-21:30")
    maya = await town.member("Maya")
    answer = await api.as_(maya).get(f"/profile/{oliver.user_id}")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(oliver.user_id),
        "userId": str(oliver.user_id),
        "name": "Oliver",
        "expertise": ["python"],
        "hourlyRate": 60,
        "bio": BIO,
        "rating": None,
        "ratingCount": 0,
        "sessionsCompleted": 0,
        "availability": [
            {
                "dayOfWeek": "Monday",
                "startTime": "18:00",
                "endTime": "21:30",
                "timezone": "Europe/London",
            }
        ],
        "status": "approved",
        "timezone": "Europe/London",
        "durations": [30, 60],
        "instantBooking": False,
        "paused": False,
        "pausedUntil": None,
    }


async def test_search_finds_who_is_free(town: Community, api: Api) -> None:
    oliver = await town.mentor("Oliver", hours="mon-fri 9-17")
    await town.mentor("Ines", hours="sat 9-17")
    maya = api.as_(await town.member("Maya"))
    found = await maya.get("/search", params={"expertise": "pyton"})
    assert [each["name"] for each in found.json()["mentors"]] == ["Oliver", "Ines"]
    span = {"freeFrom": "2026-03-03T09:00:00Z", "freeTo": "2026-03-03T10:00:00Z"}
    found = await maya.get("/search", params=span)
    (only,) = found.json()["mentors"]
    assert only["userId"] == str(oliver.user_id)
    assert only["nextSlots"][0] == "2026-03-03T09:00:00Z"


async def test_pages_by_cursor_and_by_number_show_the_same(town: Community, api: Api) -> None:
    for number in range(5):
        await town.mentor(f"Mentor {number}", rate=number)
    maya = api.as_(await town.member("Maya"))
    asked: dict[str, object] = {"sort": "price", "limit": 2}
    pages, cursor = [], None
    for _ in range(3):
        further = {"cursor": cursor} if cursor else {}
        page = (await maya.get("/search", params=asked | further)).json()
        pages.append([each["hourlyRate"] for each in page["mentors"]])
        cursor = page["nextCursor"]
    assert pages == [[0, 1], [2, 3], [4]]
    assert cursor is None
    for number, rates in enumerate([*pages, []], 1):
        page = (await maya.get("/search", params=asked | {"page": number})).json()
        assert [each["hourlyRate"] for each in page["mentors"]] == rates


@pytest.mark.parametrize(
    "start",
    [
        {"scheduledAt": "2026-03-03T12:00:00Z"},
        {"scheduledAt": "2026-03-03T07:00:00-05:00"},
        {"date": "2026-03-03", "startTime": "07:00"},
        {"date": "2026-03-03", "startTime": "07:00", "endTime": "08:00"},
    ],
)
async def test_booking_in_either_spelling(town: Community, api: Api, start: dict[str, str]) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=100)
    answer = await api.as_(maya).post(
        "/book",
        json={
            "mentorId": str(oliver.user_id),
            "duration": 60,
            "timezone": "America/New_York",
            "notes": "My first pull request",
            **start,
        },
    )
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["location"] == f"/api/mentorship/session/{told['id']}"
    expected = {
        "mentorId": str(oliver.user_id),
        "menteeId": str(maya.user_id),
        "scheduledAt": "2026-03-03T12:00:00Z",
        "duration": 60,
        "timezone": "Europe/London",
        "local": "Tue 3 Mar 2026, 12:00–13:00 GMT (UTC+0)",
        "status": "scheduled",
        "meetingLink": None,
        "amountPaid": 60,
        "notes": "My first pull request",
        "points": {"held": 60, "refunded": 0, "earned": 0},
    }
    assert {name: told[name] for name in expected} == expected
    assert await town.balance(maya) == 40
    assert await town.told(oliver) == [NotificationKind.APPROVED, NotificationKind.REQUESTED]


async def test_availability_as_a_list_leaves_dates_and_settings(town: Community, api: Api) -> None:
    oliver = api.as_(await town.mentor("Oliver"))
    await oliver.put(
        "/availability",
        json={
            "overrides": [{"date": "2026-03-09", "hours": []}],
            "settings": {"durations": [45], "mostPerDay": 3},
        },
    )
    answer = await oliver.put(
        "/availability",
        json=[
            {
                "dayOfWeek": "Monday",
                "startTime": "09:00",
                "endTime": "17:00",
                "timezone": "Europe/Paris",
            },
            {
                "dayOfWeek": "Friday",
                "startTime": "22:00",
                "endTime": "02:00",
                "timezone": "Europe/Paris",
            },
        ],
    )
    assert answer.status_code == 200
    told = answer.json()
    assert told["timezone"] == "Europe/Paris"
    assert [(day["dayOfWeek"], day["startTime"], day["endTime"]) for day in told["weekly"]] == [
        ("Monday", "09:00", "17:00"),
        ("Friday", "22:00", "02:00"),
    ]
    assert told["overrides"] == [{"date": "2026-03-09", "hours": []}]
    assert told["settings"]["durations"] == [45]
    assert told["settings"]["mostPerDay"] == 3
    # Monday noon UTC is 13:00 in Paris; an hour's notice is asked.
    assert told["nextSlots"][0] == "2026-03-02T13:00:00Z"


async def test_a_session_is_its_participants(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    noor = await town.member("Noor")
    booked = await town.book(maya, oliver)
    for person, actions in (
        (oliver, ["confirm", "decline", "propose"]),
        (maya, ["propose", "cancel"]),
    ):
        answer = await api.as_(person).get(f"/session/{booked.id}")
        assert answer.json()["actions"] == actions
    assert (await api.as_(noor).get(f"/session/{booked.id}")).status_code == 404


async def test_cancelling_says_what_comes_back(town: Community, api: Api) -> None:
    await town.settle(free_cancellation_until=1_440, late_refund_percent=50)
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    booked = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    town.clock.turn(minutes=1)
    answer = await api.as_(maya).request(
        "DELETE", f"/session/{booked.id}", json={"reason": "I am ill"}
    )
    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"
    assert answer.json()["reason"] == "I am ill"
    assert answer.json()["points"] == {"held": 0, "refunded": 30, "earned": 30}
    assert await town.balance(maya) == 70


async def test_a_session_ended_with_a_suspension_has_a_reason_to_read(
    town: Community, api: Api
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.db.run(moderation.suspend, town.chief, oliver.user_id, "Rude.", cancel_sessions=True)
    answer = await api.as_(maya).get(f"/session/{session.id}")
    assert answer.json()["reason"] == "This mentor profile takes no sessions at the moment."


async def test_a_status_is_changed_by_who_may(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    booked = await town.book(maya, oliver)
    path = f"/session/{booked.id}/status"
    refused = await api.as_(maya).put(path, json={"status": "confirmed"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-allowed-now")
    confirmed = await api.as_(oliver).put(path, json={"status": "confirmed"})
    assert confirmed.json()["status"] == "confirmed"
    await town.wait_until(booked.starts_at)
    seen = await api.as_(maya).get(f"/session/{booked.id}")
    assert seen.json()["status"] == "in-progress"
    done = await api.as_(maya).put(path, json={"status": "completed"})
    assert done.json()["status"] == "completed"
    assert done.json()["points"] == {"held": 0, "refunded": 0, "earned": 60}


async def test_a_no_show_is_spelled_so(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    booked = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    town.clock.turn(minutes=15)
    path = f"/session/{booked.id}/status"
    said = await api.as_(oliver).put(path, json={"status": "no-show"})
    assert said.json()["status"] == "in-progress", "the other has time to say otherwise"
    await town.wait_until(booked.ends_at + timedelta(days=2))
    seen = (await api.as_(maya).get(f"/session/{booked.id}")).json()
    assert (seen["status"], seen["absent"]) == ("no-show", str(maya.user_id))


async def test_another_time_is_proposed_and_taken(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    booked = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    path = f"/session/{booked.id}/schedule"
    proposed = await api.as_(maya).put(
        path, json={"date": "2026-03-04", "startTime": "07:00", "timezone": "America/New_York"}
    )
    assert proposed.json()["proposed"] == {
        "by": str(maya.user_id),
        "scheduledAt": "2026-03-04T12:00:00Z",
    }
    assert proposed.json()["scheduledAt"] == "2026-03-03T12:00:00Z"
    taken = await api.as_(oliver).put(path, json={"action": "accept"})
    assert taken.json()["scheduledAt"] == "2026-03-04T12:00:00Z"
    assert taken.json()["proposed"] is None
    again = await api.as_(oliver).put(path, json={"action": "decline"})
    assert (again.status_code, again.json()["code"]) == (409, "not-allowed-now")


async def test_a_rating_is_given_and_changed(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=100)
    booked = await town.session(SessionStatus.COMPLETED, maya, oliver)
    path = f"/session/{booked.id}/rate"
    rated = await api.as_(maya).post(path, json={"rating": 4, "review": "Patient."})
    assert (rated.status_code, rated.json()["rating"]) == (201, 4)
    await api.as_(maya).post(path, json={"rating": 5})
    profile = (await api.as_(maya).get(f"/profile/{oliver.user_id}")).json()
    assert (profile["rating"], profile["ratingCount"]) == (5.0, 1)
    refused = await api.as_(oliver).post(path, json={"rating": 5})
    assert refused.status_code == 403
    answered = await api.as_(oliver).post(
        f"/session/{booked.id}/reply", json={"reply": "Come back any time!"}
    )
    assert answered.json() == {"rating": 5, "review": "Patient.", "reply": "Come back any time!"}


async def test_own_sessions_by_part_status_and_time(town: Community, api: Api) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=1_000)
    starts = [TUESDAY_NOON + timedelta(days=day) for day in range(5)]
    booked = [await town.book(maya, oliver, start) for start in starts]
    await api.as_(maya).delete(f"/session/{booked[0].id}", params={"reason": "no"})

    async def ids(who: str, **asked: object) -> list[str]:
        person = oliver if who == "mentor" else maya
        answer = await api.as_(person).get(f"/sessions/{who}", params=asked)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["sessions"]]

    every = [str(each.id) for each in booked]
    assert await ids("mentor") == await ids("mentee") == every
    assert await ids("mentor", status="cancelled") == every[:1]
    assert await ids("mentee", status=["cancelled", "scheduled"], order="latest") == every[::-1]
    window = {"from": "2026-03-04T12:30:00Z", "to": "2026-03-06T12:00:00Z"}
    assert await ids("mentor", **window) == every[1:3]
    assert await ids("mentee", page=2, limit=2) == every[2:4]
    assert await ids("mentee", page=4, limit=2) == []
    first = (await api.as_(maya).get("/sessions/mentee", params={"limit": 3})).json()
    assert await ids("mentee", limit=3, cursor=first["nextCursor"]) == every[3:]
    assert (await api.as_(maya).get("/sessions/mentor")).json()["sessions"] == []


async def test_what_one_is_told_is_chosen_in_the_app_too(town: Community, api: Api) -> None:
    maya = api.as_(await town.member("Maya"))
    before = (await maya.get("/me")).json()["notifications"]
    assert before == {
        "muted": [],
        "reminders": [1440, 60, 10],
        "remindersOfServer": True,
        "quietHours": None,
    }
    chosen = {
        "muted": ["rated"],
        "reminders": [30],
        "quietHours": {"startTime": "22:00", "endTime": "07:00"},
    }
    after = await maya.put("/me", json={"notifications": chosen})
    assert after.json()["notifications"] == chosen | {"remindersOfServer": False}
    # What is left out stays; null takes a choice back.
    back = await maya.put("/me", json={"notifications": {"reminders": None, "quietHours": None}})
    assert back.json()["notifications"] == before | {"muted": ["rated"]}
    for wrong in (
        {"muted": ["starting-now"]},
        {"reminders": [0]},
        {"reminders": [1, 2, 3, 4, 5, 6]},
    ):
        assert (await maya.put("/me", json={"notifications": wrong})).status_code == 422
    same = {"quietHours": {"startTime": "22:00", "endTime": "22:00"}}
    refused = await maya.put("/me", json={"notifications": same})
    assert refused.json()["errors"][0]["pointer"] == "/notifications/quietHours"
