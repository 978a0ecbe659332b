"""A whole life over the REST API, with the client that openapi-python-client generates.

From an application to a rating, a refund, a seat in a group session, and webhooks of all that.
`mypy --strict` checks it, and the test moves the server's clock when it is asked to.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Literal, TypeVar

from mentorbot_client import AuthenticatedClient
from mentorbot_client.api.groups import (
    create_group_session,
    join_group_session,
    list_group_sessions,
)
from mentorbot_client.api.members import change_me, get_me
from mentorbot_client.api.mentors import (
    apply_to_mentor,
    list_open_slots,
    replace_availability,
    search_mentors,
)
from mentorbot_client.api.moderation import decide_about_mentor, list_pending_applications
from mentorbot_client.api.service import create_transfer, create_webhook
from mentorbot_client.api.sessions import (
    book_session,
    cancel_session,
    change_session_schedule,
    change_session_status,
    list_mentee_sessions,
    rate_session,
    reply_to_review,
)
from mentorbot_client.models.application import Application
from mentorbot_client.models.application_page import ApplicationPage
from mentorbot_client.models.application_request import ApplicationRequest
from mentorbot_client.models.availability import Availability
from mentorbot_client.models.booking_request import BookingRequest
from mentorbot_client.models.group_page import GroupPage
from mentorbot_client.models.group_session import GroupSession
from mentorbot_client.models.group_session_request import GroupSessionRequest
from mentorbot_client.models.join_request import JoinRequest
from mentorbot_client.models.me import Me
from mentorbot_client.models.me_request import MeRequest
from mentorbot_client.models.mentor_search_page import MentorSearchPage
from mentorbot_client.models.mentorship_session import MentorshipSession
from mentorbot_client.models.points_moved import PointsMoved
from mentorbot_client.models.problem_document import ProblemDocument
from mentorbot_client.models.profile_decision_request import ProfileDecisionRequest
from mentorbot_client.models.profile_decision_response import ProfileDecisionResponse
from mentorbot_client.models.rating_request import RatingRequest
from mentorbot_client.models.reply_request import ReplyRequest
from mentorbot_client.models.review import Review
from mentorbot_client.models.session_event import SessionEvent
from mentorbot_client.models.session_page import SessionPage
from mentorbot_client.models.session_schedule_request import SessionScheduleRequest
from mentorbot_client.models.session_status_request import SessionStatusRequest
from mentorbot_client.models.slot_page import SlotPage
from mentorbot_client.models.transfer_request import TransferRequest
from mentorbot_client.models.webhook_request import WebhookRequest
from mentorbot_client.models.webhook_with_secret import WebhookWithSecret
from mentorbot_client.models.weekly_hours_request import WeeklyHoursRequest
from standardwebhooks import Webhook

T = TypeVar("T")


def client_of(person: str) -> AuthenticatedClient:
    """Return a client with the person's token, for which every undocumented status is an error."""
    return AuthenticatedClient(
        os.environ["API"], token=os.environ[person], raise_on_unexpected_status=True
    )


OLIVER, MAYA = client_of("OLIVER"), client_of("MAYA")
MODERATOR, SERVICE = client_of("MODERATOR"), client_of("SERVICE")


def expect(kind: type[T], result: object) -> T:
    """Return a result of this type. Raises `TypeError`, such as for a problem."""
    if not isinstance(result, kind):
        raise TypeError(f"{result} is no {kind.__name__}")
    return result


def wait_until(instant: datetime) -> None:
    """Ask the test to move the server's clock, and wait until it has done so."""
    print(json.dumps({"waitUntil": instant.isoformat()}), flush=True)
    sys.stdin.readline()


def send_webhooks() -> None:
    """Ask the test to send the webhooks of all that has happened, and wait until it has."""
    print(json.dumps({"sendWebhooks": True}), flush=True)
    sys.stdin.readline()


def become_mentor() -> str:
    expect(Me, change_me.sync(client=OLIVER, body=MeRequest(timezone="Europe/London")))
    bio = "Ten years of other people's Python, and glad to explain it."
    request = ApplicationRequest(expertise=["Python", "code review"], hourly_rate=60, bio=bio)
    application = expect(Application, apply_to_mentor.sync(client=OLIVER, body=request))
    assert application.status == "pending"
    queue = expect(ApplicationPage, list_pending_applications.sync(client=MODERATOR))
    (waiting,) = queue.applications
    assert waiting.user_id == application.user_id
    decision = ProfileDecisionRequest(status="approved", revision=waiting.revision)
    decided = decide_about_mentor.sync(waiting.user_id, client=MODERATOR, body=decision)
    assert expect(ProfileDecisionResponse, decided).status == "approved"
    hours = [
        WeeklyHoursRequest(day_of_week=day, start_time="09:00", end_time="17:00") for day in WEEK
    ]
    availability = expect(Availability, replace_availability.sync(client=OLIVER, body=hours))
    assert availability.next_slots
    return waiting.user_id


WEEK: tuple[Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"], ...] = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
)


def grant_points(user_id: str) -> None:
    grant = TransferRequest(user_id=user_id, kind="grant", amount=500, reason="Welcome")
    for replayed in (None, "true"):
        response = create_transfer.sync_detailed(
            client=SERVICE, body=grant, idempotency_key="welcome"
        )
        assert response.status_code == 201, response.content
        assert response.headers.get("Idempotency-Replayed") == replayed


