"""What people agree to by waiting, and what becomes of that if the group session changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import SessionFull
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import booking_context, transitions
from mentorship.sessions.groups import group_changes, group_views, moving, seats, waitlist
from mentorship.sessions.groups.group_changes import SEATS_AT_ONCE, GroupEdit
from mentorship.statuses import SessionStatus
from tests.mentorship.sessions.groups.conftest import Group, create
from tests.mentorship.support.community import TUESDAY_NOON, Community

HOUR = timedelta(hours=1)


@pytest.fixture
async def full(town: Community, oliver: Actor) -> tuple[Group, Actor, Actor]:
    """A group session whose two seats two members have."""
    group = await create(town, oliver)
    maya, priya = [await town.member(name, points=100) for name in ("Maya", "Priya")]
    await group.join(maya)
    await group.join(priya)
    return group, maya, priya


async def test_a_lower_price_is_that_of_those_who_wait(
    town: Community, full: tuple[Group, Actor, Actor]
) -> None:
    group, maya, _ = full
    ken = await town.member("Ken", points=100)
    poor = await town.member("Poor", points=10)
    await group.wait_in_line(poor)
    await group.wait_in_line(ken)
    await town.db.run(group_changes.edit, group.mentor, group.id, GroupEdit(price=10))
    await town.db.run(seats.leave, maya, group.id)
    assert [await town.balance(each) for each in (poor, ken)] == [0, 100]


async def test_nobody_passes_those_who_wait_while_seats_are_given(
    town: Community, full: tuple[Group, Actor, Actor]
) -> None:
    group, _, _ = full
    line = [await town.member(f"Member {number}", points=30) for number in range(60)]
    for each in line:
        await group.wait_in_line(each)
    late = await town.member("Late", points=100)
    await town.db.run(group_changes.edit, group.mentor, group.id, GroupEdit(capacity=60))
    with pytest.raises(SessionFull):
        await group.join(late)


async def test_waiting_gives_nobody_more_sessions_than_the_limit(
    town: Community, full: tuple[Group, Actor, Actor]
) -> None:
    await town.configure(limit_upcoming=1)
    group, maya, _ = full
    ken, rosa = [await town.member(name, points=100) for name in ("Ken", "Rosa")]
    for each in (ken, rosa):
        await group.wait_in_line(each)
    await town.book(ken, await town.mentor("Rival"), TUESDAY_NOON + 3 * HOUR, minutes=30)
    await town.db.run(seats.leave, maya, group.id)
    assert [await town.balance(each) for each in (ken, rosa)] == [70, 70]
    assert (await group.view()).waiting == 1, "Ken keeps his place"


async def test_leaving_before_a_seat_has_followed_its_session_is_free(
    town: Community, oliver: Actor
) -> None:
    for change in ("move", "cancel"):
        start = TUESDAY_NOON + (change == "cancel") * timedelta(days=1)
        town.clock.now = start - 2 * timedelta(days=1)
        group = await create(town, oliver, capacity=0, starts_at=start)
        people = [
            await town.member(f"{change} {number}", points=30)
            for number in range(SEATS_AT_ONCE + 1)
        ]
        for each in people:
            await group.join(each)
        town.clock.now = start - HOUR
        if change == "move":
            await town.db.run(moving.move, oliver, group.id, start + 3 * HOUR)
        else:
            await town.db.run(group_changes.cancel, oliver, group.id)
        result = await town.db.run(seats.leave, people[-1], group.id)
        assert (result.refund, await town.balance(people[-1])) == (30, 30), change


@pytest.mark.parametrize("answer", ["silence", "keep", "press"])
async def test_who_waits_is_asked_again_after_a_move(
    town: Community, full: tuple[Group, Actor, Actor], answer: str
) -> None:
    group, maya, priya = full
    ken = await town.member("Ken", points=100)
    await group.wait_in_line(ken)
    later = TUESDAY_NOON + 3 * HOUR
    await town.db.run(moving.move, group.mentor, group.id, later)
    await town.db.run(seats.keep_own, priya, group.id)
    if answer == "press":
        # Nobody has filled the seat yet. They see the new time, and press Join.
        (seat,) = [
            each
            for each in await town.db.read(group_views.list_attendees, group.id)
            if each.user_id == maya.user_id
        ]
        await town.db.run(transitions.cancel, maya, seat.session_id)
        assert (await group.join(ken)).status is SessionStatus.CONFIRMED
        return
    await town.db.run(seats.leave, maya, group.id)
    place = await town.db.read(group_views.find_own_place, group.id, ken.user_id)
    assert place.seat_status is SessionStatus.SCHEDULED, "they agreed to another time"
    assert await town.balance(ken) == 70
    assert NotificationKind.SEAT_MOVED in await town.deliver(ken)
    if answer == "keep":
        kept = await town.db.run(seats.keep_own, ken, group.id, start_shown=later)
        assert kept.session.status is SessionStatus.CONFIRMED
        return
    await town.wait_until(later - HOUR)
    assert await town.balance(ken) == 100
    assert (await group.view()).seats_taken == 1


async def counts_as_withdrawn(town: Community, group: Group, person: Actor) -> bool:
    """Return whether a member who may withdraw no booking has reached that limit."""
    await town.configure(limit_early_cancellations=1)
    context = await town.db.read(booking_context.load, person, group.mentor.user_id, None)
    return bool(context.withdrawals)


async def test_leaving_a_seat_that_one_took_counts_as_withdrawn(
    town: Community, full: tuple[Group, Actor, Actor]
) -> None:
    group, maya, _ = full
    await town.db.run(seats.leave, maya, group.id)
    assert await counts_as_withdrawn(town, group, maya)


@pytest.mark.parametrize("moved", [False, True])
async def test_declining_a_seat_from_the_waitlist_does_not_count_as_withdrawn(
    town: Community, full: tuple[Group, Actor, Actor], moved: bool
) -> None:
    group, maya, _ = full
    ken = await town.member("Ken", points=100)
    await group.wait_in_line(ken)
    if moved:
        later = TUESDAY_NOON + 3 * HOUR
        await town.db.run(moving.move, group.mentor, group.id, later)
    await town.db.run(seats.leave, maya, group.id)
    place = await town.db.read(group_views.find_own_place, group.id, ken.user_id)
    assert place.seat_status is (SessionStatus.SCHEDULED if moved else SessionStatus.CONFIRMED)
    await town.db.run(seats.leave, ken, group.id)
    assert not await counts_as_withdrawn(town, group, ken)


async def test_leaving_after_a_move_does_not_count_as_withdrawn(
    town: Community, full: tuple[Group, Actor, Actor]
) -> None:
    group, maya, _ = full
    await town.db.run(moving.move, group.mentor, group.id, TUESDAY_NOON + 3 * HOUR)
    await town.db.run(seats.leave, maya, group.id)
    assert not await counts_as_withdrawn(town, group, maya)


@pytest.mark.parametrize("ending", ["cancelled", "started"])
async def test_who_waits_in_vain_is_told_once(
    town: Community, full: tuple[Group, Actor, Actor], ending: str
) -> None:
    group, maya, _ = full
    ken = await town.member("Ken", points=100)
    await group.wait_in_line(ken)
    if ending == "cancelled":
        await town.db.run(group_changes.cancel, group.mentor, group.id)
    else:
        await town.wait_until(TUESDAY_NOON)
    assert await town.notified_kinds(ken) == [NotificationKind.WAITLIST_ENDED]
    assert NotificationKind.WAITLIST_ENDED not in await town.notified_kinds(maya)
    assert (await group.view()).waiting == 0
    await town.wait_until(TUESDAY_NOON + timedelta(days=3))
    assert await town.notified_kinds(ken) == [NotificationKind.WAITLIST_ENDED]


async def test_a_long_waitlist_ends_in_steps(
    town: Community, full: tuple[Group, Actor, Actor]
) -> None:
    group, _, _ = full
    for number in range(2 * waitlist.CONSIDERED):
        await group.wait_in_line(await town.member(f"Member {number}", points=30))
    await town.db.run(group_changes.cancel, group.mentor, group.id)
    assert (await group.view()).waiting == waitlist.CONSIDERED
    assert await town.db.run(waitlist.fill_due) == 1
    assert (await group.view()).waiting == 0
    await town.db.run(waitlist.fill_due)
    assert await town.db.run(waitlist.fill_due) == 0
    told = [row.user_id for row in await town.notifications(NotificationKind.WAITLIST_ENDED)]
    assert len(told) == len(set(told)) == 2 * waitlist.CONSIDERED
