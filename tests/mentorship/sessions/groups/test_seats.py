"""Seats: taking one, leaving, and what happens to the seats of a group session that changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.errors import (
    AlreadyJoined,
    Busy,
    InvalidField,
    KeyReused,
    NotEnoughPoints,
    OwnGroupSession,
    PriceChanged,
    SessionFull,
    SignUpClosed,
    SlotTaken,
    TermsChanged,
)
from mentorship.mentors import meeting_link
from mentorship.sessions import booking, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance
from mentorship.sessions.groups import creation, group_changes, moving, seats, waitlist
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.lifecycle import Attendance, EndReason
from mentorship.sessions.places import session_link
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import WaitlistEntry
from tests.mentorship.sessions.groups.conftest import REQUEST, Group, create
from tests.mentorship.support.community import TUESDAY_NOON, Community

HOUR = timedelta(hours=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


@pytest.fixture
async def priya(town: Community) -> Actor:
    return await town.member("Priya", points=100)


async def test_joining_holds_the_price_and_the_time(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    assert (seat.status, seat.price, seat.topic) == (SessionStatus.CONFIRMED, 30, "Office hours")
    assert await town.balance(maya) == 70
    assert await town.escrow_balance(seat) == 30
    assert (await group.view()).seats_taken == 1
    rival = await town.mentor("Rival")
    with pytest.raises(Busy):
        await town.db.run(booking.book, maya, BookingRequest(rival.user_id, TUESDAY_NOON, 60))


async def test_a_group_session_holds_its_mentors_time_once(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    await group.join(maya)
    request = BookingRequest(group.mentor.user_id, TUESDAY_NOON, 60)
    with pytest.raises(SlotTaken):
        await town.db.run(booking.book, priya, request)


async def test_nobody_joins_twice_or_their_own_session(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    with pytest.raises(AlreadyJoined) as caught:
        await group.join(maya)
    assert caught.value.session_id == seat.id
    with pytest.raises(OwnGroupSession):
        await group.join(group.mentor)


async def test_joining_twice_with_one_key_is_one_seat(group: Group, maya: Actor) -> None:
    first = await group.join(maya, key="k")
    assert await group.join(maya, key="k") == first


async def test_a_repeated_key_with_other_terms_creates_nothing(
    town: Community, oliver: Actor
) -> None:
    first = await town.db.run(creation.create, oliver, REQUEST, "key")
    assert await town.db.run(creation.create, oliver, REQUEST, "key") == first
    for other in ({"price": 60}, {"capacity": 5}, {"repeat_weeks": 1}):
        with pytest.raises(KeyReused):
            await town.db.run(creation.create, oliver, replace(REQUEST, **other), "key")


async def test_seats_never_exceed_the_capacity(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    await group.join(maya)
    await group.join(priya)
    ken = await town.member("Ken", points=100)
    before = await town.dump()
    with pytest.raises(SessionFull):
        await group.join(ken)
    assert await town.dump() == before


async def test_a_member_without_enough_points_gets_no_seat(town: Community, group: Group) -> None:
    poor = await town.member("Poor", points=29)
    with pytest.raises(NotEnoughPoints):
        await group.join(poor)


async def test_joining_agrees_to_what_was_shown(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    view = await group.view()
    await group.join(priya, price_shown=30, revision_shown=view.revision)
    await town.db.run(group_changes.edit, group.mentor, group.id, GroupEdit(price=50))
    with pytest.raises(TermsChanged):
        await group.join(maya, revision_shown=view.revision)
    with pytest.raises(PriceChanged):
        await group.join(maya, price_shown=30)
    assert (await group.join(maya, price_shown=50)).price == 50
    assert await town.balance(priya) == 70, "whoever had joined keeps their price"


async def test_leaving_early_refunds_and_frees_the_seat(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    result = await town.db.run(seats.leave, maya, group.id, refund_shown=30)
    assert (result.refund, await town.balance(maya)) == (30, 100)
    assert (await town.reload(seat)).status is SessionStatus.CANCELLED
    assert (await group.view()).seats_taken == 0


async def test_leaving_late_follows_the_refund_policy(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(late_refund_percent=50)
    group = await create(town, oliver)
    await group.join(maya)
    town.clock.now = TUESDAY_NOON - HOUR
    result = await town.db.run(seats.leave, maya, group.id)
    assert (result.refund, await town.balance(maya)) == (15, 85)
    assert await town.balance(oliver) == 15


async def test_a_capacity_below_the_seats_taken_is_refused(
    town: Community, oliver: Actor, maya: Actor, priya: Actor
) -> None:
    group = await create(town, oliver, capacity=3)
    for person in (maya, priya, await town.member("Ken", points=100)):
        await group.join(person)
    with pytest.raises(InvalidField) as caught:
        await town.db.run(group_changes.edit, oliver, group.id, GroupEdit(capacity=2))
    assert caught.value.least == 3


async def test_a_freed_seat_goes_to_the_first_in_line_who_can_take_it(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    seat = await group.join(maya)
    await group.join(priya)
    poor, busy, ken, late = [
        await town.member(name, points=points)
        for name, points in (("Poor", 29), ("Busy", 100), ("Ken", 100), ("Late", 100))
    ]
    rival = await town.mentor("Rival", instant_booking=True)
    await town.book(busy, rival, TUESDAY_NOON)
    for place, person in enumerate((poor, busy, ken, late), start=1):
        assert await group.wait_in_line(person) == place
    await town.db.run(transitions.cancel, maya, seat.id)
    await town.db.run(waitlist.fill_due)
    view = await group.view()
    assert (view.seats_taken, view.waiting) == (2, 3)
    assert await town.balance(ken) == 70
    assert await town.balance(late) == 100
    await town.grant(poor, 10)
    await town.db.run(seats.leave, ken, group.id)
    assert await town.balance(poor) == 9, "they kept their place in line"


async def test_joining_as_the_first_in_line_takes_the_seat_once(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    seat = await group.join(maya)
    await group.join(priya)
    ken = await town.member("Ken", points=100)
    await group.wait_in_line(ken)
    await town.db.run(group_changes.edit, group.mentor, group.id, GroupEdit(price=50))
    # Nobody has filled the seat yet when they press Join.
    await town.db.run(transitions.cancel, maya, seat.id)
    own = await group.join(ken, price_shown=50)
    assert (own.mentee.user_id, own.price) == (ken.user_id, 30), "what they had agreed to"
    view = await group.view()
    assert (view.seats_taken, view.waiting) == (2, 0)


async def test_cancelling_refunds_every_seat(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    taken = [await group.join(person) for person in (maya, priya)]
    await town.db.run(group_changes.cancel, group.mentor, group.id, "I'm ill", seats_shown=2)
    assert [(await town.reload(seat)).status for seat in taken] == [SessionStatus.CANCELLED] * 2
    assert [await town.balance(person) for person in (maya, priya)] == [100, 100]
    with pytest.raises(SignUpClosed):
        await group.join(await town.member("Ken", points=100))
    # The time is free again, for everyone.
    await town.book(maya, group.mentor, TUESDAY_NOON)


async def test_a_moved_session_asks_everyone_again(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    kept, dropped = [await group.join(person) for person in (maya, priya)]
    later = TUESDAY_NOON + 3 * HOUR
    await town.db.run(moving.move, group.mentor, group.id, later)
    seat = await town.reload(kept)
    assert (seat.status, seat.starts_at) == (SessionStatus.SCHEDULED, later)
    assert (await group.view()).seats_taken == 2
    with pytest.raises(TermsChanged):
        await town.db.run(seats.keep, maya, kept.id, start_shown=TUESDAY_NOON)
    result = await town.db.run(seats.keep, maya, kept.id, start_shown=later)
    assert result.session.status is SessionStatus.CONFIRMED
    deadline = (await town.reload(dropped)).answer_deadline
    assert deadline is not None
    await town.deliver()
    await town.wait_until(deadline)
    assert (await town.reload(dropped)).status is SessionStatus.EXPIRED
    assert await town.balance(priya) == 100
    assert (await group.view()).seats_taken == 1


async def test_too_few_seats_by_the_deadline_cancel_and_refund(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver, minimum_seats=2)
    seat = await group.join(maya)
    deadline = (await group.view()).minimum_deadline
    assert deadline is not None
    await town.wait_until(deadline)
    view = await group.view()
    assert (view.status, view.ended_reason) == (SessionStatus.CANCELLED, EndReason.TOO_FEW_SEATS)
    assert (await town.reload(seat)).status is SessionStatus.CANCELLED
    assert await town.balance(maya) == 100


async def test_each_seat_is_paid_once_and_disputed_alone(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    paid, absent = [await group.join(person) for person in (maya, priya)]
    await town.wait_until(TUESDAY_NOON)
    assert (await group.view()).status is SessionStatus.IN_PROGRESS
    await town.wait_until(TUESDAY_NOON + HOUR)
    assert (await group.view()).status is SessionStatus.COMPLETED
    await town.deliver()
    await town.db.run(attendance.report, maya, paid.id, Attendance.MET)
    await town.db.run(attendance.report, group.mentor, absent.id, Attendance.NO_SHOW)
    assert await town.balance(group.mentor) == 30
    await town.db.run(attendance.report, priya, absent.id, Attendance.MET)
    assert (await town.reload(absent)).status is SessionStatus.DISPUTED
    assert await town.balance(group.mentor) == 30


async def test_a_new_minimum_gets_a_deadline_before_the_start(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    edited = await town.db.run(
        group_changes.edit, group.mentor, group.id, GroupEdit(minimum_seats=2)
    )
    assert edited.minimum_deadline is not None
    assert town.clock.now < edited.minimum_deadline < TUESDAY_NOON
    await town.wait_until(edited.minimum_deadline)
    assert (await town.reload(seat)).status is SessionStatus.CANCELLED


async def test_moving_closer_leaves_time_to_reach_the_minimum(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver, minimum_seats=2)
    await group.join(maya)
    await town.db.run(moving.move, oliver, group.id, town.clock.now + 2 * HOUR)
    moved = await group.view()
    assert moved.minimum_deadline == town.clock.now + HOUR
    await town.wait_until(town.clock.now)
    assert (await group.view()).status is SessionStatus.CONFIRMED


async def test_a_mentors_first_link_reaches_group_session_and_seats(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    await town.db.run(meeting_link.change, group.mentor, "https://meet.example.org/oliver")
    assert (await group.view()).meeting_link == "https://meet.example.org/oliver"
    assert (await town.reload(seat)).meeting_link == "https://meet.example.org/oliver"
    assert not session_link.can_set(await town.reload(seat), group.mentor.user_id, town.clock.now)


async def test_a_seat_that_was_joined_reads_as_it_was_loaded(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    assert await town.reload(seat) == seat


async def test_a_waitlist_that_nobody_is_on_any_more_is_looked_at_once(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    seat = await group.join(maya)
    await group.join(priya)
    ken = await town.member("Ken", points=100)
    await group.wait_in_line(ken)
    await town.db.run(transitions.cancel, maya, seat.id)
    await town.db.run(waitlist.leave, ken, group.id)
    assert await town.db.run(waitlist.fill_due) == 1
    assert await town.db.run(waitlist.fill_due) == 0


async def test_a_session_without_a_limit_takes_everyone_who_waits(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    await group.join(maya)
    await group.join(priya)
    for number in range(waitlist.CONSIDERED + 2):
        await group.wait_in_line(await town.member(f"Member {number}", points=30))
    await town.db.run(group_changes.edit, group.mentor, group.id, GroupEdit(capacity=0))
    while await town.db.run(waitlist.fill_due):
        pass
    view = await group.view()
    assert (view.seats_taken, view.waiting) == (waitlist.CONSIDERED + 4, 0)


async def test_a_broken_place_in_line_keeps_nobody_from_leaving(
    town: Community, group: Group, maya: Actor, priya: Actor
) -> None:
    await group.join(maya)
    await group.join(priya)
    ken = await town.member("Ken", points=100)
    await group.wait_in_line(ken)

    async def break_row(tx: Transaction) -> None:
        await tx.connection.execute(update(WaitlistEntry).values(price=-1))

    await town.db.run(break_row)
    await town.db.run(seats.leave, maya, group.id)
    assert (await group.view()).seats_taken == 1
    assert await town.balance(maya) == 100