def open_slots(mentor_id: str) -> list[datetime]:
    page = expect(SlotPage, list_open_slots.sync(mentor_id, client=MAYA, duration=60, limit=5))
    return [slot.scheduled_at for slot in page.slots]


def book(mentor_id: str, start: datetime) -> MentorshipSession:
    request = BookingRequest(
        mentor_id=mentor_id, scheduled_at=start, duration=60, notes="Async", expected_price=60
    )
    return expect(MentorshipSession, book_session.sync(client=MAYA, body=request))


def meet_and_rate(mentor_id: str) -> datetime:
    """Returns a time two days after the session."""
    found = expect(MentorSearchPage, search_mentors.sync(client=MAYA, expertise="pyton"))
    assert [mentor.user_id for mentor in found.mentors] == [mentor_id]
    start, later, *_ = open_slots(mentor_id)
    booked = book(mentor_id, start)
    assert booked.status == "scheduled"
    assert expect(PointsMoved, booked.points).held == 60

    taken = book_session.sync(
        client=MAYA, body=BookingRequest(mentor_id=mentor_id, scheduled_at=start, duration=60)
    )
    assert expect(ProblemDocument, taken).nearest_slots

    change = SessionStatusRequest(status="confirmed", starts_at=start)
    confirmed = change_session_status.sync(booked.id, client=OLIVER, body=change)
    assert expect(MentorshipSession, confirmed).status == "confirmed"
    proposal = SessionScheduleRequest(scheduled_at=later)
    proposed = change_session_schedule.sync(booked.id, client=MAYA, body=proposal)
    assert expect(MentorshipSession, proposed).proposed is not None
    answer = SessionScheduleRequest(action="accept", starts_at=later)
    accepted = change_session_schedule.sync(booked.id, client=OLIVER, body=answer)
    moved = expect(MentorshipSession, accepted)
    assert moved.scheduled_at == later

    wait_until(moved.ends_at)
    report = SessionStatusRequest(status="completed")
    reported = change_session_status.sync(booked.id, client=MAYA, body=report)
    completed = expect(MentorshipSession, reported)
    assert completed.status == "completed"
    assert expect(PointsMoved, completed.points).earned == 60
    rating = RatingRequest(rating=5, review="Every question answered.")
    rated = expect(MentorshipSession, rate_session.sync(booked.id, client=MAYA, body=rating))
    assert rated.rating == 5
    reply = reply_to_review.sync(booked.id, client=OLIVER, body=ReplyRequest(reply="Thank you!"))
    assert expect(Review, reply).reply == "Thank you!"
    return moved.ends_at + timedelta(days=2)


def cancel_with_refund(mentor_id: str) -> None:
    session = book(mentor_id, open_slots(mentor_id)[0])
    # Without a body, which is optional.
    cancelled = expect(MentorshipSession, cancel_session.sync(session.id, client=MAYA))
    assert cancelled.status == "cancelled"
    assert expect(PointsMoved, cancelled.points).refunded == session.amount_paid


def join_a_group(start: datetime) -> None:
    request = GroupSessionRequest(
        title="Office hours", scheduled_at=start, duration=60, capacity=5, price=20
    )
    created = expect(GroupSession, create_group_session.sync(client=OLIVER, body=request))
    (group,) = expect(GroupPage, list_group_sessions.sync(client=MAYA)).groups
    assert group.id == created.id
    joining = JoinRequest(expected_price=group.price, revision=group.revision)
    seat = expect(MentorshipSession, join_group_session.sync(group.id, client=MAYA, body=joining))
    assert (seat.kind, seat.group_id) == ("group", group.id)
    assert expect(Me, get_me.sync(client=MAYA)).balance == 420


class Receiver(BaseHTTPRequestHandler):
    """Verifies webhooks and collects their events."""

    secret = ""
    events: list[SessionEvent] = []  # noqa: RUF012 - there is one receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        verified = Webhook(self.secret).verify(body, dict(self.headers.items()))
        self.events.append(SessionEvent.from_dict(verified))
        self.send_response(204)
        self.end_headers()


def receive_events() -> None:
    """Create an endpoint of this program."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    request = WebhookRequest(
        url=f"http://127.0.0.1:{server.server_port}/events",
        event_types=["session.booked", "session.completed", "session.cancelled", "seat.taken"],
    )
    created = create_webhook.sync(client=SERVICE, body=request)
    Receiver.secret = expect(WebhookWithSecret, created).secret


def check_events() -> None:
    send_webhooks()
    events = Receiver.events
    assert sorted(event.type_ for event in events) == [
        "seat.taken",
        "session.booked",
        "session.booked",
        "session.cancelled",
        "session.completed",
    ]
    assert len({event.id for event in events}) == len(events)
    (completed,) = (event for event in events if event.type_ == "session.completed")
    session = expect(MentorshipSession, completed.data.session)
    assert expect(Review, session.review).rating == 5


def main() -> None:
    mentor_id = become_mentor()
    maya = expect(Me, change_me.sync(client=MAYA, body=MeRequest(timezone="America/New_York")))
    grant_points(maya.user_id)
    receive_events()
    later = meet_and_rate(mentor_id)
    cancel_with_refund(mentor_id)
    join_a_group(later)
    check_events()
    mine = expect(SessionPage, list_mentee_sessions.sync(client=MAYA))
    assert len(mine.sessions) == 3
    assert mine.next_cursor is None
    print(json.dumps({"done": True}), flush=True)


main()
