"""Transitions of booked sessions, by participants, by the clock and after downtime."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.delivery import outbox
from mentorship.errors import MentorshipError, NotAllowedNow, NotFound, Obstacle
from mentorship.guilds import guild_settings
from mentorship.mentors import profiles
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import booking, lifecycle, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance
from mentorship.sessions.lifecycle import TRANSITIONS, Action, Attendance, Party, PointsEffect, Unit
from mentorship.sessions.session_views import SessionView
from mentorship.sessions.transitions import TransitionResult
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Commitment
from tests.mentorship.support.community import (
    BIO,
    HIGH_LIMITS,
    TUESDAY_NOON,
    USE_CASES,
    Community,
    hours,
)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


# --- the table of transitions ---------------------------------------------------------------------


@pytest.mark.parametrize("status", SessionStatus)
async def test_participants_can_do_exactly_what_the_table_lists(
    town: Community, oliver: Actor, maya: Actor, status: SessionStatus
) -> None:
    session = await town.session(status, maya, oliver)
    people = {Party.MENTOR: oliver, Party.MENTEE: maya}
    allowed = []
    before = await town.dump()
    for (party, person), action in itertools.product(people.items(), USE_CASES):
        if action in lifecycle.available_actions(party, session.state, town.clock.now):
            allowed.append((party, action))
            continue
        with pytest.raises(NotAllowedNow) as caught:
            await town.db.run(USE_CASES[action], person, session.id)
        assert (caught.value.action, caught.value.status) == (action, status)
        assert caught.value.obstacle in (
            None,
            Obstacle.NO_PROPOSAL,
            Obstacle.TOO_EARLY,
            Obstacle.ALREADY_REPORTED,
        )
    assert await town.dump() == before, "refused actions change nothing"
    for party, person in people.items():
        available = session.actions(person.user_id, town.clock.now)
        assert [(party, action) for action in available] == [
            pair for pair in allowed if pair[0] is party
        ]
    for number, (party, action) in enumerate(allowed):
        if action in (Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL, Action.WITHDRAW_PROPOSAL):
            continue
        # Each action gets a session of its own.
        start = TUESDAY_NOON + timedelta(days=2 + number)
        another = await town.session(status, await town.member("Sam", points=60), oliver, start)
        person = oliver if party is Party.MENTOR else replace(maya, user_id=another.mentee.user_id)
        row = lifecycle.transition(action, status, party)
        await town.db.run(USE_CASES[action], person, another.id)
        assert (await town.reload(another)).status is row.target
        held = await town.escrow_balance(another)
        assert held == (60 if row.points is PointsEffect.HOLD else 0)


@pytest.mark.parametrize("status", SessionStatus)
async def test_a_session_is_not_found_for_non_participants(
    town: Community, village: Community, oliver: Actor, maya: Actor, status: SessionStatus
) -> None:
    session = await town.session(status, maya, oliver)
    before = await town.dump()
    strangers = [
        Actor(424242, "Stranger", town.guild_id),
        town.chief,
        replace(maya, guild_id=village.guild_id),
    ]
    for stranger, use_case in itertools.product(
        strangers, [*USE_CASES.values(), session_views.load_for_participant]
    ):
        with pytest.raises(NotFound):
            await town.db.run(use_case, stranger, session.id)
    for use_case in USE_CASES.values():
        with pytest.raises(NotFound):
            await town.db.run(use_case, maya, 424242)
    assert await town.dump() == before


async def test_participants_can_act_from_a_direct_message(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    in_dm = replace(oliver, guild_id=None)
    assert (
        await town.db.run(transitions.confirm, in_dm, session.id)
    ).status is SessionStatus.CONFIRMED


@pytest.mark.parametrize("action", [Action.CONFIRM, Action.DECLINE, Action.CANCEL])
@pytest.mark.parametrize("status", [SessionStatus.SCHEDULED, SessionStatus.CONFIRMED])
async def test_nothing_is_confirmed_declined_or_cancelled_after_the_start(
    town: Community, oliver: Actor, maya: Actor, status: SessionStatus, action: Action
) -> None:
    """This holds even before the clock has advanced the session, such as after downtime."""
    session = await town.session(status, maya, oliver)
    table = {
        party: [
            row.action
            for row in TRANSITIONS
            if row.unit is Unit.SESSION and row.source is status and row.party is party
        ]
        for party in Party
    }
    town.clock.now = TUESDAY_NOON
    before = await town.dump()
    for party, person in ((Party.MENTOR, oliver), (Party.MENTEE, maya)):
        with pytest.raises(NotAllowedNow) as caught:
            await town.db.run(USE_CASES[action], person, session.id)
        if action in table[party]:
            assert caught.value.obstacle is Obstacle.STARTED
        assert session.actions(person.user_id, town.clock.now) == ()
        with pytest.raises(NotAllowedNow):
            await town.db.read(transitions.preview_cancellation, person, session.id)
        with pytest.raises(NotAllowedNow):
            await town.db.read(transitions.load_actionable, person, session.id, Action.DECLINE)
    assert await town.dump() == before
    town.clock.now -= timedelta(seconds=1)
    person = oliver if action in table[Party.MENTOR] else maya
    if action in table[session.party(person.user_id)]:
        if action is not Action.CANCEL and session.answer_deadline is not None:
            with pytest.raises(NotAllowedNow) as caught:
                await town.db.run(USE_CASES[action], person, session.id)
            assert caught.value.obstacle is Obstacle.ANSWER_DEADLINE_PASSED
            town.clock.now = session.answer_deadline - timedelta(seconds=1)
        await town.db.run(USE_CASES[action], person, session.id)


async def test_a_concurrent_decline_and_cancel_refund_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    results = await asyncio.gather(
        town.db.run(transitions.decline, oliver, session.id),
        town.db.run(transitions.cancel, maya, session.id),
        return_exceptions=True,
    )
    (result,) = [result for result in results if not isinstance(result, BaseException)]
    (error,) = [result for result in results if isinstance(result, BaseException)]
    ended = result.session if isinstance(result, TransitionResult) else result
    assert isinstance(ended, SessionView)
    assert isinstance(error, NotAllowedNow)
    assert (error.status, error.obstacle) == (ended.status, None)
    assert await town.balance(maya) == 100, "the refund is paid once"


async def test_concurrent_repeats_of_a_report_pay_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    attempts = [town.db.run(attendance.report, maya, session.id, Attendance.MET) for _ in range(5)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(result, NotAllowedNow) for result in results) == 4
    assert await town.balance(oliver) == 60


# --- points ---------------------------------------------------------------------------------------


async def test_declining_refunds_in_full_and_stores_the_reason(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    ended = await town.db.run(transitions.decline, oliver, session.id, "  I am ill  ")
    assert (ended.status, ended.ended_by, ended.ended_reason) == (
        SessionStatus.DECLINED,
        oliver.user_id,
        "I am ill",
    )
    assert await town.balance(maya) == 100
    assert await town.count(Commitment) == 0


@pytest.mark.parametrize(
    ("before", "refund"),
    [
        (timedelta(hours=24), 61),
        (timedelta(hours=24) - timedelta(seconds=1), 30),
        (timedelta(seconds=1), 30),
    ],
)
async def test_cancelling_a_confirmed_session_refunds_by_policy(
    town: Community, maya: Actor, before: timedelta, refund: int
) -> None:
    await town.configure(late_refund_percent=50, fee_percent=10)
    noor = await town.mentor("Noor", rate=61)
    start = TUESDAY_NOON + hours(24)
    session = await town.session(SessionStatus.CONFIRMED, maya, noor, start)
    town.clock.now = start - before
    preview = await town.db.read(transitions.preview_cancellation, maya, session.id)
    done = await town.db.run(transitions.cancel, maya, session.id)
    assert preview.refund == done.refund == refund
    assert await town.balance(maya) == 100 - 61 + refund
    assert await town.balance(noor) == 61 - refund, "no fee is taken from a cancellation"


async def test_cancelling_a_pending_request_is_never_late(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    town.clock.now = TUESDAY_NOON - hours(2)
    assert (await town.db.run(transitions.cancel, maya, session.id)).refund == 60


async def test_a_mentors_late_cancellation_refunds_in_full(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    town.clock.now = TUESDAY_NOON - timedelta(minutes=1)
    assert (await town.db.run(transitions.cancel, oliver, session.id)).refund == 60
    assert await town.balance(maya) == 100


async def test_the_fee_is_fixed_at_booking(town: Community, maya: Actor) -> None:
    await town.configure(fee_percent=10)
    noor = await town.mentor("Noor", rate=55)
    session = await town.session(SessionStatus.IN_PROGRESS, maya, noor)
    await town.configure(fee_percent=90)
    await town.db.run(attendance.report, maya, session.id, Attendance.MET)
    assert await town.balance(noor) == 50, "the fee is a tenth of 55, rounded down"


async def test_the_price_is_fixed_at_booking(town: Community, oliver: Actor, maya: Actor) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await town.db.run(profiles.edit, oliver, ProfileContent(["python"], 500, BIO))
    done = await town.db.run(attendance.report, maya, session.id, Attendance.MET)
    assert (done.session.price, done.earned) == (60, 60)
    assert await town.balance(oliver) == 60


# --- the clock ------------------------------------------------------------------------------------


async def test_an_unanswered_request_expires_with_a_full_refund(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    start = TUESDAY_NOON + timedelta(days=3)
    session = await town.book(maya, oliver, start)
    deadline = town.clock.now + hours(24)
    await town.deliver()
    await town.wait_until(deadline - timedelta(seconds=1))
    assert (await town.reload(session)).status is SessionStatus.SCHEDULED
    await town.wait_until(deadline)
    ended = await town.reload(session)
    assert (ended.status, ended.ended_by, ended.next_at) == (SessionStatus.EXPIRED, None, None)
    assert await town.balance(maya) == 100
    assert await town.count(Commitment) == 0
    assert (
        await town.notified_kinds(maya, NotificationKind.EXPIRED)
        == await town.notified_kinds(oliver, NotificationKind.EXPIRED)
        == ["expired"]
    )
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(transitions.confirm, oliver, session.id)
    assert (caught.value.status, caught.value.obstacle) == (SessionStatus.EXPIRED, None)


async def test_a_session_starts_and_completes_by_the_clock(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.wait_until(TUESDAY_NOON - timedelta(seconds=1))
    assert (await town.reload(session)).status is SessionStatus.CONFIRMED
    await town.wait_until(TUESDAY_NOON)
    assert (await town.reload(session)).status is SessionStatus.IN_PROGRESS
    await town.wait_until(TUESDAY_NOON + hours(25) - timedelta(seconds=1))
    assert (await town.reload(session)).status is SessionStatus.IN_PROGRESS
    assert await town.escrow_balance(session) == 60
    await town.wait_until(TUESDAY_NOON + hours(25))
    assert (await town.reload(session)).status is SessionStatus.COMPLETED
    assert await town.balance(oliver) == 60
    assert await town.notified_kinds(maya, NotificationKind.COMPLETED) == ["completed"]
    assert await town.notified_kinds(oliver, NotificationKind.COMPLETED) == ["completed"]


async def test_deadlines_come_from_the_settings_at_booking(town: Community, maya: Actor) -> None:
    await town.configure(confirm_within=120, complete_after=30)
    noor = await town.mentor("Noor", rate=20)
    request = await town.book(maya, noor)
    assert request.answer_deadline == town.clock.now + hours(2)
    session = await town.session(SessionStatus.IN_PROGRESS, maya, noor, TUESDAY_NOON + hours(24))
    assert session.next_at == TUESDAY_NOON + hours(25.5)


async def test_the_clock_advances_each_guilds_sessions_by_its_settings(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    await village.configure(complete_after=0)
    vera = await village.mentor("Vera")
    maya_there = await village.join(maya, points=60)
    here = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    elsewhere = await village.session(
        SessionStatus.CONFIRMED, maya_there, vera, TUESDAY_NOON + hours(1)
    )
    await town.wait_until(TUESDAY_NOON + hours(2))
    assert (await town.reload(here)).status is SessionStatus.IN_PROGRESS
    assert (await village.reload(elsewhere)).status is SessionStatus.COMPLETED


async def test_due_sessions_are_advanced_in_batches(town: Community, maya: Actor) -> None:
    await town.configure(**HIGH_LIMITS)
    gift = await town.mentor("Gift", rate=0)
    for number in range(5):
        await town.book(maya, gift, TUESDAY_NOON + hours(number))
    town.clock.turn(days=30)
    advanced = [await town.db.run(transitions.advance_due, 2) for _ in range(4)]
    assert advanced == [2, 2, 1, 0]


async def test_concurrent_advances_move_each_session_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.book(maya, oliver)
    town.clock.now = TUESDAY_NOON
    advanced = await asyncio.gather(*(town.db.run(transitions.advance_due) for _ in range(4)))
    assert sorted(advanced) == [0, 0, 0, 1]
    assert await town.balance(maya) == 100


# --- notifications --------------------------------------------------------------------------------


async def test_each_transition_notifies_the_participants_concerned(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    await town.db.run(transitions.confirm, oliver, session.id)
    assert await town.notified_kinds(maya, NotificationKind.CONFIRMED) == ["confirmed"]
    assert await town.notified_kinds(oliver, NotificationKind.CONFIRMED) == []
    await town.wait_until(TUESDAY_NOON)
    questions = await town.notifications(NotificationKind.SESSION_ENDED)
    assert [question.user_id for question in questions] == [oliver.user_id, maya.user_id]
    assert {question.due_at for question in questions} == {TUESDAY_NOON + hours(1)}
    await town.db.run(attendance.report, maya, session.id, Attendance.MET)
    (notification,) = await town.notifications(NotificationKind.COMPLETED)
    assert (notification.user_id, notification.facts["earned"]) == (oliver.user_id, 60)


@pytest.mark.parametrize(
    ("canceller", "status", "recipient"),
    [
        ("mentor", SessionStatus.CONFIRMED, "mentee"),
        ("mentee", SessionStatus.CONFIRMED, "mentor"),
        ("mentee", SessionStatus.SCHEDULED, "mentor"),
    ],
)
async def test_a_cancellation_notifies_the_other_with_the_refund(
    town: Community,
    oliver: Actor,
    maya: Actor,
    canceller: str,
    status: SessionStatus,
    recipient: str,
) -> None:
    people = {"mentor": oliver, "mentee": maya}
    start = TUESDAY_NOON + timedelta(days=3)
    session = await town.session(status, maya, oliver, start)
    await town.deliver()
    await town.db.run(transitions.cancel, people[canceller], session.id)
    (notification,) = await town.notifications(NotificationKind.CANCELLED)
    assert notification.user_id == people[recipient].user_id
    assert notification.facts == {"refund": 60, "earned": 0, "act": "cancel"}


async def test_a_refused_action_notifies_nobody(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.DECLINED, maya, oliver)
    before = await town.notifications()
    with pytest.raises(MentorshipError):
        await town.db.run(transitions.cancel, maya, session.id)
    assert await town.notifications() == before


# --- reminders ------------------------------------------------------------------------------------


async def test_reminders_are_a_day_an_hour_and_ten_minutes_ahead(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    start = TUESDAY_NOON + timedelta(days=3)
    await town.session(SessionStatus.CONFIRMED, maya, oliver, start)
    ahead = await town.notifications(NotificationKind.REMINDER, NotificationKind.STARTING)
    for person in (oliver, maya):
        leads = [start - row.due_at for row in ahead if row.user_id == person.user_id]
        assert leads == [hours(24), hours(1), timedelta(minutes=10), hours(0)]
    assert len(ahead) == 8


async def test_reminders_that_would_be_overdue_are_not_written(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    start = town.clock.now + hours(1)
    session = await town.book(maya, oliver, start, 30)
    await town.db.run(transitions.confirm, oliver, session.id)
    due = {start - row.due_at for row in await town.notifications(NotificationKind.REMINDER)}
    assert due == {timedelta(minutes=10)}


async def test_reminder_times_come_from_guild_settings(town: Community, maya: Actor) -> None:
    await town.configure(reminders=[30, 2_880, 30])
    noor = await town.mentor("Noor")
    start = TUESDAY_NOON + timedelta(days=3)
    await town.session(SessionStatus.CONFIRMED, maya, noor, start)
    own_reminders = [
        row
        for row in await town.notifications(NotificationKind.REMINDER)
        if row.user_id == maya.user_id
    ]
    assert [start - row.due_at for row in own_reminders] == [hours(48), hours(0.5)]


@pytest.mark.parametrize("canceller", ["mentor", "mentee"])
async def test_a_cancellation_deletes_its_scheduled_notifications(
    town: Community, oliver: Actor, maya: Actor, canceller: str
) -> None:
    start = TUESDAY_NOON + timedelta(days=3)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, start)
    other = await town.member("Sam", points=60)
    other_session = await town.session(SessionStatus.CONFIRMED, other, oliver, start + hours(1))
    await town.db.run(transitions.cancel, {"mentor": oliver, "mentee": maya}[canceller], session.id)
    waiting = {
        row.session_id
        for row in await town.notifications(NotificationKind.REMINDER, NotificationKind.STARTING)
        if row.status == "waiting"
    }
    assert waiting == {other_session.id}


@pytest.mark.parametrize(
    ("time_left", "minutes"),
    [
        (timedelta(hours=24), 1_440),
        (timedelta(hours=2), 1_440),
        (timedelta(minutes=60), 60),
        (timedelta(minutes=11), 60),
        (timedelta(minutes=10), 10),
        (timedelta(seconds=1), 10),
    ],
)
async def test_only_the_latest_reminder_is_sent_after_downtime(
    town: Community, oliver: Actor, maya: Actor, time_left: timedelta, minutes: int
) -> None:
    start = TUESDAY_NOON + timedelta(days=3)
    await town.session(SessionStatus.CONFIRMED, maya, oliver, start)
    town.clock.now = start - time_left
    due = [
        notification
        for notification in await town.db.run(outbox.claim_due)
        if notification.kind is NotificationKind.REMINDER
    ]
    assert [
        (notification.user_id, notification.facts["minutes"])
        for notification in sorted(due, key=lambda notification: notification.id)
    ] == [
        (oliver.user_id, minutes),
        (maya.user_id, minutes),
    ]


async def test_no_reminder_is_sent_after_the_start(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.session(SessionStatus.CONFIRMED, maya, oliver)
    town.clock.now = TUESDAY_NOON
    kinds = [notification.kind for notification in await town.db.run(outbox.claim_due)]
    assert NotificationKind.REMINDER not in kinds
    assert kinds.count(NotificationKind.STARTING) == 2


# --- lists ----------------------------------------------------------------------------------------


async def test_session_lists_hold_the_actors_sessions_of_this_guild(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(**HIGH_LIMITS)
    vera = await village.mentor("Vera")
    maya_there = await village.join(maya, points=200)
    done = await town.session(SessionStatus.COMPLETED, maya, oliver)
    await town.grant(maya, 200)
    late = await town.book(maya, oliver, TUESDAY_NOON + hours(30))
    soon = await town.book(maya, oliver, TUESDAY_NOON + hours(26))
    off = await town.session(SessionStatus.CANCELLED, maya, oliver, TUESDAY_NOON + hours(28))
    elsewhere = await village.book(maya_there, vera, TUESDAY_NOON + hours(40))

    async def ids(use_case: object, person: Actor) -> list[int]:
        return [view.id for view in await town.db.read(use_case, person)]  # type: ignore[arg-type]

    for person in (maya, oliver):
        assert await ids(session_views.list_upcoming, person) == [soon.id, late.id]
        assert await ids(session_views.list_past, person) == [off.id, done.id]
    assert await ids(session_views.list_upcoming, maya_there) == [elsewhere.id]

    async def to_cancel(tx: Transaction, person: Actor) -> list[SessionView]:
        return await session_views.list_actionable(tx, person, Action.CANCEL)

    assert await ids(to_cancel, maya) == [soon.id, late.id]
    assert await ids(to_cancel, oliver) == [], "a mentor declines a pending request instead"
    assert await ids(session_views.list_rateable, maya) == [done.id]
    assert await ids(session_views.list_rateable, oliver) == []


async def test_the_answer_deadline_matches_the_quote(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    booked = await town.db.run(booking.book, maya, request)
    settings = await town.db.read(guild_settings.load, town.guild_id)
    assert booked.answer_deadline == lifecycle.answer_deadline(
        town.clock.now, TUESDAY_NOON, settings.confirm_within
    )
    assert (await town.db.run(transitions.confirm, oliver, booked.id)).answer_deadline is None
