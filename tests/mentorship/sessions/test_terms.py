"""The terms of a booking: a snapshot that later settings never change, and consent to refunds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.errors import Term, TermsChanged
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import booking, refunds, rescheduling, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance
from mentorship.sessions.lifecycle import Attendance, Party
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

NEXT_WEEK = TUESDAY_NOON + timedelta(days=7)
SECOND = timedelta(seconds=1)

OTHER_SETTINGS = {
    "fee_percent": 90,
    "confirm_within": 60,
    "free_cancellation_until": 7 * 1_440,
    "late_refund_percent": 10,
    "cancellation_grace": 0,
    "complete_after": 15,
}


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


# --- the snapshot ---------------------------------------------------------------------------------


async def test_a_booking_keeps_the_settings_of_its_time(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(fee_percent=10, late_refund_percent=50, complete_after=120)
    booked = await town.book(maya, oliver, NEXT_WEEK)
    await town.configure(**OTHER_SETTINGS)
    session = await town.reload(booked)
    assert session == booked, "the booking returns what is stored"
    assert (session.fee_percent, session.confirm_within, session.complete_after) == (10, 1_440, 120)
    assert (session.free_cancellation_until, session.late_refund_percent) == (1_440, 50)
    assert (session.cancellation_grace, session.confirmed_at) == (15, None)
    assert session.free_cancellation_ends_at == NEXT_WEEK - hours(24)
    assert (session.price, session.payout) == (60, 54)


@pytest.mark.parametrize(("before", "refund"), [(hours(24), 60), (hours(24) - SECOND, 30)])
async def test_a_later_policy_does_not_change_a_refund(
    town: Community, oliver: Actor, maya: Actor, before: timedelta, refund: int
) -> None:
    await town.configure(late_refund_percent=50)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, NEXT_WEEK)
    await town.configure(**OTHER_SETTINGS)
    town.clock.now = NEXT_WEEK - before
    preview = await town.db.read(transitions.preview_cancellation, maya, session.id)
    done = await town.db.run(transitions.cancel, maya, session.id)
    assert (preview.refund, done.refund, done.earned) == (refund, refund, 60 - refund)


async def test_a_later_answer_time_does_not_change_the_deadlines_of_a_session(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = await town.book(maya, oliver, NEXT_WEEK)
    await town.configure(**OTHER_SETTINGS)
    asked_at = town.clock.now
    proposed = await town.db.run(rescheduling.propose, maya, request.id, NEXT_WEEK + hours(3))
    assert proposed.next_at == asked_at + hours(24)
    town.clock.turn(hours=1)
    kept = await town.db.run(rescheduling.decline, oliver, request.id)
    assert kept.answer_deadline == asked_at + hours(25)


async def test_a_later_attendance_delay_does_not_change_when_a_session_completes(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.configure(**OTHER_SETTINGS)
    await town.wait_until(session.starts_at)
    assert (await town.reload(session)).next_at == session.ends_at + hours(24)
    asked = await town.notifications(NotificationKind.SESSION_ENDED)
    assert {row.useful_until for row in asked} == {None}, "until it is answered, however late"
    await town.wait_until(session.ends_at + hours(1))
    reported = await town.db.run(attendance.report, oliver, session.id, Attendance.NO_SHOW)
    assert reported.session.next_at == session.ends_at + hours(25)


# --- the grace period -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead", "ends_after"),
    [
        (hours(3), minutes(15)),
        (hours(24) + minutes(5), minutes(15)),
        (hours(48), hours(24)),
        # Never beyond the start.
        (minutes(10), minutes(10)),
    ],
)
@pytest.mark.parametrize("instant", [False, True])
async def test_a_mentee_can_cancel_free_of_charge_right_after_the_confirmation(
    town: Community, oliver: Actor, maya: Actor, instant: bool, ahead: timedelta, ends_after: Any
) -> None:
    await town.db.run(editor.set_limits, oliver, instant_booking=instant, minimum_notice=0)
    town.clock.now = TUESDAY_NOON - ahead - (minutes(0) if instant else minutes(2))
    session = await town.book(maya, oliver)
    if not instant:
        town.clock.now = TUESDAY_NOON - ahead
        session = await town.db.run(transitions.confirm, oliver, session.id)
    assert session.confirmed_at == town.clock.now
    assert session.free_cancellation_ends_at == town.clock.now + ends_after
    last = min(session.free_cancellation_ends_at, TUESDAY_NOON - SECOND)
    town.clock.now = last
    preview = await town.db.read(transitions.preview_cancellation, maya, session.id)
    assert preview.refund == 60
    town.clock.now = last + SECOND
    if town.clock.now < TUESDAY_NOON:
        assert (await town.db.run(transitions.cancel, maya, session.id)).refund == 0


async def test_a_server_can_do_without_a_grace_period(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(cancellation_grace=0)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    assert session.free_cancellation_ends_at == TUESDAY_NOON - hours(24)
    town.clock.turn(minutes=1)
    assert (await town.db.run(transitions.cancel, maya, session.id)).refund == 0


# --- the refund after a move ----------------------------------------------------------------------


async def move(town: Community, proposer: Actor, accepter: Actor, session_id: int) -> Any:
    await town.db.run(rescheduling.propose, proposer, session_id, NEXT_WEEK)
    town.clock.turn(minutes=5)
    return await town.db.run(rescheduling.accept, accepter, session_id)


async def test_moving_a_session_does_not_bring_the_refund_back(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    town.clock.turn(minutes=16)
    moved = await move(town, maya, oliver, session.id)
    assert moved.starts_at == NEXT_WEEK
    assert moved.free_cancellation_ends_at == session.free_cancellation_ends_at < town.clock.now
    # Not by moving it once more, either.
    town.clock.turn(minutes=16)
    await town.db.run(rescheduling.propose, maya, session.id, NEXT_WEEK + hours(5))
    await town.db.run(rescheduling.accept, oliver, session.id)
    done = await town.db.run(transitions.cancel, maya, session.id)
    assert (done.refund, done.earned) == (0, 60)


async def test_a_move_that_the_mentor_proposes_is_judged_by_the_new_start(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    town.clock.turn(minutes=16)
    moved = await move(town, oliver, maya, session.id)
    assert moved.free_cancellation_ends_at == NEXT_WEEK - hours(24)
    assert (await town.db.run(transitions.cancel, maya, session.id)).refund == 60


async def test_a_move_in_time_is_judged_by_the_new_start(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    far = TUESDAY_NOON + timedelta(days=3)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, far)
    moved = await move(town, maya, oliver, session.id)
    assert moved.free_cancellation_ends_at == NEXT_WEEK - hours(24)
    # Also to an earlier start, with the grace period after it was agreed on.
    await town.db.run(rescheduling.propose, maya, session.id, TUESDAY_NOON)
    moved = await town.db.run(rescheduling.accept, oliver, session.id)
    assert moved.free_cancellation_ends_at == town.clock.now + minutes(15)


async def test_accepting_another_start_of_a_pending_request_confirms_with_a_grace_period(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = await town.book(maya, oliver)
    await town.db.run(rescheduling.propose, maya, request.id, TUESDAY_NOON - hours(1))
    moved = await town.db.run(rescheduling.accept, oliver, request.id)
    assert (moved.status, moved.confirmed_at) == (SessionStatus.CONFIRMED, town.clock.now)
    assert moved.free_cancellation_ends_at == town.clock.now + minutes(15)


@pytest.mark.parametrize("by_mentee", [False, True])
@pytest.mark.parametrize("wait", [minutes(0), minutes(16)])
async def test_what_a_proposal_says_about_the_refund_is_what_accepting_it_gives(
    town: Community, oliver: Actor, maya: Actor, by_mentee: bool, wait: timedelta
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    town.clock.now += wait
    proposer, accepter = (maya, oliver) if by_mentee else (oliver, maya)
    party = session.party(proposer.user_id)
    proposed = await town.db.run(rescheduling.propose, proposer, session.id, NEXT_WEEK)
    promised = refunds.free_cancellation_end_if_moved(proposed, NEXT_WEEK, party, town.clock.now)
    accepted = await town.db.run(rescheduling.accept, accepter, session.id)
    assert accepted.free_cancellation_ends_at == promised


# --- consent --------------------------------------------------------------------------------------


async def refused(town: Community, term: Term, use_case: Any, *args: Any, **shown: Any) -> Any:
    """Assert that a use case is refused since a term has changed, and changes nothing."""
    before = await town.dump()
    with pytest.raises(TermsChanged) as caught:
        await town.db.run(use_case, *args, **shown)
    assert caught.value.term is term
    assert await town.dump() == before
    return caught.value.current


async def test_a_refund_that_has_ended_is_not_taken_silently(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, NEXT_WEEK)
    town.clock.now = session.free_cancellation_ends_at
    shown = (await town.db.read(transitions.preview_cancellation, maya, session.id)).refund
    assert shown == 60
    town.clock.now += SECOND
    cancel = transitions.cancel
    assert await refused(town, Term.REFUND, cancel, maya, session.id, refund_shown=shown) == 0
    assert (await town.db.run(cancel, maya, session.id, refund_shown=0)).refund == 0


async def test_withdrawing_a_request_that_was_confirmed_meanwhile_asks_again(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(cancellation_grace=0)
    town.clock.turn(minutes=1)
    request = await town.book(maya, oliver)
    shown = (await town.db.read(transitions.preview_cancellation, maya, request.id)).refund
    await town.db.run(transitions.confirm, oliver, request.id)
    cancel = transitions.cancel
    assert await refused(town, Term.REFUND, cancel, maya, request.id, refund_shown=shown) == 0


async def test_a_session_that_moved_meanwhile_is_not_cancelled(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = await town.book(maya, oliver, NEXT_WEEK)
    shown = {"refund_shown": 60, "start_shown": NEXT_WEEK}
    later = NEXT_WEEK + hours(2)
    await town.db.run(rescheduling.propose, maya, request.id, later)
    await town.db.run(rescheduling.accept, oliver, request.id)
    cancel = transitions.cancel
    assert await refused(town, Term.START, cancel, maya, request.id, **shown) == later
    shown["start_shown"] = later
    assert (await town.db.run(cancel, maya, request.id, **shown)).refund == 60


async def test_declining_refunds_what_was_shown(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    request = await town.book(maya, oliver)
    decline = transitions.decline
    assert await refused(town, Term.REFUND, decline, oliver, request.id, refund_shown=30) == 60
    ended = await town.db.run(decline, oliver, request.id, refund_shown=60)
    assert ended.status is SessionStatus.DECLINED


@pytest.mark.parametrize(
    "change",
    [
        {"free_cancellation_until": 7 * 1_440},
        {"late_refund_percent": 10},
        {"cancellation_grace": 0},
        {"confirm_within": 60},
    ],
)
async def test_booking_by_a_policy_that_changed_meanwhile_asks_again(
    town: Community, oliver: Actor, maya: Actor, change: dict[str, int]
) -> None:
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60, price_shown=60)
    shown = await town.db.read(booking.quote, maya, request)
    await town.configure(**change)
    await refused(town, Term.POLICY, booking.book, maya, replace(request, terms_shown=shown.terms))
    shown = await town.db.read(booking.quote, maya, request)
    await town.db.run(booking.book, maya, replace(request, terms_shown=shown.terms))


async def test_booking_asks_again_once_the_mentor_confirms_by_hand(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.db.run(editor.set_limits, oliver, instant_booking=True)
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    shown = await town.db.read(booking.quote, maya, request)
    await town.db.run(editor.set_limits, oliver, instant_booking=False)
    await refused(town, Term.POLICY, booking.book, maya, replace(request, terms_shown=shown.terms))


async def test_settings_that_a_quote_does_not_show_need_no_new_consent(
    town: Community, maya: Actor
) -> None:
    gift = await town.mentor("Gift", rate=0)
    request = BookingRequest(gift.user_id, TUESDAY_NOON, 60)
    shown = await town.db.read(booking.quote, maya, request)
    await town.configure(late_refund_percent=10, fee_percent=20, complete_after=30)
    await town.db.run(booking.book, maya, replace(request, terms_shown=shown.terms))


@pytest.mark.parametrize(
    ("status", "now", "by_mentee", "by_mentor"),
    [
        (SessionStatus.SCHEDULED, TUESDAY_NOON - minutes(90), 60, 60),
        (SessionStatus.CONFIRMED, TUESDAY_NOON - minutes(90), 30, 60),
        (SessionStatus.CONFIRMED, TUESDAY_NOON, None, None),
        (SessionStatus.COMPLETED, TUESDAY_NOON + hours(1), None, None),
    ],
)
async def test_the_refund_of_a_cancellation_is_known_beforehand(
    town: Community,
    oliver: Actor,
    maya: Actor,
    status: SessionStatus,
    now: datetime,
    by_mentee: int | None,
    by_mentor: int | None,
) -> None:
    await town.configure(late_refund_percent=50)
    session = await town.session(status, maya, oliver)
    assert refunds.refund_if_cancelled(session, Party.MENTEE, now) == by_mentee
    assert refunds.refund_if_cancelled(session, Party.MENTOR, now) == by_mentor
