"""The people of the tests that send every operation, and the table of its statuses by caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from mentorship.actors import Actor
from mentorship.sessions.groups import creation
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.series.booking import book_series
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.sessions.series.views import SeriesView
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Database
from tests.conftest import Clock
from tests.mentorship.support.community import Community

GROUP_START = datetime(2026, 3, 5, 15, tzinfo=UTC)
SERIES_START = datetime(2026, 3, 6, 9, tzinfo=UTC)
BIO = "Ten years of other people's Python, and glad to explain it."


@dataclass
class Cast:
    """The people of the table. `session` is Maya's with Oliver; Amy has a pending application.

    `group` is a group session of Oliver's with 2 seats. `series` are 2 sessions of Maya's with him.
    """

    noor: Actor
    maya: Actor
    oliver: Actor
    amy: Actor
    session: SessionView
    group: GroupView
    series: SeriesView


async def create_cast(
    community: Community, status: SessionStatus = SessionStatus.SCHEDULED
) -> Cast:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=200)
    noor = await community.member("Noor", points=200)
    amy, _ = await community.applicant("Amy")
    session = await community.session(status, maya, oliver)
    request = GroupRequest("Office hours", GROUP_START, 60, capacity=2, price=30)
    group = await community.db.run(creation.create, oliver, request)
    series_request = SeriesRequest(oliver.user_id, SERIES_START, 30, every_weeks=1, count=2)
    series = (await community.db.run(book_series, maya, series_request)).series
    return Cast(noor, maya, oliver, amy, session, group, series)


@dataclass(frozen=True)
class Row:
    """An operation, and the status that it returns to each caller, in this order.

    Noor is not involved; Maya is the mentee, Oliver the mentor. `service` acts for Maya, and
    `elsewhere` is Maya with a token of another guild. A request may change the next one's result.
    """

    method: str
    path: str
    noor: int
    maya: int
    oliver: int
    moderator: int
    service: int
    elsewhere: int
    body: Any = None
    status: SessionStatus = SessionStatus.SCHEDULED

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    async def request(self, client: httpx.AsyncClient, cast: Cast) -> httpx.Response:
        """Send the request, with the ids of the cast in its path."""
        values = {
            "{id}": {
                "/profile": cast.oliver.user_id,
                "/mentors": cast.oliver.user_id,
                "/session": cast.session.id,
                "/groups": cast.group.id,
                "/series": cast.series.id,
            }.get("/" + self.path.split("/")[1], 1),
            "{userId}": cast.noor.user_id,
            "{roleId}": 777,
            "{deliveryId}": 1,
        }
        path = self.path
        if path == "/profile/{id}/status":
            values["{id}"] = cast.amy.user_id
        for name, value in values.items():
            path = path.replace(name, str(value))
        body = self.body(cast) if callable(self.body) else self.body
        return await client.request(self.method, path, json=body)


def booking(cast: Cast) -> dict[str, Any]:
    return {
        "mentorId": str(cast.oliver.user_id),
        "duration": 60,
        "timezone": "Europe/London",
        "scheduledAt": "2026-03-05T12:00:00Z",
    }


def series(cast: Cast) -> dict[str, Any]:
    return {
        "mentorId": str(cast.oliver.user_id),
        "duration": 60,
        "scheduledAt": "2026-03-05T12:00:00Z",
        "everyWeeks": 2,
        "count": 2,
    }


def grant(cast: Cast) -> dict[str, Any]:
    return {"userId": str(cast.amy.user_id), "kind": "grant", "amount": 5, "reason": "A prize"}


def invitation(cast: Cast) -> dict[str, Any]:
    return {
        "userId": str(cast.noor.user_id),
        "scheduledAt": "2026-03-05T20:00:00Z",
        "duration": 60,
    }


def gift(cast: Cast) -> dict[str, Any]:
    return {"userId": str(cast.amy.user_id), "amount": 5}


def ranks(cast: Cast) -> dict[str, Any]:
    return {"ranks": [{"userId": str(cast.noor.user_id), "rank": 3}]}


def no_show(cast: Cast) -> dict[str, Any]:
    return {"noShows": [str(cast.noor.user_id)]}


GROUP = {
    "title": "Mock interviews",
    "scheduledAt": "2026-03-05T18:00:00Z",
    "duration": 60,
    "capacity": 6,
    "price": 0,
}
WEEK = [{"dayOfWeek": "Monday", "startTime": "09:00", "endTime": "17:00"}]
APPLICATION = {"expertise": ["python"], "hourlyRate": 10, "bio": BIO}
LINK = {"meetingLink": "https://meet.example.com/oliver"}
NEW_TIME = {"scheduledAt": "2026-03-06T12:00:00Z"}
COMPLETED = SessionStatus.COMPLETED
HELP = {"expertise": "python", "text": "My tests are slow."}
OFFER = {"scheduledAt": "2026-03-05T20:00:00Z", "duration": 60}
SHARED_LINK = {"url": "https://video.example.com/1"}
CALENDAR = {"address": "https://calendar.example.com/basic.ics"}
ACCOUNT = {"server": "https://cloud.example.com", "username": "maya", "password": "secret"}
SINCE = {"since": "2026-03-01T00:00:00Z"}

ROWS = [
    Row("GET", "/profile/{id}", 200, 200, 200, 200, 200, 404),
    Row("GET", "/search", 200, 200, 200, 200, 200, 200),
    Row("GET", "/mentors/{id}/slots", 200, 200, 200, 200, 200, 404),
    # Oliver has open slots, so nobody can wait for them.
    Row("PUT", "/mentors/{id}/slot-alert", 409, 409, 422, 409, 409, 404),
    Row("DELETE", "/mentors/{id}/slot-alert", 404, 404, 404, 404, 404, 404),
    Row("GET", "/me/slot-alerts", 200, 200, 200, 200, 200, 200),
    # Nobody has had a session with Noor, and there is no goal yet.
    Row("GET", "/mentorships", 200, 200, 200, 200, 200, 200),
    Row("GET", "/mentorships/{userId}", 404, 404, 404, 404, 404, 404),
    Row("POST", "/mentorships/{userId}/end", 404, 404, 404, 404, 404, 404),
    Row("POST", "/mentorships/{userId}/resume", 404, 404, 404, 404, 404, 404),
    Row("POST", "/mentorships/{userId}/goals", 404, 404, 404, 404, 404, 404, {"text": "Pass"}),
    Row("GET", "/goals/{id}", 404, 404, 404, 404, 404, 404),
    Row("PATCH", "/goals/{id}", 404, 404, 404, 404, 404, 404, {"progress": "Half of it"}),
    Row("DELETE", "/goals/{id}", 404, 404, 404, 404, 404, 404),
    Row("GET", "/me/calendar-feed", 200, 200, 200, 200, 200, 200),
    # This API has no address to the outside, and knows no accounts at other servers. The service
    # acts for Maya, who has added her calendar already.
    Row("PUT", "/me/calendar-feed", 409, 409, 409, 409, 409, 409),
    Row("DELETE", "/me/calendar-feed", 200, 200, 200, 200, 200, 200),
    Row("GET", "/me/calendars", 200, 200, 200, 200, 200, 200),
    Row("POST", "/me/calendars", 201, 201, 201, 201, 409, 201, CALENDAR),
    Row("POST", "/me/calendars/discovery", 409, 409, 409, 409, 409, 409, ACCOUNT),
    Row("GET", "/me/calendars/{id}", 404, 404, 404, 404, 404, 404),
    Row("PATCH", "/me/calendars/{id}", 404, 404, 404, 404, 404, 404, {"label": "Work"}),
    Row("DELETE", "/me/calendars/{id}", 404, 404, 404, 404, 404, 404),
    Row("POST", "/me/calendars/{id}/check", 404, 404, 404, 404, 404, 404),
    Row("GET", "/availability", 404, 404, 200, 404, 404, 404),
    Row("PUT", "/availability", 404, 404, 200, 404, 404, 404, WEEK),
    # The moderator and Maya elsewhere have no time zone; Maya's second application is pending.
    Row("POST", "/apply", 201, 201, 409, 409, 409, 409, APPLICATION),
    # Oliver's was approved; the other callers have not applied.
    Row("GET", "/apply", 404, 404, 200, 404, 404, 404),
    Row("DELETE", "/apply", 404, 404, 404, 404, 404, 404),
    Row("PUT", "/profile", 404, 404, 200, 404, 404, 404, APPLICATION),
    Row("PUT", "/mentoring", 404, 404, 200, 404, 404, 404, {"status": "paused"}),
    Row("POST", "/mentoring/confirmation", 404, 404, 200, 404, 404, 404),
    Row("GET", "/disputes", 403, 403, 403, 200, 403, 403),
    Row("PUT", "/session/{id}/settlement", 403, 403, 403, 404, 403, 403, {"decision": "pay"}),
    Row("GET", "/applications", 403, 403, 403, 200, 403, 403),
    Row("PUT", "/profile/{id}/status", 403, 403, 403, 200, 403, 403, {"status": "approved"}),
    Row("GET", "/profile/{id}/upcoming", 403, 403, 403, 200, 403, 403),
    # Noor gets the slot; mentors can't book themselves.
    Row("POST", "/book", 201, 409, 422, 409, 409, 404, booking),
    Row("GET", "/session/{id}", 404, 200, 200, 404, 200, 404),
    Row("GET", "/session/{id}/cancellation", 404, 200, 200, 404, 200, 404),
    # Only Maya can book Oliver again.
    Row("GET", "/session/{id}/schedule", 404, 200, 200, 404, 200, 404),
    Row("GET", "/session/{id}/next-slot", 404, 200, 403, 404, 200, 404),
    Row("GET", "/session/{id}/calendar", 404, 200, 200, 404, 200, 404),
    Row("DELETE", "/session/{id}", 404, 200, 409, 404, 409, 404),
    Row("PUT", "/session/{id}/status", 404, 409, 200, 404, 409, 404, {"status": "confirmed"}),
    # Oliver has Maya's request to answer first.
    Row("PUT", "/session/{id}/schedule", 404, 200, 409, 404, 200, 404, NEW_TIME),
    Row("PUT", "/session/{id}/meeting-link", 404, 403, 200, 404, 403, 404, LINK),
    # It is a day too early.
    Row("POST", "/session/{id}/late", 404, 409, 409, 404, 409, 404, {"minutes": 10}),
    Row("POST", "/session/{id}/rate", 404, 201, 403, 404, 201, 404, {"rating": 5}, COMPLETED),
    Row("GET", "/session/{id}/notes", 404, 200, 200, 404, 200, 404),
    Row("PUT", "/session/{id}/notes", 404, 200, 200, 404, 200, 404, {"text": "Slides"}),
    Row("GET", "/session/{id}/notes/private", 404, 200, 200, 404, 200, 404),
    Row("PUT", "/session/{id}/notes/private", 404, 200, 200, 404, 200, 404, {"text": "Mine"}),
    Row("GET", "/session/{id}/steps", 404, 200, 200, 404, 200, 404),
    Row("POST", "/session/{id}/steps", 404, 201, 201, 404, 201, 404, {"text": "Read"}),
    Row("GET", "/steps/{id}", 404, 404, 404, 404, 404, 404),
    Row("PUT", "/steps/{id}", 404, 404, 404, 404, 404, 404, {"text": "Write"}),
    Row("PUT", "/steps/{id}/done", 404, 404, 404, 404, 404, 404, {"done": True}),
    Row("DELETE", "/steps/{id}", 404, 404, 404, 404, 404, 404),
    Row("GET", "/session/{id}/links", 404, 200, 200, 404, 200, 404),
    Row("POST", "/session/{id}/links", 404, 201, 201, 404, 201, 404, SHARED_LINK),
    Row("DELETE", "/links/{id}", 404, 404, 404, 404, 404, 404),
    Row("GET", "/groups/{id}/links", 403, 403, 200, 403, 403, 404),
    Row("POST", "/groups/{id}/links", 403, 403, 201, 403, 403, 404, SHARED_LINK),
    Row("GET", "/session/{id}/thanks", 404, 404, 404, 404, 404, 404),
    Row("POST", "/session/{id}/thanks", 404, 201, 403, 404, 409, 404, {"tip": 0}, COMPLETED),
    Row("GET", "/profile/{id}/reviews", 200, 200, 200, 200, 200, 404),
    Row("GET", "/reviews", 403, 403, 403, 200, 403, 403),
    # There is no review yet.
    Row("PUT", "/reviews/{id}/visibility", 403, 403, 403, 404, 403, 403, {"visible": True}),
    # There is no review to reply to.
    Row("POST", "/session/{id}/reply", 404, 403, 404, 404, 403, 404, {"reply": "Thanks"}),
    # These are for the main app itself.
    Row("GET", "/sessions", 403, 403, 403, 403, 200, 403),
    Row("GET", "/members", 403, 403, 403, 403, 200, 403),
    Row("GET", "/sessions/mentor", 200, 200, 200, 200, 200, 200),
    Row("GET", "/sessions/mentee", 200, 200, 200, 200, 200, 200),
    # Maya has two requests to Oliver already; the moderator and Maya elsewhere have no time zone.
    Row("POST", "/series/preview", 200, 409, 422, 409, 409, 409, series),
    Row("POST", "/series", 201, 409, 422, 409, 409, 409, series),
    Row("GET", "/series/{id}", 404, 200, 200, 404, 200, 404),
    # What Maya has cancelled can't be cancelled again.
    Row("DELETE", "/series/{id}", 404, 200, 409, 404, 409, 404),
    Row("PUT", "/series/{id}/status", 404, 409, 200, 404, 409, 404, {"status": "confirmed"}),
    Row("GET", "/groups", 200, 200, 200, 200, 200, 200),
    Row("POST", "/groups", 404, 404, 201, 404, 404, 404, GROUP),
    Row("POST", "/groups/preview", 404, 404, 200, 404, 404, 404, GROUP),
    Row("GET", "/groups/{id}", 200, 200, 200, 200, 200, 404),
    Row("GET", "/groups/{id}/calendar", 403, 403, 200, 403, 403, 404),
    Row("PATCH", "/groups/{id}", 403, 403, 200, 403, 403, 404, {"capacity": 9}),
    Row("PUT", "/groups/{id}/schedule", 403, 403, 200, 403, 403, 404, NEW_TIME),
    Row("POST", "/groups/{id}/schedule/preview", 403, 403, 200, 403, 403, 404, NEW_TIME),
    Row("PUT", "/groups/{id}/sign-up", 403, 403, 200, 403, 403, 404, {"open": False}),
    # It starts on another day.
    Row("POST", "/groups/{id}/late", 403, 403, 409, 403, 403, 404, {"minutes": 10}),
    # The moderator could cancel it, but Oliver has.
    Row("DELETE", "/groups/{id}", 403, 403, 200, 409, 403, 404),
    # It doesn't repeat.
    Row("DELETE", "/groups/{id}/repeat", 403, 403, 409, 403, 403, 404),
    Row("GET", "/groups/{id}/seats", 200, 200, 200, 200, 200, 404),
    # Noor and Maya take the two seats.
    Row("POST", "/groups/{id}/seats", 201, 201, 422, 409, 409, 404, {}),
    # Nobody has a seat or waits for one.
    Row("PUT", "/groups/{id}/seats/me", 404, 404, 404, 404, 404, 404, {"status": "confirmed"}),
    Row("DELETE", "/groups/{id}/seats/me", 404, 404, 404, 404, 404, 404),
    Row("DELETE", "/groups/{id}/seats/{userId}", 403, 403, 404, 403, 403, 404),
    Row("PUT", "/groups/{id}/attendance", 403, 403, 404, 403, 403, 404, no_show),
    Row("POST", "/groups/{id}/waitlist", 409, 409, 422, 409, 409, 404, {}),
    Row("DELETE", "/groups/{id}/waitlist", 404, 404, 404, 404, 404, 404),
    Row("GET", "/points/transfers", 200, 200, 200, 200, 200, 200),
    Row("POST", "/points/transfers", 403, 403, 403, 403, 201, 403, grant),
    # The mentor and the moderator have no points; Amy is no member elsewhere.
    Row("POST", "/points/gifts", 201, 201, 409, 409, 201, 422, gift),
    Row("GET", "/points/grant-requests", 403, 403, 403, 200, 403, 403),
    Row("GET", "/points/grant-requests/{id}", 403, 403, 403, 403, 404, 403),
    Row("PUT", "/points/grant-requests/{id}", 403, 403, 403, 404, 403, 403, {"decision": "reject"}),
    Row("GET", "/me", 200, 200, 200, 200, 200, 200),
    Row("PUT", "/me", 200, 200, 200, 200, 200, 200, {"timezone": "Asia/Kolkata"}),
    Row("GET", "/me/blocks", 200, 200, 200, 200, 200, 200),
    # Noor can't block herself.
    Row("PUT", "/me/blocks/{userId}", 422, 200, 200, 200, 200, 200),
    Row("DELETE", "/me/blocks/{userId}", 404, 404, 404, 404, 404, 404),
    Row("GET", "/blocks/{userId}", 403, 403, 403, 200, 403, 403),
    # Oliver invites Noor, who can't invite herself; the others are no mentors.
    Row("POST", "/invitations", 422, 404, 201, 404, 404, 404, invitation),
    Row("GET", "/invitations", 200, 200, 200, 200, 200, 200),
    Row("GET", "/invitations/{id}", 404, 404, 404, 404, 404, 404),
    Row("DELETE", "/invitations/{id}", 404, 404, 404, 404, 404, 404),
    Row("POST", "/invitations/{id}/accept", 404, 404, 404, 404, 404, 404),
    Row("POST", "/invitations/{id}/decline", 404, 404, 404, 404, 404, 404),
    # Everybody's own; none was shown to Oliver yet.
    Row("POST", "/requests", 201, 201, 201, 201, 201, 201, HELP),
    Row("GET", "/requests", 200, 200, 200, 200, 200, 200),
    Row("GET", "/requests/{id}", 404, 404, 404, 404, 404, 404),
    Row("DELETE", "/requests/{id}", 404, 404, 404, 404, 404, 404),
    Row("POST", "/requests/{id}/offers", 404, 404, 404, 404, 404, 404, OFFER),
    Row("PATCH", "/me", 200, 200, 200, 200, 200, 200, {"timezone": "Asia/Kolkata"}),
    Row("PATCH", "/profile", 404, 404, 200, 404, 404, 404, {"hourlyRate": 10}),
    Row("PATCH", "/availability", 404, 404, 200, 404, 404, 404, {"weekly": {"Monday": []}}),
    # As with `POST /book`, but nothing is taken: Maya has two requests to Oliver already.
    Row("POST", "/book/preview", 200, 409, 422, 409, 409, 409, booking),
    # Noor can't block herself.
    Row("GET", "/me/blocks/{userId}", 422, 200, 200, 200, 200, 200),
    Row("GET", "/me/limits", 200, 200, 200, 200, 200, 200),
    # Only Oliver is a mentor.
    Row("GET", "/me/questions", 404, 404, 200, 404, 404, 404),
    Row("PUT", "/me/questions", 404, 404, 200, 404, 404, 404, {"questions": []}),
    Row("GET", "/demand", 403, 403, 403, 200, 403, 403),
    Row("GET", "/insights/mentor", 404, 404, 200, 404, 404, 404),
    Row("GET", "/insights/mentor/csv", 404, 404, 200, 404, 404, 404),
    Row("GET", "/insights/guild", 403, 403, 403, 200, 403, 403),
    Row("GET", "/insights/guild/csv", 403, 403, 403, 200, 403, 403),
    Row("POST", "/requests/{id}/pass", 404, 404, 404, 404, 404, 404),
    Row("PUT", "/ranks", 403, 403, 403, 403, 200, 403, ranks),
    Row("GET", "/settings", 200, 200, 200, 200, 200, 200),
    Row("GET", "/settings/roles", 403, 403, 403, 403, 200, 403),
    Row("PUT", "/settings/roles/{roleId}", 403, 403, 403, 403, 200, 403, {"sessions": 10}),
    # Another role than the one that was set.
    Row("DELETE", "/settings/roles/{roleId}", 403, 403, 403, 403, 404, 403),
    Row("PATCH", "/settings", 403, 403, 403, 403, 200, 403, {"feePercent": 10}),
    Row("GET", "/expertise", 200, 200, 200, 200, 200, 200),
    # `service` acts for Maya, who is no moderator.
    Row("GET", "/audit-log", 403, 403, 403, 200, 403, 403),
    # Maya has downloaded her data before the service does so for her.
    Row("GET", "/me/export", 200, 200, 200, 200, 409, 200),
    Row("GET", "/me/erasure", 200, 200, 200, 200, 200, 200),
    # Nobody has seen these terms, but where nothing is stored there is nothing to lose.
    Row("DELETE", "/me?expectedTerms=9.9.9.9", 409, 409, 409, 409, 409, 200),
    Row("PUT", "/ranks/{userId}", 403, 403, 403, 403, 200, 403, {"rank": 3}),
    # The server has not turned it on.
    Row("GET", "/leaderboard", 409, 409, 409, 409, 409, 409),
    Row("PUT", "/leaderboard/visibility", 200, 200, 200, 200, 200, 200, {"hidden": True}),
    # Nobody has made the endpoint with the id 1.
    Row("GET", "/events", 403, 403, 403, 403, 200, 403),
    Row("POST", "/webhooks", 403, 403, 403, 403, 201, 403, {"url": "https://app.example/hooks"}),
    Row("GET", "/webhooks", 403, 403, 403, 403, 200, 403),
    Row("GET", "/webhooks/{id}", 403, 403, 403, 403, 404, 403),
    Row("PATCH", "/webhooks/{id}", 403, 403, 403, 403, 404, 403, {"enabled": False}),
    Row("DELETE", "/webhooks/{id}", 403, 403, 403, 403, 404, 403),
    Row("POST", "/webhooks/{id}/secret", 403, 403, 403, 403, 404, 403),
    Row("POST", "/webhooks/{id}/test", 403, 403, 403, 403, 404, 403),
    Row("POST", "/webhooks/{id}/replay", 403, 403, 403, 403, 404, 403, SINCE),
    Row("GET", "/webhooks/{id}/deliveries", 403, 403, 403, 403, 404, 403),
    Row("GET", "/webhooks/{id}/deliveries/{deliveryId}", 403, 403, 403, 403, 404, 403),
    Row("POST", "/webhooks/{id}/deliveries/{deliveryId}/replay", 403, 403, 403, 403, 404, 403),
]


@dataclass(frozen=True)
class Scene:
    """A database file with the cast, and the time when it was complete."""

    file: Path
    cast: Cast
    now: datetime


async def create_scene(file: Path, status: SessionStatus) -> Scene:
    clock = Clock(datetime(2026, 3, 2, 12, tzinfo=UTC))
    db = Database(f"sqlite+aiosqlite:///{file}", clock=clock, synchronous="OFF")
    await db.open()
    community = Community(db, clock)
    await community.configure()
    cast = await create_cast(community, status)
    await db.close()
    return Scene(file, cast, clock.now)
