"""A look never writes: whatever the program reads works on a connection that can't write."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from inspect import Parameter, signature
from typing import Any, get_type_hints

import pytest
from sqlalchemy.exc import DBAPIError

from mentorship import web_addresses
from mentorship.calendars import feeds
from mentorship.delivery import outbox, outcomes, undelivered
from mentorship.delivery.loading import DueNotification
from mentorship.errors import MentorshipError
from mentorship.event_types import EventType
from mentorship.insights.views import InsightsRange
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import data_export, retention
from mentorship.operations.retention import Periods
from mentorship.points import adjustments
from mentorship.points.ledger import Cause
from mentorship.points.transfers import Recipient
from mentorship.relationships import goals, next_steps
from mentorship.relationships.next_steps import StepDraft
from mentorship.search.query import SearchQuery
from mentorship.sessions import booking, transitions
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import reviews, thanks
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_lists import GroupFilter
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.offers import invitations
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from mentorship.sessions.offers.invitation_views import InvitationFilter
from mentorship.sessions.offers.invitations import InvitationRequest, Invitee
from mentorship.sessions.series import booking as series_booking
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.sessions.session_views import PAST_SESSIONS, UPCOMING_SESSIONS
from mentorship.statuses import ProfileStatus, SessionStatus
from mentorship.webhooks import deliveries, endpoints, secrets
from mentorship.webhooks.deliveries import DeliveryStatus
from mentorship.webhooks.endpoints import NewEndpoint
from storage.errors import DatabaseUnavailable
from tests.mentorship.support.community import Community, hours
from tests.mentorship.support.reads import path_to_a_write, read_functions, read_use_cases


@pytest.fixture
async def values(town: Community) -> dict[str, Sequence[Any]]:
    """Values for the parameters of reads by name, from a guild in which everything has happened.

    Nothing could be delivered to anyone, so everybody misses everything.
    """
    await town.configure(log_channel_id=9)
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=10_000)
    await town.applicant("Ada")
    sessions = []
    for number, status in enumerate(SessionStatus):
        start = town.clock.now + timedelta(days=2, hours=2 * number)
        sessions.append(await town.session(status, maya, oliver, start))
        await fail_deliveries(town)
        if status is SessionStatus.COMPLETED:
            await town.db.run(reviews.rate, maya, sessions[-1].id, 5, "Very clear.")
            await town.db.run(reviews.reply, oliver, sessions[-1].id, "Thank you.")
            await town.db.run(thanks.send, maya, sessions[-1].id, "Thank you.", 5)
    recipient = Recipient(maya.user_id, "Maya")
    await town.db.run(adjustments.deduct, town.chief, recipient, 5, "A slip.")
    # One session is in progress, of which both missed the reminders.
    now = await town.session(
        SessionStatus.CONFIRMED, maya, oliver, town.clock.now + timedelta(days=3)
    )
    for before in (hours(24), hours(1), timedelta(minutes=10), hours(0)):
        town.clock.now = now.starts_at - before
        await fail_deliveries(town)
    await town.db.run(transitions.advance_due)
    missed: list[DueNotification] = []
    for person in (maya, oliver):
        page = await town.db.read(undelivered.list_for_member, town.guild_id, person.user_id, 200)
        missed += page.notifications
    assert {each.kind for each in missed} > {
        NotificationKind.REMINDER,
        NotificationKind.STARTING,
        NotificationKind.EXPIRED,
        NotificationKind.POINTS,
    }
    start = town.clock.now + timedelta(days=1)
    group = await town.db.run(
        creation.create, oliver, GroupRequest("Types", start, 60, capacity=5, price=10)
    )
    await town.db.run(seats.join, maya, seats.JoinRequest(group.id))
    dates = SeriesRequest(oliver.user_id, start + timedelta(days=1), 60, every_weeks=1, count=2)
    booked = await town.db.run(series_booking.book_series, maya, dates)
    invited = InvitationRequest(start + timedelta(days=2), 60)
    invitation = await town.db.run(invitations.send, oliver, Invitee(maya.user_id), invited)
    step = await town.db.run(next_steps.add, maya, now.id, StepDraft("Read chapter 3"))
    goal = await town.db.run(goals.set_goal, maya, oliver.user_id, "Pass the exam")
    feed = await town.db.run(feeds.create, maya)
    address = web_addresses.parse("https://app.example.com/hook", allow_private=False)
    created = await town.db.run(endpoints.create, oliver, NewEndpoint(address))
    endpoint = created.endpoint
    delivery = await town.db.run(deliveries.send_test, oliver, endpoint.id)
    return {
        "actor": [maya, oliver, town.chief],
        "calendar_id": [1],
        "guild_id": [town.guild_id],
        "user_id": [maya.user_id, oliver.user_id],
        "mentor_id": [oliver.user_id],
        "session_id": [each.id for each in (*sessions, now)],
        "application_id": [1, 2],
        "request_id": [1],
        "notification": missed,
        "limit": [50],
        "session_filter": [UPCOMING_SESSIONS, PAST_SESSIONS],
        "action": [Action.CANCEL, Action.PROPOSE, Action.REPORT_MET],
        "actions": [Action.CANCEL],
        "statuses": [ProfileStatus.APPROVED],
        "text": ["oli"],
        "typed": ["pyth"],
        "zone": ["Europe/London"],
        "default": ["UTC"],
        "key": ["key"],
        "digest": ["digest"],
        "fingerprint": [secrets.fingerprint(created.secret)],
        "query": [SearchQuery(expertise="python")],
        "request": [
            BookingRequest(oliver.user_id, start + timedelta(days=3), 60),
            replace(dates, starts_at=start + timedelta(days=3)),
            InvitationRequest(start + timedelta(days=3), 60),
            GroupRequest("Types", start + timedelta(days=3), 60, capacity=5, price=10),
        ],
        "to": [recipient],
        "target": [BlockTarget(maya.user_id, "Maya"), BlockTarget(oliver.user_id, "Oliver")],
        "amount": [5],
        "cause": [Cause.GRANT],
        "version": ["9999a"],
        "reason": ["Well done."],
        "tag_id": [1],
        "table": list(data_export.TABLES),
        "starts_at": [start],
        "rule": list(retention.RULES),
        "periods": [Periods(timedelta(days=90), timedelta(days=365), timedelta(days=365))],
        "after_id": [0],
        "since": [date(2026, 3, 1)],
        "after_guild": [0],
        "event_id": [1],
        "member_id": [maya.user_id],
        "minutes": [60],
        "group": [group],
        "group_id": [group.id],
        "group_ids": [[group.id]],
        "group_filter": [GroupFilter()],
        "draft": [HelpRequestDraft("python", "Why is it so slow?")],
        "invitee": [Invitee(maya.user_id)],
        "invitation_id": [invitation.id],
        "invitation_filter": [InvitationFilter()],
        "series_id": [booked.series.id],
        "token": [feed.token],
        "session_ids": [[each.id for each in sessions]],
        "endpoint_id": [endpoint.id],
        "delivery_id": [delivery.id],
        "span": list(InsightsRange),
        "status": [DeliveryStatus.PENDING, None],
        "cursor_text": [None],
        "size": [20],
        "goal_id": [goal.goal.id],
        "step_id": [step.id],
        "mentorship": [goal.mentorship],
        "mentee_id": [maya.user_id],
        "other_id": [oliver.user_id, maya.user_id],
        "after": [0, None],
        "name": ["consumer"],
        "types": [frozenset({EventType.SESSION_BOOKED})],
    }


async def fail_deliveries(town: Community) -> None:
    """Let everything that is due fail for good, as with closed direct messages."""
    while claimed := await town.db.run(outbox.claim_due):
        await town.db.run(outcomes.record, [outcomes.failed(each, "closed") for each in claimed])


async def test_no_read_writes(town: Community, values: dict[str, Sequence[Any]]) -> None:
    """Each is called with all combinations of people, sessions and notifications."""
    functions = read_functions()
    assert len(functions) > 80
    answered = set()
    for function in functions:
        types = get_type_hints(function)
        required = [
            parameter.name
            for parameter in list(signature(function).parameters.values())[1:]
            if parameter.default is Parameter.empty
        ]
        fitting = [
            [each for each in values.get(name, ()) if _is_of_type(each, types[name])]
            for name in required
        ]
        missing = [name for name, found in zip(required, fitting, strict=True) if not found]
        assert not missing, f"{function.__qualname__}: add values for {missing} to this test"
        for arguments in itertools.product(*fitting):
            try:
                await town.db.read(function, *arguments)
                answered.add(function)
            except MentorshipError:
                continue
    assert undelivered.list_for_member in answered
    assert len(answered) > 0.9 * len(functions), "most combinations are refused"


def _is_of_type(value: Any, hint: Any) -> bool:
    """Return whether a value can be passed where a class is asked for; others take anything."""
    return not isinstance(hint, type) or isinstance(value, hint)


async def test_a_read_that_writes_fails(town: Community, values: dict[str, Sequence[Any]]) -> None:
    with pytest.raises((DatabaseUnavailable, DBAPIError)):
        await town.db.read(booking.book, values["actor"][0], values["request"][0])


@pytest.mark.parametrize("use_case", sorted(read_use_cases()))
def test_no_read_refers_to_a_statement_that_writes(use_case: str) -> None:
    """Not even in a branch that no test takes."""
    assert path_to_a_write(use_case) is None


def test_what_leads_to_a_write_is_found() -> None:
    path = path_to_a_write("mentorship.delivery.undelivered.mark_shown")
    assert path == ["mentorship.delivery.undelivered.mark_shown", "sqlalchemy.update"]
    assert path_to_a_write("mentorship.sessions.booking.book") is not None
