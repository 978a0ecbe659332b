"""Notifications of a guild whose data is being deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from mentorship.delivery import message_updates, outbox, undelivered
from mentorship.operations import guild_purge
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.seats import JoinRequest
from storage import Transaction
from storage.tables import Fault, Guild, Notification
from tests.mentorship.support.community import TUESDAY_NOON, Community


async def begin_purge(town: Community) -> None:
    async def leave(tx: Transaction) -> None:
        left_at = tx.now - guild_purge.GUILD_RETENTION - timedelta(days=1)
        of_guild = Guild.id == town.guild_id
        await tx.connection.execute(update(Guild).where(of_guild).values(left_at=left_at))

    await town.db.run(leave)
    assert await town.db.run(guild_purge.begin, town.guild_id)


async def steps_of_purge(town: Community) -> AsyncIterator[None]:
    """Delete a few rows at a time, as if the process were killed after each step."""
    await begin_purge(town)
    while await town.db.run(guild_purge.delete_batch, town.guild_id, 3):
        yield


@pytest.fixture
async def town_with_notifications(town: Community) -> Community:
    """A request that wasn't sent yet, a sent one that is outdated, and a group session's start."""
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=500)
    await town.book(maya, oliver)
    request = GroupRequest("Office hours", TUESDAY_NOON + timedelta(hours=3), 60, 2, 30)
    group = await town.db.run(creation.create, oliver, request)
    await town.db.run(seats.join, maya, JoinRequest(group.id))
    return town


async def test_what_is_due_of_a_purged_guild_is_left_alone(
    town_with_notifications: Community,
) -> None:
    town = town_with_notifications
    town.clock.now = TUESDAY_NOON + timedelta(hours=3)
    steps = 0
    async for _ in steps_of_purge(town):
        steps += 1
        assert await town.db.run(outbox.claim_due) == []
        assert await town.count(Fault) == 0
        town.clock.now += outbox.PURGE_PAUSE
    assert steps > 10


async def test_messages_of_a_purged_guild_are_not_brought_up_to_date(
    town_with_notifications: Community,
) -> None:
    town = town_with_notifications

    async def mark_sent(tx: Transaction) -> None:
        values = {"status": "sent", "channel_id": 5, "message_id": 6, "refresh_at": tx.now}
        await tx.connection.execute(update(Notification).values(**values))

    await town.db.run(mark_sent)
    async for _ in steps_of_purge(town):
        assert not (await town.db.run(message_updates.claim_outdated)).messages
        town.clock.now += message_updates.UNREADABLE_PAUSE


async def test_nobody_is_shown_what_failed_in_a_purged_guild(
    town_with_notifications: Community,
) -> None:
    town = town_with_notifications

    async def fail(tx: Transaction) -> None:
        values = {"status": "failed", "settled_at": tx.now}
        await tx.connection.execute(update(Notification).values(**values))

    await town.db.run(fail)
    people = {row.user_id for row in await town.notifications() if row.user_id}
    async for _ in steps_of_purge(town):
        for user_id in people:
            page = await town.db.read(undelivered.list_for_member, town.guild_id, user_id, 5)
            assert (list(page.notifications), set(page.unreadable_ids)) == ([], set())
