"""Reschedule requests: proposing, accepting, declining, withdrawing and expiring."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import (
    Busy,
    InvalidField,
    MentorshipError,
    NotAllowedNow,
    NotBookableReason,
    NotFound,
    Obstacle,
    SlotTaken,
    SlotUnavailable,
)
from mentorship.mentors import profiles
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import booking, rescheduling, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.rescheduling import RescheduleOptions
from mentorship.sessions.session_views import SeenTimes, SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction
from tests.errors import raises
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

LATER = TUESDAY_NOON + timedelta(days=2)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=200)


@pytest.fixture
async def sam(town: Community) -> Actor:
    return await town.member("Sam", points=200)


async def propose(town: Community, actor: Actor, session: SessionView) -> SessionView:
    return await town.db.run(rescheduling.propose, actor, session.id, LATER)


async def can_book(town: Community, actor: Actor, mentor: Actor, start: object) -> bool:
    request = BookingRequest(mentor.user_id, start, 60)  # type: ignore[arg-type]
    try:
        await town.db.read(booking.quote, actor, request)
    except (SlotTaken, Busy):
        return False
    return True


@pytest.mark.parametrize("status", [SessionStatus.SCHEDULED, SessionStatus.CONFIRMED])
@pytest.mark.parametrize("by", ["mentor", "mentee"])
async def test_accepting_a_proposal_moves_and_confirms_the_session(
    town: Community, oliver: Actor, maya: Actor, sam: Actor, status: SessionStatus, by: str
) -> None:
    session = await town.session(status, maya, oliver)
    author, other = (oliver, maya) if by == "mentor" else (maya, oliver)
    proposed = await propose(town, author, session)
    assert proposed.status is status
    assert proposed.proposal is not None
    assert (proposed.proposal.by, proposed.proposal.starts_at) == (author.user_id, LATER)
    assert (proposed.starts_at, proposed.sequence) == (session.starts_at, session.sequence)
    assert await town.notified_kinds(other, NotificationKind.RESCHEDULE_PROPOSED) == ["proposed"]
    for start in (session.starts_at, LATER):
        assert not await can_book(town, sam, oliver, start), "both times are held"
    moved = await town.db.run(rescheduling.accept, other, session.id)
    assert (moved.status, moved.starts_at, moved.minutes) == (SessionStatus.CONFIRMED, LATER, 60)
    assert moved.proposal is None
    assert moved.sequence == session.sequence + 1
    assert await town.notified_kinds(author, NotificationKind.RESCHEDULED) == ["rescheduled"]
    assert await can_book(town, sam, oliver, session.starts_at), "the old time is released"
    assert not await can_book(town, sam, oliver, LATER)
    assert await town.escrow_balance(moved) == 60, "the points stay in escrow"
    due = {
        row.due_at
        for row in await town.notifications(NotificationKind.STARTING)
        if row.status == "waiting"
    }
    assert due == {LATER}, "scheduled notifications move with the session"


@pytest.mark.parametrize("status", [SessionStatus.SCHEDULED, SessionStatus.CONFIRMED])
@pytest.mark.parametrize("by", ["mentor", "mentee"])
@pytest.mark.parametrize("use_case", ["decline", "withdraw"])
async def test_declining_or_withdrawing_a_proposal_keeps_the_time(
    town: Community,
    oliver: Actor,
    maya: Actor,
    sam: Actor,
    status: SessionStatus,
    by: str,
    use_case: str,
) -> None:
    session = await town.session(status, maya, oliver)
    author, other = (oliver, maya) if by == "mentor" else (maya, oliver)
    await propose(town, author, session)
    await town.deliver()
    actor, recipient = (other, author) if use_case == "decline" else (author, other)
    unchanged = await town.db.run(getattr(rescheduling, use_case), actor, session.id)
    assert (unchanged.status, unchanged.starts_at, unchanged.proposal) == (
        status,
        session.starts_at,
        None,
    )
    assert unchanged.sequence == session.sequence
    assert await town.notified_kinds(recipient, NotificationKind.RESCHEDULE_ENDED) == ["kept"]
    assert await town.notified_kinds(actor, NotificationKind.RESCHEDULE_ENDED) == []
    assert await can_book(town, sam, oliver, LATER)
    assert not await can_book(town, sam, oliver, session.starts_at)


async def test_an_expired_proposal_keeps_a_confirmed_sessions_time(
    town: Community, oliver: Actor, maya: Actor, sam: Actor
) -> None:
    session = await town.session(
        SessionStatus.CONFIRMED, maya, oliver, TUESDAY_NOON + timedelta(days=1)
    )
    proposed = await propose(town, maya, session)
    assert proposed.next_at == town.clock.now + hours(24)
    await town.deliver()
    await town.wait_until(proposed.next_at)
    reloaded = await town.reload(session)
    assert (reloaded.status, reloaded.starts_at, reloaded.proposal) == (
        SessionStatus.CONFIRMED,
        session.starts_at,
        None,
    )
    assert reloaded.next_at == session.starts_at
    assert (
        await town.notified_kinds(maya, NotificationKind.RESCHEDULE_ENDED)
        == await town.notified_kinds(oliver, NotificationKind.RESCHEDULE_ENDED)
        == ["kept"]
    )
    assert await can_book(town, sam, oliver, LATER)


async def test_a_pending_request_expires_with_the_mentors_proposal(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver, TUESDAY_NOON + timedelta(days=1))
    proposed = await propose(town, oliver, session)
    assert proposed.next_at is not None
    await town.wait_until(proposed.next_at)
    assert (await town.reload(session)).status is SessionStatus.EXPIRED
    assert await town.balance(maya) == 200


async def test_an_open_proposal_does_not_move_the_start_after_downtime(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await propose(town, maya, session)
    await town.wait_until(session.starts_at)
    reloaded = await town.reload(session)
    assert (reloaded.status, reloaded.proposal, reloaded.starts_at) == (
        SessionStatus.IN_PROGRESS,
        None,
        session.starts_at,
    )


async def test_a_proposal_may_overlap_the_current_time(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    """The session's own commitment is ignored, and overlapping times are held as one span."""
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    half = session.starts_at + timedelta(minutes=30)
    await town.db.run(rescheduling.propose, maya, session.id, half)
    moved = await town.db.run(rescheduling.accept, oliver, session.id)
    assert moved.starts_at == half
    later = await town.book(maya, oliver, half + hours(1))
    assert later.starts_at == half + hours(1)


