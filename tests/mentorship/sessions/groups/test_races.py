"""Races for seats, from two processes: exactly one outcome each, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from mentorship.actors import Actor
from mentorship.errors import (
    AlreadyJoined,
    Busy,
    InvalidField,
    MentorshipError,
    SessionFull,
    SignUpClosed,
    SlotTaken,
    SlotUnavailable,
)
from mentorship.sessions import booking, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.groups import creation, group_changes, group_clock, moving, seats, waitlist
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.statuses import CALLED_OFF, SessionStatus
from storage import Database, Transaction
from storage.tables import Account, Commitment, Participant, Session
from tests.mentorship.sessions.groups.conftest import REQUEST, Group, create
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

Call = tuple[Any, ...]
Race = Callable[..., Any]


@pytest.fixture
async def race(town: Community) -> AsyncIterator[Race]:
    """Runs calls at once, in two processes by turns, and returns what each came to.

    Whatever isn't refused by a rule is raised.
    """
    other = Database(town.db.url, clock=town.clock, synchronous="OFF")
    await other.open()

    async def run(*calls: Call) -> list[Any]:
        processes = (town.db, other)
        outcomes = await asyncio.gather(
            *(processes[number % 2].run(*call) for number, call in enumerate(calls)),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException) and not isinstance(outcome, MentorshipError):
                raise outcome
        return outcomes

    yield run
    await other.close()


def join(group: Group, person: Actor, **shown: Any) -> Call:
    return seats.join, person, JoinRequest(group.id, **shown)


def refusals(outcomes: Sequence[Any]) -> Counter[type[Any]]:
    return Counter(type(each) for each in outcomes if isinstance(each, Exception))


async def held_by(tx: Transaction, user_id: int) -> list[tuple[datetime, datetime]]:
    """List a person's commitments."""
    rows = await tx.connection.execute(
        select(Commitment.starts_at, Commitment.ends_at).where(Commitment.user_id == user_id)
    )
    return [(row.starts_at, row.ends_at) for row in rows]


async def live_seats(tx: Transaction, group_id: int) -> dict[int, int]:
    """Return the points on hold of each live seat, by attendee."""
    rows = await tx.connection.execute(
        select(Participant.user_id, func.coalesce(Account.balance, 0).label("held"))
        .join(Session, Session.id == Participant.session_id)
        .outerjoin(Account, Account.session_id == Session.id)
        .where(
            Session.group_id == group_id,
            Participant.role == "mentee",
            Session.status.not_in(sorted(CALLED_OFF)),
        )
    )
    return {row.user_id: row.held for row in rows}


async def members(town: Community, number: int, points: int = 100) -> list[Actor]:
    return [await town.member(f"Member {each}", points=points) for each in range(number)]


async def test_many_joins_fill_the_last_seats_and_no_more(
    town: Community, oliver: Actor, race: Race
) -> None:
    group = await create(town, oliver, capacity=3)
    people = await members(town, 12)
    outcomes = await race(*(join(group, person) for person in people))
    assert refusals(outcomes) == {SessionFull: 9}
    held = await town.db.read(live_seats, group.id)
    assert list(held.values()) == [30] * 3
    assert (await group.view()).seats_taken == 3
    for person in people:
        paid = 30 if person.user_id in held else 0
        assert await town.balance(person) == 100 - paid


async def test_one_person_who_joins_many_times_has_one_seat(
    town: Community, group: Group, race: Race
) -> None:
    (maya,) = await members(town, 1)
    outcomes = await race(*(join(group, maya) for _ in range(6)))
    assert refusals(outcomes) == {AlreadyJoined: 5}
    assert await town.balance(maya) == 70


async def test_one_key_in_two_processes_is_one_seat(
    town: Community, group: Group, race: Race
) -> None:
    (maya,) = await members(town, 1)
    outcomes = await race(*(join(group, maya, key="k") for _ in range(4)))
    assert len({seat.id for seat in outcomes}) == 1
    assert await town.balance(maya) == 70


async def test_one_persons_joins_of_overlapping_groups_end_in_one_seat(
    town: Community, group: Group, race: Race
) -> None:
    ada = await town.mentor("Ada")
    other = await create(town, ada, starts_at=TUESDAY_NOON + hours(0.5))
    (maya,) = await members(town, 1)
    outcomes = await race(join(group, maya), join(other, maya))
    assert refusals(outcomes) == {Busy: 1}
    assert len(await town.db.read(held_by, maya.user_id)) == 1
    assert await town.balance(maya) == 70


async def test_a_seat_and_a_booking_at_one_time_end_in_one_of_them(
    town: Community, group: Group, race: Race
) -> None:
    ada = await town.mentor("Ada")
    (maya,) = await members(town, 1)
    request = BookingRequest(ada.user_id, TUESDAY_NOON, 60)
    outcomes = await race(join(group, maya), (booking.book, maya, request))
    assert refusals(outcomes) == {Busy: 1}
    assert len(await town.db.read(held_by, maya.user_id)) == 1


async def test_a_new_group_session_and_a_booking_take_a_mentors_time_once(
    town: Community, oliver: Actor, race: Race
) -> None:
    (maya,) = await members(town, 1)
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    outcomes = await race((creation.create, oliver, REQUEST), (booking.book, maya, request))
    assert sum(refusals(outcomes).values()) == 1
    assert set(refusals(outcomes)) <= {SlotTaken, SlotUnavailable, Busy}
    assert len(await town.db.read(held_by, oliver.user_id)) == 1


