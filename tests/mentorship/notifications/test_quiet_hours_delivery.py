"""Quiet hours in delivery: who hears of what during the night, and who in the morning."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import NotificationKind as Kind
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.follow_up import attendance
from mentorship.sessions.lifecycle import Attendance
from mentorship.time.quiet_hours import QuietHours
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

NIGHT = QuietHours(22 * 60, 7 * 60)
"""Noor's quiet hours, in London, where it is UTC in this week."""

EVENING = TUESDAY_NOON - hours(13.5)
"""Monday, 22:30."""

MORNING = TUESDAY_NOON - hours(5)
"""Tuesday, 7:00, when Noor's quiet hours end."""


@pytest.fixture
async def noor(town: Community) -> Actor:
    noor = await town.mentor("Noor")
    await town.db.run(preferences.set_quiet_hours, noor, NIGHT)
    return noor


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=5_000)


async def advance(town: Community, then: datetime) -> None:
    """Let sessions advance until then, and deliver nothing."""
    town.clock.now = then
    while await town.db.run(transitions.advance_due):
        pass


@pytest.fixture(autouse=True)
async def evening(town: Community, noor: Actor, maya: Actor) -> None:
    """Let what precedes be delivered, until Monday evening."""
    await town.deliver(noor)
    town.clock.now = EVENING
    await town.deliver(maya)


async def test_a_request_due_before_the_morning_is_sent_at_night(
    town: Community, noor: Actor, maya: Actor
) -> None:
    request = await town.book(maya, noor, TUESDAY_NOON - hours(4))
    assert request.answer_deadline is not None
    assert request.answer_deadline <= MORNING + hours(1)
    assert await town.deliver(noor) == [Kind.REQUESTED]


async def test_a_request_that_can_be_answered_in_the_morning_waits(
    town: Community, noor: Actor, maya: Actor
) -> None:
    await town.book(maya, noor, TUESDAY_NOON)
    assert await town.deliver(noor) == []
    town.clock.now = MORNING - timedelta(seconds=1)
    assert await town.deliver(noor) == []
    town.clock.now = MORNING
    assert await town.deliver(noor) == [Kind.REQUESTED]


async def test_a_request_with_an_hour_to_answer_is_sent_at_night(
    town: Community, noor: Actor, maya: Actor
) -> None:
    await town.configure(confirm_within=60)
    await town.book(maya, noor, TUESDAY_NOON + hours(48))
    assert await town.deliver(noor) == [Kind.REQUESTED]


async def test_the_end_of_an_unanswered_request_interrupts_only_the_mentees_night(
    town: Community, noor: Actor, maya: Actor
) -> None:
    """The mentee might get up for the session; the mentor never agreed to it."""
    await town.db.run(preferences.set_quiet_hours, maya, QuietHours(16 * 60, 12 * 60))
    request = await town.book(maya, noor, MORNING - hours(1))
    assert await town.deliver(noor) == [Kind.REQUESTED]
    assert request.answer_deadline is not None
    await advance(town, request.answer_deadline)
    assert await town.deliver(maya) == [Kind.EXPIRED]
    town.clock.now = MORNING
    assert await town.deliver(noor) == [Kind.EXPIRED]


async def test_an_instant_booking_is_sent_at_night_if_it_starts_early(
    town: Community, noor: Actor, maya: Actor
) -> None:
    await town.db.run(editor.set_limits, noor, instant_booking=True)
    await town.book(maya, noor, TUESDAY_NOON)
    assert await town.deliver(noor) == []
    await town.book(maya, noor, MORNING - hours(2))
    assert await town.deliver(noor) == [Kind.REQUESTED]


async def test_a_question_with_an_hour_to_answer_is_sent_at_night(
    town: Community, noor: Actor, maya: Actor
) -> None:
    """Both the question after the session and the other side's claim."""
    await town.configure(complete_after=60)
    await town.db.run(editor.set_limits, noor, instant_booking=True)
    session = await town.book(maya, noor, EVENING + hours(1), 30)
    await town.deliver(noor)
    await advance(town, session.starts_at)
    await town.deliver(noor)
    await advance(town, session.starts_at + timedelta(minutes=20))
    await town.db.run(attendance.report, maya, session.id, Attendance.NO_SHOW)
    assert await town.deliver(noor) == [Kind.NO_SHOW_REPORTED]
    town.clock.now = session.ends_at
    assert await town.deliver(noor) == [Kind.SESSION_ENDED]


async def test_a_question_with_a_day_to_answer_waits_for_the_morning(
    town: Community, noor: Actor, maya: Actor
) -> None:
    await town.db.run(editor.set_limits, noor, instant_booking=True)
    session = await town.book(maya, noor, EVENING + hours(1), 30)
    await advance(town, session.starts_at)
    await town.deliver(noor)
    await advance(town, session.ends_at)
    assert await town.deliver(noor) == []
    town.clock.now = MORNING
    assert await town.deliver(noor) == [Kind.SESSION_ENDED]


async def test_moving_a_session_away_from_the_early_morning_is_said_at_night(
    town: Community, noor: Actor, maya: Actor
) -> None:
    """Noor would get up for the old time otherwise."""
    await town.db.run(editor.set_limits, noor, instant_booking=True)
    session = await town.book(maya, noor, MORNING)
    await town.deliver(noor)
    await town.db.run(rescheduling.propose, noor, session.id, TUESDAY_NOON)
    await town.db.run(rescheduling.accept, maya, session.id)
    assert await town.deliver(noor) == [Kind.RESCHEDULED]


@pytest.mark.parametrize(("ahead", "expected"), [(12, [Kind.CANCELLED]), (13, [])])
async def test_a_cancellation_interrupts_quiet_hours_only_near_the_start(
    town: Community, noor: Actor, maya: Actor, ahead: int, expected: list[Kind]
) -> None:
    await town.db.run(editor.set_limits, noor, instant_booking=True)
    town.clock.now = EVENING - hours(2.5)
    session = await town.book(maya, noor, EVENING + hours(0.5 + ahead))
    assert await town.deliver(noor) == [Kind.REQUESTED]
    town.clock.now = EVENING + hours(0.5)
    await town.db.run(transitions.cancel, maya, session.id)
    assert await town.deliver(noor) == expected
    (row,) = [
        row for row in await town.notifications(Kind.CANCELLED) if row.user_id == noor.user_id
    ]
    assert row.urgency == (2 if expected else 1)
    town.clock.now = MORNING
    assert await town.deliver(noor) == ([] if expected else [Kind.CANCELLED])
