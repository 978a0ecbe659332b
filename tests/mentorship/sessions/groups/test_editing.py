"""Editing where a group session is, who may join, its minimum, and where it is announced."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.errors import Field, InvalidField, RoleNeeded
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions.groups import (
    announcements,
    group_changes,
    places,
    reminders,
    repeats,
)
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.reminders import TOLD_AT_ONCE
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import GroupSession
from tests.mentorship.sessions.groups.conftest import Group, create
from tests.mentorship.support.community import TUESDAY_NOON, Community

HOUR = timedelta(hours=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


async def edit(town: Community, group: Group, **changes: Any) -> GroupView:
    return await town.db.run(group_changes.edit, group.mentor, group.id, GroupEdit(**changes))


async def left_behind(town: Community, group: Group) -> tuple[int | None, int | None]:
    """Return the channel and the id of the announcement that is to be deleted."""

    async def query(tx: Transaction) -> Any:
        columns = GroupSession.left_channel_id, GroupSession.left_message_id
        statement = select(*columns).where(GroupSession.id == group.id)
        return (await tx.connection.execute(statement)).one()

    return tuple(await town.db.read(query))


async def test_roles_concern_only_those_who_join_from_then_on(
    town: Community, group: Group, maya: Actor
) -> None:
    seat = await group.join(maya)
    view = await edit(town, group, join_role_ids=(77,))
    assert (view.who_may_join, view.join_role_ids, view.revision) == ("roles", (77,), 1)
    assert (await town.reload(seat)).status is SessionStatus.CONFIRMED
    sam = await town.member("Sam", points=100)
    with pytest.raises(RoleNeeded):
        await group.join(sam)
    view = await edit(town, group, join_role_ids=())
    assert (view.who_may_join, view.join_role_ids) == ("everyone", ())
    await group.join(sam)


async def test_a_changed_deadline_decides_when_seats_are_counted(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, minimum_seats=2)
    by = TUESDAY_NOON - 2 * HOUR
    assert (await edit(town, group, minimum_deadline=by)).minimum_deadline == by
    # Another change keeps it.
    assert (await edit(town, group, minimum_seats=1)).minimum_deadline == by
    with pytest.raises(InvalidField) as caught:
        await edit(town, group, minimum_deadline=TUESDAY_NOON + HOUR)
    assert caught.value.field is Field.MINIMUM_DEADLINE
    await town.wait_until(by - timedelta(minutes=1))
    assert (await group.view()).status is SessionStatus.CONFIRMED
    await town.wait_until(by)
    assert (await group.view()).status is SessionStatus.CANCELLED


async def test_removing_the_minimum_removes_its_deadline(town: Community, oliver: Actor) -> None:
    group = await create(town, oliver, minimum_seats=2)
    view = await edit(town, group, minimum_seats=0)
    assert (view.minimum_deadline, view.next_at) == (None, TUESDAY_NOON)


async def test_another_place_closes_the_room_and_opens_the_right_one(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    group = await create(town, oliver, place="voice")
    seat = await group.join(maya)
    town.clock.now = TUESDAY_NOON - timedelta(minutes=10)
    (room,) = await town.db.run(places.claim)
    await town.db.run(places.record_opened, room, 55)
    assert (await town.reload(seat)).meeting_channel_id == 55
    await edit(town, group, place="thread")
    assert NotificationKind.MEETING_LINK in await town.notified_kinds(maya)
    (old,) = await town.db.run(places.claim)
    assert (old.kind, old.is_wanted, old.channel_id) == ("voice", False, 55)
    await town.db.run(places.record_closed, old)
    assert (await town.reload(seat)).meeting_channel_id is None
    (new,) = await town.db.run(places.claim)
    assert (new.kind, new.is_wanted, new.channel_id) == ("thread", True, None)


async def test_attendees_are_told_of_another_place_only_near_the_start(
    town: Community, group: Group, maya: Actor
) -> None:
    await group.join(maya)
    await edit(town, group, place="voice")
    assert NotificationKind.MEETING_LINK not in await town.notified_kinds(maya)


async def test_all_attendees_are_told_of_a_new_link_in_steps(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, capacity=0)
    people = [await town.member(f"Member {n}", points=30) for n in range(2 * TOLD_AT_ONCE + 3)]
    for each in people:
        await group.join(each)
    town.clock.now = TUESDAY_NOON - timedelta(minutes=10)
    await edit(town, group, meeting_link="https://meet.example.com/new")

    async def told() -> int:
        rows = await town.notifications(NotificationKind.MEETING_LINK)
        assert len({row.user_id for row in rows}) == len(rows), "nobody twice"
        return len(rows)

    assert await told() == TOLD_AT_ONCE
    assert await town.db.run(reminders.tell_due) == 1
    assert await told() == 2 * TOLD_AT_ONCE
    assert await town.db.run(reminders.tell_due) == 1
    assert await told() == len(people)
    assert await town.db.run(reminders.tell_due) == 0


async def test_another_channel_lets_go_of_the_announcement(town: Community, oliver: Actor) -> None:
    group = await create(town, oliver, channel_id=11)
    (posted,) = await town.db.run(announcements.claim)
    await town.db.run(announcements.record_sent, posted, 500)
    view = await edit(town, group, channel_id=12)
    assert (view.channel_id, view.message_id) == (12, None)
    (moved,) = await town.db.run(announcements.claim)
    assert (moved.left, moved.group.channel_id, moved.group.message_id) == ((11, 500), 12, None)
    assert moved.key != posted.key
    await town.db.run(announcements.record_sent, moved, 501)
    assert await left_behind(town, group) == (None, None)
    assert (await group.view()).message_id == 501
    assert not await town.db.read(announcements.has_due)


async def test_a_message_posted_while_the_channel_changes_is_deleted(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, channel_id=11)
    (being_posted,) = await town.db.run(announcements.claim)
    await edit(town, group, channel_id=12)
    await town.db.run(announcements.record_sent, being_posted, 500)
    assert await left_behind(town, group) == (11, 500)
    (moved,) = await town.db.run(announcements.claim)
    assert (moved.left, moved.group.message_id) == ((11, 500), None)


async def test_the_deadlines_of_all_that_follow_are_as_long_before_each(
    town: Community, oliver: Actor
) -> None:
    group = await create(town, oliver, minimum_seats=2, repeat_weeks=1)
    await town.db.run(repeats.create_due)
    changes = GroupEdit(minimum_deadline=TUESDAY_NOON - 2 * HOUR)
    edited = await town.db.run(repeats.edit_following, oliver, group.id, changes)
    assert len(edited) > 1
    for each in edited:
        assert each.minimum_deadline == each.starts_at - 2 * HOUR