async def test_declining_and_suggesting_another_time_replaces_the_proposal(
    town: Community, oliver: Actor, maya: Actor, sam: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    seen = (await propose(town, maya, session)).times
    other = LATER + hours(5)
    countered = await town.db.run(rescheduling.propose, oliver, session.id, other, seen=seen)
    assert countered.proposal is not None
    assert (countered.proposal.by, countered.proposal.starts_at) == (oliver.user_id, other)
    assert await can_book(town, sam, oliver, LATER)
    (notified,) = [
        row
        for row in await town.notifications(NotificationKind.RESCHEDULE_PROPOSED)
        if row.user_id == maya.user_id
    ]
    assert notified.facts["countered"] is True
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(rescheduling.accept, oliver, session.id)
    assert caught.value.obstacle is Obstacle.NO_PROPOSAL
    assert (await town.db.run(rescheduling.accept, maya, session.id)).starts_at == other


async def test_ones_own_proposal_is_replaced_and_the_other_is_notified(
    town: Community, oliver: Actor, maya: Actor, sam: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await propose(town, maya, session)
    later = LATER + hours(5)
    await town.db.run(rescheduling.propose, maya, session.id, later)
    # The first was not read yet, so one notification says what is proposed now.
    kinds = await town.notified_kinds(oliver, NotificationKind.RESCHEDULE_PROPOSED)
    assert kinds == ["proposed"]
    assert await can_book(town, sam, oliver, LATER)
    assert not await can_book(town, sam, oliver, later)


async def test_repeating_a_proposal_notifies_once(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    first = await propose(town, maya, session)
    town.clock.turn(minutes=5)
    assert await propose(town, maya, session) == first
    assert await town.notified_kinds(oliver, NotificationKind.RESCHEDULE_PROPOSED) == ["proposed"]


async def test_confirming_drops_the_open_proposal(
    town: Community, oliver: Actor, maya: Actor, sam: Actor
) -> None:
    session = await town.book(maya, oliver)
    await propose(town, maya, session)
    confirmed = await town.db.run(transitions.confirm, oliver, session.id)
    assert (confirmed.starts_at, confirmed.proposal) == (session.starts_at, None)
    assert await can_book(town, sam, oliver, LATER)


async def test_cancelling_frees_the_current_and_the_proposed_time(
    town: Community, oliver: Actor, maya: Actor, sam: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await propose(town, maya, session)
    await town.db.run(transitions.cancel, oliver, session.id)
    for start in (session.starts_at, LATER):
        assert await can_book(town, sam, oliver, start)


# --- the mentor's own limits ---


async def test_the_mentor_proposes_at_short_notice_and_outside_their_hours(
    town: Community, maya: Actor
) -> None:
    noor = await town.mentor(
        "Noor",
        zone="UTC",
        hours="daily 12:00-14:00",
        minimum_notice=8 * 60,
        horizon_days=7,
        buffer_after=30,
    )
    session = await town.session(SessionStatus.CONFIRMED, maya, noor)
    soon = town.clock.now + timedelta(minutes=30)
    odd = TUESDAY_NOON + timedelta(days=1, hours=9, minutes=7)
    far = TUESDAY_NOON + timedelta(days=30)
    for start in (soon, odd, far):
        with pytest.raises(SlotUnavailable):
            await town.db.run(rescheduling.propose, maya, session.id, start)
        proposed = await town.db.run(rescheduling.propose, noor, session.id, start)
        assert proposed.proposal is not None
        assert proposed.proposal.starts_at == start
    moved = await town.db.run(
        rescheduling.accept, maya, session.id, seen=SeenTimes(proposed_starts_at=far)
    )
    assert (moved.status, moved.starts_at) == (SessionStatus.CONFIRMED, far)


async def test_the_mentor_can_propose_a_time_next_to_another_session(
    town: Community, maya: Actor, sam: Actor
) -> None:
    """Buffers keep others at a distance, not the mentor."""
    noor = await town.mentor("Noor", zone="UTC", buffer_before=30, buffer_after=30)
    session = await town.session(SessionStatus.CONFIRMED, maya, noor)
    await town.book(sam, noor, LATER)
    beside = LATER + hours(1)
    with pytest.raises(SlotTaken):
        await town.db.run(rescheduling.propose, maya, session.id, beside)
    offered = (await town.db.read(rescheduling.list_options, noor, session.id)).starts
    assert beside in offered
    assert (await town.db.run(rescheduling.propose, noor, session.id, beside)).proposal is not None


@pytest.mark.parametrize("side", ["mentor", "mentee"])
async def test_the_mentor_cannot_propose_a_time_when_either_is_busy(
    town: Community, village: Community, oliver: Actor, maya: Actor, side: str
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    vera = await village.mentor("Vera")
    busy = await village.join(oliver if side == "mentor" else maya, points=100)
    await village.book(busy, vera, LATER)
    with pytest.raises(SlotTaken if side == "mentor" else Busy):
        await town.db.run(rescheduling.propose, oliver, session.id, LATER + timedelta(minutes=59))
    with pytest.raises(SlotUnavailable) as past:
        await town.db.run(rescheduling.propose, oliver, session.id, town.clock.now - hours(1))
    assert past.value.reason is NotBookableReason.PAST


async def test_a_mentor_is_offered_the_exact_time_they_type(town: Community, maya: Actor) -> None:
    noor = await town.mentor("Noor", zone="UTC", hours="daily 12:00-14:00")
    session = await town.session(SessionStatus.CONFIRMED, maya, noor)
    wanted = TUESDAY_NOON + timedelta(days=20, hours=8)
    text = "23 March 20:00"
    for person, is_offered in ((noor, True), (maya, False)):

        async def options(tx: Transaction, person: Actor = person) -> RescheduleOptions:
            return await rescheduling.list_options(tx, person, session.id, text=text)

        starts = (await town.db.read(options)).starts
        assert (starts[0] == wanted) == is_offered
        assert starts[1].date() == wanted.date(), "the nearest of their hours follow"


@pytest.mark.parametrize(("days", "first", "last"), [(1, -1, 14), (20, 13, 33)])
async def test_the_times_around_the_session_are_offered(
    town: Community, maya: Actor, days: int, first: int, last: int
) -> None:
    noor = await town.mentor("Noor", zone="UTC", hours="daily 12:00-14:00")
    start = TUESDAY_NOON + timedelta(days=days)
    session = await town.session(SessionStatus.CONFIRMED, maya, noor, start)
    offered = (await town.db.read(rescheduling.list_options, maya, session.id)).starts
    assert offered[0].date() == (TUESDAY_NOON + timedelta(days=first)).date()
    assert offered[-1].date() == (TUESDAY_NOON + timedelta(days=last)).date()
    assert start not in offered


@pytest.mark.parametrize("year", [1, 9999])
async def test_a_time_in_an_impossible_year_is_refused(
    town: Community, oliver: Actor, maya: Actor, year: int
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    first, last = datetime(1, 1, 1, 12, tzinfo=UTC), datetime(9999, 12, 31, 12, tzinfo=UTC)
    start = first if year == first.year else last
    for person in (oliver, maya):
        with pytest.raises(SlotUnavailable):
            await town.db.run(rescheduling.propose, person, session.id, start)

        async def options(tx: Transaction, person: Actor = person) -> RescheduleOptions:
            return await rescheduling.list_options(tx, person, session.id, text=start.isoformat())

        assert (await town.db.read(options)).session == await town.reload(session)
    with pytest.raises(SlotUnavailable):
        await town.book(maya, oliver, start)


# --- limits that count proposals ---


@pytest.mark.parametrize("by", ["mentor", "mentee"])
async def test_a_proposed_time_counts_towards_the_daily_limit(
    town: Community, maya: Actor, sam: Actor, by: str
) -> None:
    noor = await town.mentor("Noor", zone="UTC", most_per_day=1)
    session = await town.session(SessionStatus.CONFIRMED, maya, noor)
    await town.db.run(rescheduling.propose, noor if by == "mentor" else maya, session.id, LATER)
    for start in (LATER + hours(3), TUESDAY_NOON + hours(3)):
        with pytest.raises(SlotUnavailable) as full:
            await town.book(sam, noor, start)
        assert full.value.reason is NotBookableReason.DAY_FULL
    await town.db.run(rescheduling.accept, maya if by == "mentor" else noor, session.id)
    assert (await town.book(sam, noor, TUESDAY_NOON + hours(3))).starts_at
    with pytest.raises(SlotUnavailable):
        await town.book(sam, noor, LATER + hours(3))


@pytest.mark.parametrize("by", ["mentor", "mentee"])
async def test_a_second_proposal_for_a_full_day_is_refused(
    town: Community, maya: Actor, sam: Actor, by: str
) -> None:
    noor = await town.mentor("Noor", zone="UTC", most_per_day=1)
    first = await town.session(SessionStatus.CONFIRMED, maya, noor)
    second = await town.session(
        SessionStatus.CONFIRMED, sam, noor, TUESDAY_NOON + timedelta(days=1)
    )
    await town.db.run(rescheduling.propose, maya, first.id, LATER)
    author = noor if by == "mentor" else sam
    with pytest.raises(SlotUnavailable) as full:
        await town.db.run(rescheduling.propose, author, second.id, LATER + hours(3))
    assert full.value.reason is NotBookableReason.DAY_FULL
    await town.db.run(rescheduling.withdraw, maya, first.id)
    await town.db.run(rescheduling.propose, author, second.id, LATER + hours(3))


# --- rejected requests ----------------------------------------------------------------------------


async def test_only_open_slots_can_be_proposed(
    town: Community, oliver: Actor, maya: Actor, sam: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.book(sam, oliver, LATER)
    before = await town.dump()
    with pytest.raises(SlotTaken) as taken:
        await propose(town, maya, session)
    assert LATER + hours(1) in taken.value.nearest
    off_the_grid = session.starts_at + timedelta(minutes=7)
    with pytest.raises(SlotUnavailable) as closed:
        await town.db.run(rescheduling.propose, maya, session.id, off_the_grid)
    assert closed.value.nearest
    assert session.starts_at not in closed.value.nearest, "it has that one already"
    with raises(InvalidField, saying="already at that time"):
        await town.db.run(rescheduling.propose, maya, session.id, session.starts_at)
    with pytest.raises(SlotUnavailable) as past:
        await town.db.run(rescheduling.propose, maya, session.id, town.clock.now - hours(1))
    assert past.value.reason is NotBookableReason.PAST
    with pytest.raises(SlotTaken):
        await propose(town, oliver, session)
    with pytest.raises(NotFound):
        await propose(town, sam, session)
    assert await town.dump() == before


async def test_a_time_taken_in_another_guild_cannot_be_proposed(
    town: Community, village: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    vera = await village.mentor("Vera")
    await village.book(await village.join(maya, points=100), vera, LATER)
    with pytest.raises(Busy) as caught:
        await propose(town, oliver, session)
    assert caught.value.is_reschedule
    offered = (await town.db.read(rescheduling.list_options, oliver, session.id)).starts
    assert LATER not in offered
    assert session.starts_at not in offered
    assert LATER + hours(1) in offered


async def test_a_proposal_for_a_past_time_cannot_be_answered(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, LATER)
    await town.db.run(rescheduling.propose, maya, session.id, TUESDAY_NOON)
    town.clock.now = TUESDAY_NOON
    for answer in (rescheduling.accept, rescheduling.decline):
        with pytest.raises(NotAllowedNow) as caught:
            await town.db.run(answer, oliver, session.id)
        assert caught.value.obstacle is Obstacle.ANSWER_DEADLINE_PASSED
    await town.wait_until(TUESDAY_NOON)
    kept = await town.reload(session)
    assert (kept.status, kept.starts_at, kept.proposal) == (SessionStatus.CONFIRMED, LATER, None)


async def test_sessions_of_a_paused_mentor_can_be_rescheduled(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await town.db.run(profiles.pause, oliver)
    assert (await propose(town, maya, session)).proposal is not None


async def test_concurrent_answers_to_a_proposal_leave_none_open(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    await propose(town, maya, session)
    results = await asyncio.gather(
        town.db.run(rescheduling.accept, oliver, session.id),
        town.db.run(rescheduling.withdraw, maya, session.id),
        town.db.run(transitions.cancel, maya, session.id),
        return_exceptions=True,
    )
    errors = [result for result in results if isinstance(result, MentorshipError)]
    assert not [
        result
        for result in results
        if isinstance(result, BaseException) and not isinstance(result, MentorshipError)
    ]
    assert errors, "the answers exclude each other"
    reloaded = await town.db.read(session_views.load, session.id)
    assert reloaded.proposal is None


async def test_a_slot_is_booked_or_proposed_concurrently_only_once(
    town: Community, oliver: Actor, maya: Actor, sam: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    results = await asyncio.gather(
        town.db.run(rescheduling.propose, maya, session.id, LATER),
        town.db.run(booking.book, sam, BookingRequest(oliver.user_id, LATER, 60)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, SessionView) for result in results) == 1
    assert sum(isinstance(result, SlotUnavailable) for result in results) == 1
