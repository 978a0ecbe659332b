"""Deadlines after downtime, wrong clocks, and questions that arrive late."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from mentorbot.jobs.schedule import DeliveryHold
from mentorship.actors import Actor
from mentorship.delivery import outbox, outcomes
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions import rescheduling, service_time, transitions
from mentorship.sessions.follow_up import attendance, questions
from mentorship.sessions.lifecycle import Attendance
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Notification
from tests.mentorship.support.community import (
    TUESDAY_NOON,
    Community,
    deliver_questions,
    hours,
)

END = TUESDAY_NOON + hours(1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=200)


async def run_jobs(town: Community) -> int:
    """Advance sessions as the job does, and deliver the questions that are due."""
    advanced = 0
    while step := await town.db.run(sessions_clock.advance):
        advanced += step
    await deliver_all(town)
    return advanced


async def deliver_all(town: Community) -> None:
    """Deliver everything that is due, as a bot does that reaches everybody."""
    while claimed := await town.db.run(outbox.claim_due):
        sent = [outcomes.sent(notification, 1, notification.id) for notification in claimed]
        await town.db.run(outcomes.record, sent)


async def run_until(town: Community, then: datetime, step: timedelta = 2 * MINUTE) -> None:
    """Let the program run until an instant, with a run of the jobs at each step."""
    while town.clock.now < then:
        town.clock.now = min(town.clock.now + step, then)
        await run_jobs(town)


async def come_back(town: Community, **downtime: float) -> None:
    """Let the program be down for a while, and run the jobs twice after that."""
    town.clock.turn(**downtime)
    await run_jobs(town)
    town.clock.turn(seconds=30)
    await run_jobs(town)


async def start_ticking(town: Community, now: datetime) -> None:
    """Set the clock and run the jobs, as a program does that has just begun."""
    town.clock.now = now
    await run_jobs(town)


async def report(town: Community, person: Actor, session: SessionView, kind: Attendance) -> None:
    await town.db.run(attendance.report, person, session.id, kind)


# --- downtime ------------------------------------------------------------------------------------


async def test_a_session_held_during_downtime_is_not_paid_before_anyone_could_answer(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await start_ticking(town, TUESDAY_NOON - hours(1))
    await come_back(town, days=3)
    returned_at = town.clock.now
    started = await town.reload(session)
    assert started.status is SessionStatus.IN_PROGRESS
    assert started.next_at == returned_at + hours(24), "the whole delay begins on return"
    asked = await town.notifications(NotificationKind.SESSION_ENDED)
    assert [row.status for row in asked] == ["sent", "sent"]
    await report(town, maya, session, Attendance.NO_SHOW)
    await run_until(town, returned_at + hours(24), 5 * MINUTE)
    assert (await town.reload(session)).status is SessionStatus.NO_SHOW
    assert (await town.balance(maya), await town.balance(oliver)) == (200, 0)


async def test_downtime_extends_the_time_to_contradict_a_no_show(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await start_ticking(town, END)
    await report(town, oliver, session, Attendance.NO_SHOW)
    await run_jobs(town)
    assert (await town.reload(session)).next_at == END + hours(24)
    await come_back(town, days=2)
    assert (await town.reload(session)).next_at == END + hours(24) + timedelta(days=2)
    await report(town, maya, session, Attendance.MET)
    assert (await town.reload(session)).status is SessionStatus.DISPUTED
    assert await town.balance(oliver) == 0


async def test_only_downtime_after_the_end_extends_the_time_to_report(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await start_ticking(town, END - hours(0.5))
    await report(town, maya, session, Attendance.NO_SHOW)
    await come_back(town, hours=20)
    resumed_at = town.clock.now - timedelta(seconds=30)
    assert (await town.reload(session)).next_at == resumed_at + hours(24)


async def test_downtime_before_the_end_does_not_extend_the_time_to_report(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await start_ticking(town, TUESDAY_NOON + 5 * MINUTE)
    await come_back(town, minutes=30)
    assert (await town.reload(session)).next_at == END + hours(24)


async def test_downtime_moves_the_answer_deadline_at_most_to_the_start(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    later = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=3), 30)
    sooner = await town.book(maya, oliver, TUESDAY_NOON + hours(8), 30)
    assert later.answer_deadline is not None
    await start_ticking(town, town.clock.now)
    await come_back(town, hours=28)
    assert (await town.reload(later)).next_at == later.answer_deadline + hours(28)
    assert (await town.reload(sooner)).next_at == sooner.starts_at
    await town.db.run(transitions.confirm, oliver, later.id)


async def test_a_request_whose_start_passed_during_downtime_is_refunded(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    await start_ticking(town, town.clock.now)
    await come_back(town, days=3)
    assert (await town.reload(session)).status is SessionStatus.EXPIRED
    assert await town.balance(maya) == 200


async def test_a_deadline_that_passed_before_the_downtime_does_not_move(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=9))
    assert session.answer_deadline is not None
    await start_ticking(town, session.answer_deadline - MINUTE)
    # The program stops right after the deadline, before its next run.
    town.clock.now = session.answer_deadline + MINUTE

    async def tick(tx: Transaction) -> bool:
        return await service_time.tick(tx)

    await town.db.run(tick)
    await come_back(town, days=1)
    assert (await town.reload(session)).status is SessionStatus.EXPIRED


async def test_downtime_extends_a_reschedule_request_but_not_the_start(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    start = TUESDAY_NOON + timedelta(days=4)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, start)
    proposed = await town.db.run(rescheduling.propose, maya, session.id, start - hours(5))
    quiet = await town.session(SessionStatus.CONFIRMED, maya, oliver, start + hours(3))
    assert proposed.next_at is not None
    await start_ticking(town, town.clock.now)
    await come_back(town, hours=30)
    assert (await town.reload(session)).next_at == proposed.next_at + hours(30)
    assert (await town.reload(quiet)).next_at == quiet.starts_at
    await come_back(town, hours=70)
    assert (await town.reload(session)).next_at == start - hours(5), "not beyond the proposed start"


# --- clocks --------------------------------------------------------------------------------------


async def state(town: Community) -> object:
    """Return everything but the service clock itself."""
    tables = await town.dump()
    del tables["service_clock"]
    return tables


async def test_a_clock_that_leaps_ahead_for_one_run_changes_nothing(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    pending = await town.book(maya, oliver, TUESDAY_NOON + hours(5), 30)
    await start_ticking(town, TUESDAY_NOON - hours(3))
    before = await state(town)
    town.clock.turn(days=4)
    assert await town.db.run(sessions_clock.advance) == 0
    town.clock.now = TUESDAY_NOON - hours(3) + MINUTE
    assert await town.db.run(sessions_clock.advance) == 0
    assert await state(town) == before
    await run_until(town, TUESDAY_NOON - MINUTE)
    assert (await town.reload(pending)).next_at == pending.next_at
    await run_until(town, TUESDAY_NOON)
    assert (await town.reload(session)).status is SessionStatus.IN_PROGRESS


async def test_delivery_waits_while_the_clock_leaps(
    town: Community, oliver: Actor, maya: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = DeliveryHold(town.db, service_time.DOWNTIME)
    assert not await hold.is_on(), "nothing has ticked yet"
    await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await start_ticking(town, TUESDAY_NOON - hours(3))
    assert not await hold.is_on()
    town.clock.turn(days=4)
    assert not await town.db.run(service_time.tick)
    assert await hold.is_on()
    town.clock.turn(days=-4)
    assert not await hold.is_on()
    assert await town.db.run(service_time.tick)
    town.clock.turn(days=4)
    assert not await town.db.run(service_time.tick)
    assert await hold.is_on()
    town.clock.turn(seconds=30)
    assert await town.db.run(service_time.tick), "the new time is believed at the second run"
    assert not await hold.is_on()
    # Even if nothing ticks any more, messages are sent in the end.
    town.clock.turn(hours=1)
    assert await hold.is_on()
    monkeypatch.setattr("mentorbot.jobs.schedule.MAX_DELIVERY_HOLD_S", 0.0)
    assert not await hold.is_on()


async def test_a_clock_that_is_set_back_changes_nothing_and_recovers(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await start_ticking(town, TUESDAY_NOON - hours(1))
    before = await state(town)
    town.clock.turn(days=-4)
    assert not await town.db.run(service_time.tick)
    assert await state(town) == before
    town.clock.turn(seconds=30)
    assert await town.db.run(service_time.tick), "the new time is believed at the second run"
    town.clock.turn(seconds=30)
    assert await town.db.run(service_time.tick)
    assert await state(town) == before
    town.clock.now = TUESDAY_NOON
    await run_jobs(town)
    town.clock.turn(seconds=30)
    await run_jobs(town)
    assert (await town.reload(session)).status is SessionStatus.IN_PROGRESS


async def test_a_restart_within_minutes_moves_no_deadline(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    await start_ticking(town, town.clock.now)
    await come_back(town, minutes=4)
    assert (await town.reload(session)).next_at == session.next_at


async def test_a_program_that_crashes_after_its_return_is_down_until_it_stays_up(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=9))
    assert session.next_at is not None
    await start_ticking(town, town.clock.now)
    town.clock.turn(hours=10)
    assert not await town.db.run(service_time.tick)
    await come_back(town, hours=5)
    assert (await town.reload(session)).next_at == session.next_at + hours(15)


async def test_several_processes_count_one_downtime_once(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=9))
    assert session.next_at is not None
    await start_ticking(town, town.clock.now)
    town.clock.turn(hours=10)
    for _ in range(3):
        await asyncio.gather(*(town.db.run(service_time.tick) for _ in range(4)))
        town.clock.turn(seconds=30)
    assert (await town.reload(session)).next_at == session.next_at + hours(10)


async def test_a_long_interval_between_runs_is_not_downtime(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver)
    await town.db.run(service_time.tick, hours(3))
    for _ in range(5):
        town.clock.turn(hours=1)
        assert await town.db.run(service_time.tick, hours(3))
    assert (await town.reload(session)).next_at == session.next_at


# --- questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", [None, "mentor", "mentee"])
async def test_silence_does_not_count_before_the_question_was_delivered(
    town: Community, oliver: Actor, maya: Actor, claim: str | None
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    await start_ticking(town, END - MINUTE)
    if claim is not None:
        await report(town, {"mentor": oliver, "mentee": maya}[claim], session, Attendance.NO_SHOW)
    # Discord can't be reached for three days, while the program runs.
    for _ in range(18):
        town.clock.turn(hours=4)
        assert await town.db.run(sessions_clock.advance, hours(5)) == 0
    assert (await town.reload(session)).status is SessionStatus.IN_PROGRESS
    await deliver_all(town)
    delivered_at = town.clock.now
    assert (await town.reload(session)).next_at == delivered_at + hours(12)
    await run_until(town, delivered_at + hours(12) - MINUTE, 5 * MINUTE)
    assert (await town.reload(session)).status is SessionStatus.IN_PROGRESS
    await run_until(town, delivered_at + hours(12))
    assert (await town.reload(session)).status.is_over


async def test_an_undeliverable_question_delays_nothing(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    town.clock.now = END
    claimed = await town.db.run(outbox.claim_due)
    await town.db.run(outcomes.record, [outcomes.failed(each, "closed") for each in claimed])
    town.clock.now = END + hours(24)
    await town.db.run(transitions.advance_due)
    assert (await town.reload(session)).status is SessionStatus.COMPLETED


async def test_only_the_question_of_whoever_is_silent_is_waited_for(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    town.clock.now = END
    await report(town, maya, session, Attendance.NO_SHOW)

    async def deliver_to_oliver(tx: Transaction) -> None:
        await tx.connection.execute(
            update(Notification)
            .where(Notification.user_id == oliver.user_id)
            .values(status="sent", settled_at=tx.now)
        )

    await town.db.run(deliver_to_oliver)
    town.clock.now = END + hours(24)
    await town.db.run(transitions.advance_due)
    assert (await town.reload(session)).status is SessionStatus.NO_SHOW


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    delay=st.integers(1, 14 * 1440),
    left=st.integers(-3 * 1440, 14 * 1440),
)
def test_a_late_question_leaves_a_fair_time_to_answer(delay: int, left: int) -> None:
    deadline = END + timedelta(minutes=left)
    until = questions.answer_until(deadline, delay, END)
    assert until >= deadline, "a deadline never comes earlier"
    assert until - END >= min(hours(12), timedelta(minutes=delay))
    assert until == deadline or until - END <= timedelta(minutes=delay)


async def test_a_shorter_delay_of_the_session_limits_the_time_after_a_late_question(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    town.clock.now = END + hours(30)
    await town.db.run(questions.leave_time_to_answer, {session.id: 60})
    assert (await town.reload(session)).next_at == END + hours(31)


async def test_a_question_delivered_in_time_moves_no_deadline(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.IN_PROGRESS, maya, oliver)
    town.clock.now = END + MINUTE
    await deliver_all(town)
    assert (await town.reload(session)).next_at == END + hours(24)
    assert await town.db.run(deliver_questions) == 0