async def test_two_group_sessions_at_one_time_end_in_one(
    town: Community, oliver: Actor, race: Race
) -> None:
    outcomes = await race(*((creation.create, oliver, REQUEST) for _ in range(2)))
    assert sum(refusals(outcomes).values()) == 1
    assert len(await town.db.read(held_by, oliver.user_id)) == 1


async def test_a_smaller_capacity_and_joins_never_overfill(
    town: Community, oliver: Actor, race: Race
) -> None:
    group = await create(town, oliver, capacity=6)
    people = await members(town, 6)
    edit = (group_changes.edit, oliver, group.id, GroupEdit(capacity=3))
    first, *outcomes = await race(edit, *(join(group, person) for person in people))
    view = await group.view()
    taken = len(await town.db.read(live_seats, group.id))
    assert view.seats_taken == taken == len(people) - sum(refusals(outcomes).values())
    if isinstance(first, InvalidField):
        assert (view.capacity, taken) == (6, 6)
    else:
        assert (view.capacity, taken) == (3, 3)


async def test_a_freed_seat_goes_to_the_line_and_not_to_who_presses_join(
    town: Community, group: Group, race: Race
) -> None:
    maya, priya, ken, late = await members(town, 4)
    seat = await group.join(maya)
    await group.join(priya)
    await group.wait_in_line(ken)
    _, *outcomes = await race(
        (transitions.cancel, maya, seat.id),
        join(group, late),
        (waitlist.fill_due,),
        join(group, late),
        (waitlist.fill_due,),
    )
    assert SessionFull in refusals(outcomes)
    await town.db.run(waitlist.fill_due)
    assert set(await town.db.read(live_seats, group.id)) == {priya.user_id, ken.user_id}
    assert await town.balance(late) == 100
    assert await town.balance(ken) == 70


async def test_two_processes_give_one_free_seat_once(
    town: Community, group: Group, race: Race
) -> None:
    maya, priya, ken, late = await members(town, 4)
    taken = [await group.join(person) for person in (maya, priya)]
    for person in (ken, late):
        await group.wait_in_line(person)
    await town.db.run(transitions.cancel, maya, taken[0].id)
    await race(*((waitlist.fill, group.id) for _ in range(4)))
    view = await group.view()
    assert (view.seats_taken, view.waiting) == (2, 1)
    assert [await town.balance(person) for person in (ken, late)] == [70, 100]


async def test_people_who_wait_at_once_each_have_a_place_of_their_own(
    town: Community, group: Group, race: Race
) -> None:
    first, second, *people = await members(town, 8)
    for person in (first, second):
        await group.join(person)
    outcomes = await race(*((waitlist.join, person, group.id) for person in people))
    assert refusals(outcomes) == {}
    assert (await group.view()).waiting == 6


async def test_leaving_twice_at_once_refunds_once(
    town: Community, group: Group, race: Race
) -> None:
    (maya,) = await members(town, 1)
    await group.join(maya)
    outcomes = await race(*((seats.leave, maya, group.id) for _ in range(4)))
    assert sum(refusals(outcomes).values()) == 3
    assert await town.balance(maya) == 100
    assert (await group.view()).seats_taken == 0


async def test_joins_during_a_cancellation_are_refunded_or_refused(
    town: Community, oliver: Actor, race: Race
) -> None:
    group = await create(town, oliver, capacity=10)
    people = await members(town, 8)
    joins = [join(group, person) for person in people]
    cancel = (group_changes.cancel, oliver, group.id)
    outcomes = await race(*joins[:4], cancel, *joins[4:])
    assert set(refusals(outcomes)) <= {SignUpClosed}
    await town.wait_until(town.clock.now)
    assert await town.db.read(live_seats, group.id) == {}
    assert [await town.balance(person) for person in people] == [100] * 8
    for person in (*people, oliver):
        assert await town.db.read(held_by, person.user_id) == []


async def test_joins_during_a_move_are_for_the_new_time_or_asked_again(
    town: Community, oliver: Actor, race: Race
) -> None:
    group = await create(town, oliver, capacity=10)
    people = await members(town, 8)
    joins = [join(group, person) for person in people]
    later = TUESDAY_NOON + hours(5)
    outcomes = await race(*joins[:4], (moving.move, oliver, group.id, later), *joins[4:])
    assert refusals(outcomes) == {}
    await town.wait_until(town.clock.now)
    for seat in (*outcomes[:4], *outcomes[5:]):
        now = await town.reload(seat)
        assert now.starts_at == later
        held = await town.db.read(held_by, seat.mentee.user_id)
        if now.status is SessionStatus.CONFIRMED:
            assert held == [(later, later + hours(1))], "joined at the new time"
        else:
            assert (now.status, held) == (SessionStatus.SCHEDULED, [])


async def test_joins_at_the_start_either_take_part_or_are_refused(
    town: Community, oliver: Actor, race: Race
) -> None:
    group = await create(town, oliver, capacity=10)
    people = await members(town, 6)
    town.clock.now = TUESDAY_NOON
    joins = [join(group, person) for person in people]
    outcomes = await race(*joins[:3], (group_clock.advance_due,), *joins[3:])
    assert refusals(outcomes) == {SignUpClosed: 6}
    assert (await group.view()).status is SessionStatus.IN_PROGRESS
