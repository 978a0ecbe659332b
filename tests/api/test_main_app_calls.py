"""The main app's requests, with its own field names, from an application to a rating."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from api.schemas.mentors import DAYS
from mentorship.administration import moderation, moderation_lists
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import rescheduling
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import HIGH_LIMITS, TUESDAY_NOON, Community

BIO = "Ten years of other people's Python, and glad to explain it."


async def test_an_application_reaches_the_moderators(community: Community, api: ApiServer) -> None:
    amy = await community.member("Amy", zone="Europe/London")
    response = await api.client_of(amy).post(
        "/apply",
        json={
            "expertise": ["Python", "code  review"],
            "hourlyRate": 60,
            "bio": BIO,
            "applicationReason": "I was helped here.",
        },
    )
    assert response.status_code == 201
    body = response.json()
    assert body["status"] == "pending"
    assert body["expertise"] == ["python", "code review"]
    assert body["userId"] == str(amy.user_id)
    assert len(await community.notifications(NotificationKind.APPLICATION_RECEIVED)) == 1

    moderator = api.client_of(community.chief, "moderator")
    (waiting,) = (await moderator.get("/applications")).json()["applications"]
    assert waiting["id"] == body["id"]
    assert waiting["applicationReason"] == "I was helped here."
    decided = await moderator.put(f"/profile/{amy.user_id}/status", json={"status": "approved"})
    assert decided.json() == {
        "userId": str(amy.user_id),
        "status": "approved",
        "decision": "approved",
        "sessionsCancelled": 0,
    }
    assert await community.notified_kinds(amy, NotificationKind.APPROVED) == [
        NotificationKind.APPROVED
    ]


async def test_a_profile_has_what_members_can_see(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver", hours="mon 18:00-21:30")
    maya = await community.member("Maya")
    response = await api.client_of(maya).get(f"/profile/{oliver.user_id}")
    assert response.status_code == 200
    assert response.json() == {
        "id": str(oliver.user_id),
        "userId": str(oliver.user_id),
        "name": "Oliver",
        "expertise": ["python"],
        "hourlyRate": 60,
        "bio": BIO,
        "rating": None,
        "ratingCount": 0,
        "sessionsCompleted": 0,
        "responseRate": None,
        "usualResponseHours": None,
        "completionRate": None,
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
        "questions": [],
        "paused": False,
        "pausedUntil": None,
    }


async def test_search_finds_mentors_with_a_slot_in_the_span(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", hours="mon-fri 9-17")
    await community.mentor("Ines", hours="sat 9-17")
    maya = api.client_of(await community.member("Maya"))
    response = await maya.get("/search", params={"expertise": "pyton"})
    assert [mentor["name"] for mentor in response.json()["mentors"]] == ["Oliver", "Ines"]
    span = {"freeFrom": "2026-03-03T09:00:00Z", "freeTo": "2026-03-03T10:00:00Z"}
    response = await maya.get("/search", params=span)
    (only,) = response.json()["mentors"]
    assert only["userId"] == str(oliver.user_id)
    assert only["nextSlots"][0] == "2026-03-03T09:00:00Z"


async def test_pages_by_cursor_and_by_number_are_the_same(
    community: Community, api: ApiServer
) -> None:
    for number in range(5):
        await community.mentor(f"Mentor {number}", rate=number)
    maya = api.client_of(await community.member("Maya"))
    params: dict[str, object] = {"sort": "price", "limit": 2}
    pages, cursor = [], None
    for _ in range(3):
        at_cursor = {"cursor": cursor} if cursor else {}
        page = (await maya.get("/search", params=params | at_cursor)).json()
        pages.append([mentor["hourlyRate"] for mentor in page["mentors"]])
        cursor = page["nextCursor"]
    assert pages == [[0, 1], [2, 3], [4]]
    assert cursor is None
    for number, rates in enumerate([*pages, []], 1):
        page = (await maya.get("/search", params=params | {"page": number})).json()
        assert [mentor["hourlyRate"] for mentor in page["mentors"]] == rates


@pytest.mark.parametrize(
    "start",
    [
        {"scheduledAt": "2026-03-03T12:00:00Z"},
        {"scheduledAt": "2026-03-03T07:00:00-05:00"},
        {"date": "2026-03-03", "startTime": "07:00"},
        {"date": "2026-03-03", "startTime": "07:00", "endTime": "08:00"},
    ],
)
async def test_booking_by_instant_or_by_date_and_time(
    community: Community, api: ApiServer, start: dict[str, str]
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    response = await api.client_of(maya).post(
        "/book",
        json={
            "mentorId": str(oliver.user_id),
            "duration": 60,
            "timezone": "America/New_York",
            "notes": "My first pull request",
            **start,
        },
    )
    assert response.status_code == 201
    body = response.json()
    assert response.headers["location"] == f"/api/mentorship/session/{body['id']}"
    expected = {
        "mentorId": str(oliver.user_id),
        "menteeId": str(maya.user_id),
        "scheduledAt": "2026-03-03T12:00:00Z",
        "duration": 60,
        "timezone": "America/New_York",
        "local": "Tue 3 Mar 2026, 07:00–08:00 EST (UTC−5)",
        "status": "scheduled",
        "meetingLink": None,
        "amountPaid": 60,
        "notes": "My first pull request",
        "points": {"held": 60, "refunded": 0, "earned": 0},
    }
    assert {name: body[name] for name in expected} == expected
    assert await community.balance(maya) == 40
    assert await community.notified_kinds(oliver) == [
        NotificationKind.APPROVED,
        NotificationKind.REQUESTED,
    ]


async def test_a_list_of_weekly_hours_keeps_overrides_and_settings(
    community: Community, api: ApiServer
) -> None:
    oliver = api.client_of(await community.mentor("Oliver"))
    await oliver.put(
        "/availability",
        json={
            "overrides": [{"date": "2026-03-09", "hours": []}],
            "settings": {"durations": [45], "mostPerDay": 3},
        },
    )
    response = await oliver.put(
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
    assert response.status_code == 200
    body = response.json()
    assert body["timezone"] == "Europe/Paris"
    assert [(day["dayOfWeek"], day["startTime"], day["endTime"]) for day in body["weekly"]] == [
        ("Monday", "09:00", "17:00"),
        ("Friday", "22:00", "02:00"),
    ]
    assert body["overrides"] == [{"date": "2026-03-09", "hours": []}]
    assert body["settings"]["durations"] == [45]
    assert body["settings"]["mostPerDay"] == 3
    # Monday noon UTC is 13:00 in Paris, and the minimum notice is an hour.
    assert body["nextSlots"][0] == "2026-03-02T13:00:00Z"


async def test_trips_and_filled_gaps_are_kept_until_they_are_replaced(
    community: Community, api: ApiServer
) -> None:
    mentor = await community.mentor("Oliver", hours="daily 18:00-20:00")
    oliver = api.client_of(mentor)
    trip = {"from": "2026-03-09", "to": "2026-03-10", "timezone": "Asia/Tokyo"}
    response = await oliver.put(
        "/availability", json={"travel": [trip], "settings": {"fillGaps": True}}
    )
    assert response.status_code == 200
    assert response.json()["travel"] == [trip]
    hours = [{"dayOfWeek": day, "startTime": "18:00", "endTime": "20:00"} for day in DAYS]
    response = await oliver.put("/availability", json=hours)
    assert response.json()["travel"] == [trip]
    assert response.json()["settings"]["fillGaps"] is True
    maya = api.client_of(await community.member("Maya"))
    slots = await maya.get(
        f"/mentors/{mentor.user_id}/slots",
        params={"from": "2026-03-09T00:00:00Z", "to": "2026-03-09T12:00:00Z", "duration": 60},
    )
    starts = [slot["scheduledAt"] for slot in slots.json()["slots"]]
    assert starts[0] == "2026-03-09T09:00:00Z", "18:00 in Tokyo"
    for travel, pointer in (
        ([trip | {"to": "2026-03-08"}], "/travel/0/to"),
        ([trip, trip], "/travel"),
        ([trip | {"from": "0001-01-01"}], "/travel/0/from"),
        ([trip | {"to": "9999-12-31"}], "/travel/0/to"),
        ([trip | {"timezone": "Europe/Atlantis"}], "/travel/0/timezone"),
    ):
        response = await oliver.put("/availability", json={"travel": travel})
        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert (await oliver.get("/availability")).json()["travel"] == [trip]
    response = await oliver.put("/availability", json={"travel": []})
    assert response.json()["travel"] == []


async def test_only_participants_can_get_a_session(community: Community, api: ApiServer) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    noor = await community.member("Noor")
    booked = await community.book(maya, oliver)
    for person, actions in (
        (oliver, ["confirm", "decline", "propose"]),
        (maya, ["propose", "cancel"]),
    ):
        response = await api.client_of(person).get(f"/session/{booked.id}")
        assert response.json()["actions"] == actions
    assert (await api.client_of(noor).get(f"/session/{booked.id}")).status_code == 404


async def test_cancelling_returns_the_refund(community: Community, api: ApiServer) -> None:
    await community.configure(free_cancellation_until=1_440, late_refund_percent=50)
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    community.clock.now = booked.free_cancellation_ends_at + timedelta(seconds=1)
    response = await api.client_of(maya).request(
        "DELETE", f"/session/{booked.id}", json={"reason": "I am ill"}
    )
    assert response.status_code == 200
    assert response.json()["status"] == "cancelled"
    assert response.json()["reason"] == "I am ill"
    assert response.json()["points"] == {"held": 0, "refunded": 30, "earned": 30}
    assert await community.balance(maya) == 70


@pytest.mark.parametrize("place", ["query", "body", "status"])
async def test_cancelling_asks_again_if_the_refund_is_not_the_expected_one(
    community: Community, api: ApiServer, place: str
) -> None:
    await community.configure(late_refund_percent=50, fee_percent=10)
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    await community.configure(late_refund_percent=0, fee_percent=20)
    client, path = api.client_of(maya), f"/session/{booked.id}"

    async def cancel(expected_refund: int) -> Any:
        expected = {"expectedRefund": expected_refund}
        if place == "status":
            return await client.put(f"{path}/status", json={"status": "cancelled", **expected})
        if place == "query":
            return await client.delete(path, params=expected)
        return await client.request("DELETE", path, json=expected)

    seen = (await client.get(path)).json()
    assert (seen["refundIfCancelled"], seen["lateRefundPercent"], seen["payout"]) == (60, 50, 54)
    ends_at = datetime.fromisoformat(seen["freeCancellationUntil"])
    assert ends_at == booked.free_cancellation_ends_at
    community.clock.now = ends_at + timedelta(seconds=1)
    refused = await cancel(seen["refundIfCancelled"])
    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["code"], problem["term"], problem["current"]) == ("terms-changed", "refund", 30)
    assert (await client.get(path)).json()["refundIfCancelled"] == 30
    done = await cancel(30)
    assert done.json()["points"] == {"held": 0, "refunded": 30, "earned": 30}


@pytest.mark.parametrize("place", ["body", "status"])
async def test_cancelling_asks_again_if_the_session_has_moved(
    community: Community, api: ApiServer, place: str
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    later = booked.starts_at + timedelta(days=1)
    await community.db.run(rescheduling.propose, maya, booked.id, later)
    await community.db.run(rescheduling.accept, oliver, booked.id)
    client, path = api.client_of(maya), f"/session/{booked.id}"

    async def cancel(start: datetime) -> Any:
        seen = {"startsAt": start.isoformat()}
        if place == "status":
            return await client.put(f"{path}/status", json={"status": "cancelled", **seen})
        return await client.request("DELETE", path, json=seen)

    problem = (await cancel(booked.starts_at)).json()
    assert (problem["code"], problem["term"]) == ("terms-changed", "start")
    assert datetime.fromisoformat(problem["current"]) == later
    assert (await cancel(later)).json()["status"] == "cancelled"


async def test_an_expected_refund_belongs_to_a_refund(community: Community, api: ApiServer) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.book(maya, oliver)
    refused = await api.client_of(oliver).put(
        f"/session/{booked.id}/status", json={"status": "confirmed", "expectedRefund": 60}
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/expectedRefund"
    assert (await community.reload(booked)).status is SessionStatus.SCHEDULED


async def test_declining_refunds_only_what_was_expected(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.book(maya, oliver)
    client, path = api.client_of(oliver), f"/session/{booked.id}/status"
    refused = await client.put(path, json={"status": "declined", "expectedRefund": 30})
    assert (refused.status_code, refused.json()["current"]) == (409, 60)
    done = await client.put(path, json={"status": "declined", "expectedRefund": 60})
    assert done.json()["status"] == "declined"


async def test_the_mentor_confirms_and_the_mentee_completes(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.book(maya, oliver)
    path = f"/session/{booked.id}/status"
    refused = await api.client_of(maya).put(path, json={"status": "confirmed"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-allowed-now")
    confirmed = await api.client_of(oliver).put(path, json={"status": "confirmed"})
    assert confirmed.json()["status"] == "confirmed"
    await community.wait_until(booked.starts_at)
    seen = await api.client_of(maya).get(f"/session/{booked.id}")
    assert seen.json()["status"] == "in-progress"
    done = await api.client_of(maya).put(path, json={"status": "completed"})
    assert done.json()["status"] == "completed"
    assert done.json()["points"] == {"held": 0, "refunded": 0, "earned": 60}


async def test_a_no_show_report_becomes_final_after_the_delay(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.IN_PROGRESS, maya, oliver)
    community.clock.turn(minutes=15)
    path = f"/session/{booked.id}/status"
    reported = await api.client_of(oliver).put(path, json={"status": "no-show"})
    assert reported.json()["status"] == "in-progress", "the mentee can still object"
    await community.wait_until(booked.ends_at + timedelta(days=2))
    seen = (await api.client_of(maya).get(f"/session/{booked.id}")).json()
    assert (seen["status"], seen["absent"]) == ("no-show", str(maya.user_id))


async def test_a_new_time_is_proposed_and_accepted(community: Community, api: ApiServer) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    path = f"/session/{booked.id}/schedule"
    proposed = await api.client_of(maya).put(
        path, json={"date": "2026-03-04", "startTime": "07:00", "timezone": "America/New_York"}
    )
    assert proposed.json()["proposed"] == {
        "by": str(maya.user_id),
        "scheduledAt": "2026-03-04T12:00:00Z",
    }
    assert proposed.json()["scheduledAt"] == "2026-03-03T12:00:00Z"
    accepted = await api.client_of(oliver).put(path, json={"action": "accept"})
    assert accepted.json()["scheduledAt"] == "2026-03-04T12:00:00Z"
    assert accepted.json()["proposed"] is None
    again = await api.client_of(oliver).put(path, json={"action": "decline"})
    assert (again.status_code, again.json()["code"]) == (409, "not-allowed-now")


@pytest.mark.parametrize("action", ["accept", "decline"])
async def test_an_answer_names_the_proposed_start(
    community: Community, api: ApiServer, action: str
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    path = f"/session/{booked.id}/schedule"
    first, second = "2026-03-04T12:00:00Z", "2026-03-08T03:00:00Z"
    for start in (first, second):
        await api.client_of(maya).put(path, json={"scheduledAt": start})
    before = await community.dump()
    refused = await api.client_of(oliver).put(path, json={"action": action, "startsAt": first})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (409, "terms-changed")
    assert (problem["term"], problem["current"]) == ("start", second)
    assert await community.dump() == before
    answer = {"action": action, "startsAt": second}
    answered = (await api.client_of(oliver).put(path, json=answer)).json()
    assert answered["proposed"] is None
    expected = second if action == "accept" else "2026-03-03T12:00:00Z"
    assert answered["scheduledAt"] == expected


@pytest.mark.parametrize("status", ["confirmed", "declined"])
async def test_an_answer_to_a_request_names_its_times(
    community: Community, api: ApiServer, status: str
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.book(maya, oliver)
    start, proposed = "2026-03-03T12:00:00Z", "2026-03-04T12:00:00Z"
    await api.client_of(maya).put(f"/session/{booked.id}/schedule", json={"scheduledAt": proposed})
    path = f"/session/{booked.id}/status"
    for seen in ({"startsAt": proposed}, {"startsAt": start}):
        refused = await api.client_of(oliver).put(path, json={"status": status, **seen})
        assert (refused.status_code, refused.json()["code"]) == (409, "terms-changed")
    seen = {"startsAt": start, "proposedStartsAt": proposed}
    answered = await api.client_of(oliver).put(path, json={"status": status, **seen})
    assert (answered.status_code, answered.json()["status"]) == (200, status)


async def test_a_proposal_is_replaced_only_by_naming_it(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    path = f"/session/{booked.id}/schedule"
    theirs, other = "2026-03-04T12:00:00Z", "2026-03-05T12:00:00Z"
    await api.client_of(maya).put(path, json={"scheduledAt": theirs})
    refused = await api.client_of(oliver).put(path, json={"scheduledAt": other})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-allowed-now")
    stale = await api.client_of(oliver).put(path, json={"scheduledAt": other, "replaces": other})
    assert (stale.status_code, stale.json()["code"]) == (409, "terms-changed")
    countered = await api.client_of(oliver).put(
        path, json={"scheduledAt": other, "replaces": theirs}
    )
    assert countered.json()["proposed"] == {"by": str(oliver.user_id), "scheduledAt": other}


async def test_a_mentor_proposes_any_time_over_rest(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver", hours="daily 12:00-14:00", minimum_notice=480)
    maya = await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    path, soon = f"/session/{booked.id}/schedule", "2026-03-02T12:30:00Z"
    refused = await api.client_of(maya).put(path, json={"scheduledAt": soon})
    assert (refused.status_code, refused.json()["code"]) == (409, "slot-unavailable")
    proposed = await api.client_of(oliver).put(path, json={"scheduledAt": soon})
    assert proposed.json()["proposed"]["scheduledAt"] == soon
    accepted = await api.client_of(maya).put(path, json={"action": "accept", "startsAt": soon})
    assert accepted.json()["scheduledAt"] == soon


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("schedule", {"scheduledAt": "2026-03-04T12:00:00Z", "startsAt": None}, "/startsAt"),
        ("schedule", {"action": "accept", "replaces": None}, "/action"),
        ("status", {"status": "completed", "startsAt": None}, "/startsAt"),
        ("status", {"status": "no-show", "proposedStartsAt": None}, "/proposedStartsAt"),
    ],
)
async def test_agreed_times_belong_to_answers(
    community: Community, api: ApiServer, path: str, body: dict[str, str | None], pointer: str
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    body = {name: value or "2026-03-03T12:00:00Z" for name, value in body.items()}
    refused = await api.client_of(maya).put(f"/session/{booked.id}/{path}", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_rating_can_be_changed_and_replied_to(community: Community, api: ApiServer) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.COMPLETED, maya, oliver)
    path = f"/session/{booked.id}/rate"
    rated = await api.client_of(maya).post(path, json={"rating": 4, "review": "Patient."})
    assert (rated.status_code, rated.json()["rating"]) == (201, 4)
    await api.client_of(maya).post(path, json={"rating": 5})
    profile = (await api.client_of(maya).get(f"/profile/{oliver.user_id}")).json()
    assert (profile["rating"], profile["ratingCount"]) == (5.0, 1)
    refused = await api.client_of(oliver).post(path, json={"rating": 5})
    assert refused.status_code == 403
    replied = await api.client_of(oliver).post(
        f"/session/{booked.id}/reply", json={"reply": "Come back any time!"}
    )
    review = replied.json()
    changed_at = review.pop("changedAt")
    texts = {"rating": 5, "review": "Patient.", "reply": "Come back any time!"}
    assert review.items() >= texts.items()
    assert (review["hidden"], review["replyOutdated"]) == (False, False)

    # A change after the reply opens it again, for whoever has read the change.
    await api.client_of(maya).post(path, json={"rating": 1, "review": "An insult."})
    blind = await api.client_of(oliver).post(
        f"/session/{booked.id}/reply", json={"reply": "Thanks!", "reviewChangedAt": changed_at}
    )
    assert (blind.status_code, blind.json()["code"]) == (409, "terms-changed")
    again = await api.client_of(oliver).post(
        f"/session/{booked.id}/reply",
        json={"reply": "Not so.", "reviewChangedAt": blind.json()["current"]},
    )
    assert (again.status_code, again.json()["reply"]) == (201, "Not so.")


async def test_the_end_of_the_time_to_rate_is_in_the_refusal(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.COMPLETED, maya, oliver)
    community.clock.now = booked.ends_at + timedelta(days=30, seconds=1)
    refused = await api.client_of(maya).post(f"/session/{booked.id}/rate", json={"rating": 5})
    assert (refused.status_code, refused.json()["code"]) == (409, "rating-closed")
    assert refused.json()["closedAt"] == "2026-04-02T13:00:00Z"


async def test_a_hidden_review_cannot_be_changed_over_rest(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    booked = await community.session(SessionStatus.COMPLETED, maya, oliver)
    path = f"/session/{booked.id}/rate"
    await api.client_of(maya).post(path, json={"rating": 1, "review": "An insult."})
    (review,) = await community.db.read(moderation_lists.list_reviews, community.chief)
    await community.db.run(moderation.hide_review, community.chief, review.id, "An insult.")
    refused = await api.client_of(maya).post(path, json={"rating": 5})
    assert (refused.status_code, refused.json()["code"]) == (409, "not-allowed-now")
    assert "hidden by the moderators" in refused.json()["detail"]


async def test_own_sessions_are_filtered_by_role_status_and_time(
    community: Community, api: ApiServer
) -> None:
    await community.configure(**HIGH_LIMITS)
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=1_000)
    starts = [TUESDAY_NOON + timedelta(days=day) for day in range(5)]
    booked = [await community.book(maya, oliver, start) for start in starts]
    await api.client_of(maya).delete(f"/session/{booked[0].id}", params={"reason": "no"})

    async def ids(role: str, **params: object) -> list[str]:
        person = oliver if role == "mentor" else maya
        response = await api.client_of(person).get(f"/sessions/{role}", params=params)
        assert response.status_code == 200, response.text
        return [session["id"] for session in response.json()["sessions"]]

    every = [str(session.id) for session in booked]
    assert await ids("mentor") == await ids("mentee") == every
    assert await ids("mentor", status="cancelled") == every[:1]
    assert await ids("mentee", status=["cancelled", "scheduled"], order="latest") == every[::-1]
    window = {"from": "2026-03-04T12:30:00Z", "to": "2026-03-06T12:00:00Z"}
    assert await ids("mentor", **window) == every[1:3]
    assert await ids("mentee", page=2, limit=2) == every[2:4]
    assert await ids("mentee", page=4, limit=2) == []
    first = (await api.client_of(maya).get("/sessions/mentee", params={"limit": 3})).json()
    assert await ids("mentee", limit=3, cursor=first["nextCursor"]) == every[3:]
    assert (await api.client_of(maya).get("/sessions/mentor")).json()["sessions"] == []


async def test_notification_preferences_can_be_changed(
    community: Community, api: ApiServer
) -> None:
    maya = api.client_of(await community.member("Maya"))
    before = (await maya.get("/me")).json()["notifications"]
    assert before == {
        "muted": [],
        "reminders": [1440, 60, 10],
        "remindersOfServer": True,
        "quietHours": None,
    }
    preferences = {
        "muted": ["rated"],
        "reminders": [30],
        "quietHours": {"startTime": "22:00", "endTime": "07:00"},
    }
    after = await maya.put("/me", json={"notifications": preferences})
    assert after.json()["notifications"] == preferences | {"remindersOfServer": False}
    # Fields that are left out keep their value; null restores the default.
    reset = await maya.put("/me", json={"notifications": {"reminders": None, "quietHours": None}})
    assert reset.json()["notifications"] == before | {"muted": ["rated"]}
    for invalid in (
        {"muted": ["starting-now"]},
        {"reminders": [0]},
        {"reminders": [1, 2, 3, 4, 5, 6]},
    ):
        assert (await maya.put("/me", json={"notifications": invalid})).status_code == 422
    empty_period = {"quietHours": {"startTime": "22:00", "endTime": "22:00"}}
    refused = await maya.put("/me", json={"notifications": empty_period})
    assert refused.json()["errors"][0]["pointer"] == "/notifications/quietHours"
