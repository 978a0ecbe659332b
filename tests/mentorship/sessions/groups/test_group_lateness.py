"""Late mentors and late attendees of group sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, NotYours, Obstacle
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.groups import moving
from mentorship.sessions.groups.reminders import TOLD_AT_ONCE
from mentorship.sessions.lateness import group_notices, late_attendees, notices
from mentorship.sessions.lifecycle import Party
from tests.mentorship.sessions.groups.conftest import Group, create
from tests.mentorship.support.community import TUESDAY_NOON, Community

MINUTE = timedelta(minutes=1)
LATE = NotificationKind.RUNNING_LATE


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


async def test_a_late_mentor_is_late_for_every_seat(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    await town.wait_until(TUESDAY_NOON - 5 * MINUTE)
    view = await town.db.run(group_notices.announce, group.mentor, group.id, 10)
    assert view.late_minutes == (await group.view()).late_minutes == 10
    assert (await town.reload(seat)).late == {Party.MENTOR: 10}
    (told,) = await town.notifications(LATE)
    assert (told.user_id, told.session_id, told.facts) == (maya.user_id, seat.id, {"minutes": 10})


async def test_all_attendees_are_told_of_a_late_mentor_in_steps(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, capacity=0)
    people = [await town.member(f"Member {n}", points=30) for n in range(2 * TOLD_AT_ONCE + 3)]
    for each in people:
        await group.join(each)
    await town.wait_until(TUESDAY_NOON - 5 * MINUTE)
    await town.db.run(group_notices.announce, oliver, group.id, 10)
    counts = [len(await town.notifications(LATE))]
    while await town.db.run(group_notices.tell_due):
        counts.append(len(await town.notifications(LATE)))
    assert counts == [TOLD_AT_ONCE, 2 * TOLD_AT_ONCE, len(people)]
    assert len({row.user_id for row in await town.notifications(LATE)}) == len(people)


async def test_nobody_is_told_once_the_mentor_should_be_there(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, capacity=0)
    for n in range(TOLD_AT_ONCE + 1):
        await group.join(await town.member(f"Member {n}", points=30))
    town.clock.now = TUESDAY_NOON - 5 * MINUTE
    await town.db.run(group_notices.announce, oliver, group.id, 5)
    town.clock.now = TUESDAY_NOON + 5 * MINUTE
    assert await town.db.run(group_notices.tell_due) == 1
    assert len(await town.notifications(LATE)) == TOLD_AT_ONCE
    assert await town.db.run(group_notices.tell_due) == 0


async def test_only_the_mentor_announces_a_delay_for_all(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    await town.wait_until(TUESDAY_NOON)
    with pytest.raises(NotYours):
        await town.db.run(group_notices.announce, maya, group.id, 5)
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(notices.announce, group.mentor, seat.id, 5)
    assert caught.value.obstacle is Obstacle.PART_OF_GROUP


async def test_the_mentor_gets_one_message_about_all_late_attendees(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver, capacity=0)
    people = [maya, *[await town.member(f"Member {n}", points=30) for n in range(12)]]
    seats = [await group.join(each) for each in people]
    await town.wait_until(TUESDAY_NOON)
    for person, seat in zip(people, seats, strict=True):
        await town.db.run(notices.announce, person, seat.id, 5)
    await town.db.run(notices.announce, maya, seats[0].id, 15)
    (told,) = await town.notifications(LATE)
    assert (told.user_id, told.group_id, told.session_id) == (oliver.user_id, group.id, None)
    late = await town.db.read(late_attendees.load, group.id)
    assert (late.total, len(late.first)) == (13, late_attendees.MAX_NAMES)
    assert (late.first[0].name, late.first[0].minutes) == ("Maya", 15)


async def test_a_moved_group_session_starts_without_delays(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    await town.wait_until(TUESDAY_NOON - 5 * MINUTE)
    await town.db.run(group_notices.announce, group.mentor, group.id, 5)
    await town.db.run(notices.announce, maya, seat.id, 5)
    moved = await town.db.run(
        moving.move, group.mentor, group.id, TUESDAY_NOON + timedelta(hours=3)
    )
    assert moved.late_minutes is None
    assert (await town.reload(seat)).late == {}
    assert (await town.db.read(late_attendees.load, group.id)).total == 0
