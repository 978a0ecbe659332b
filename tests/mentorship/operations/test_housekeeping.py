"""Retention of records, and of the data of guilds that removed the bot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError

from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import housekeeping
from mentorship.operations.housekeeping import DeletedRows
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Guild, IdempotencyKey, Notification, Transfer
from tests.conftest import Clock
from tests.mentorship.support.community import OTHER_GUILD, TUESDAY_NOON, Community, hours


async def set_left_at(town: Community, at: datetime | None) -> None:
    """Set when the guild removed the bot; None if the bot is present."""

    async def mark(tx: Transaction) -> None:
        await tx.connection.execute(
            update(Guild).where(Guild.id == town.guild_id).values(left_at=at)
        )

    await town.db.run(mark)


async def add_activity(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    day = town.clock.now + hours(24)
    await town.session(SessionStatus.COMPLETED, maya, oliver, day)
    await town.book(maya, oliver, day + hours(48), key="k")


async def test_guild_is_purged_a_month_after_it_removed_the_bot(
    town: Community, village: Community, clock: Clock
) -> None:
    await add_activity(village)
    await add_activity(town)
    await set_left_at(town, clock.now)
    clock.turn(days=29)
    assert await town.db.read(housekeeping.list_guilds_to_purge) == []
    clock.turn(days=1)
    assert await town.db.read(housekeeping.list_guilds_to_purge) == [town.guild_id]
    before = await town.dump()
    assert await town.db.run(housekeeping.purge_guild, town.guild_id)
    sessions = {row.id for row in before["sessions"] if row.guild_id == village.guild_id}
    profiles = {row.id for row in before["mentor_profiles"] if row.guild_id == village.guild_id}

    def is_of_village(row: Any) -> bool:
        if hasattr(row, "guild_id"):
            return bool(row.guild_id == village.guild_id)
        if hasattr(row, "session_id"):
            return row.session_id in sessions
        return row.profile_id in profiles if hasattr(row, "profile_id") else row.id == OTHER_GUILD

    assert await town.dump() == {
        name: [row for row in rows if is_of_village(row)] for name, rows in before.items()
    }
    assert not await town.db.run(housekeeping.purge_guild, town.guild_id)


async def test_guild_that_added_the_bot_again_is_not_purged(town: Community, clock: Clock) -> None:
    await add_activity(town)
    await set_left_at(town, clock.now)
    clock.turn(days=31)
    await set_left_at(town, None)
    before = await town.dump()
    assert not await town.db.run(housekeeping.purge_guild, town.guild_id)
    assert await town.dump() == before


async def test_transfers_of_a_present_guild_cannot_be_deleted(town: Community) -> None:
    await add_activity(town)

    async def delete_transfers(tx: Transaction) -> None:
        await tx.connection.execute(delete(Transfer))

    with pytest.raises(DBAPIError, match="a transfer is never changed"):
        await town.db.run(delete_transfers)


async def test_expired_keys_and_notifications_are_deleted(town: Community, clock: Clock) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    session = await town.book(maya, oliver, TUESDAY_NOON + hours(24), key="k")

    async def mark_as_sent(tx: Transaction) -> None:
        await tx.connection.execute(update(Notification).values(status="sent", settled_at=tx.now))
        key = {"guild_id": town.guild_id, "user_id": maya.user_id, "request": "", "key": "new"}
        await tx.connection.execute(
            insert(IdempotencyKey).values(
                **key, created_at=tx.now + housekeeping.IDEMPOTENCY_KEY_RETENTION
            )
        )

    await town.db.run(mark_as_sent)
    total = len(await town.notifications())
    clock.turn(days=8)
    assert await town.db.run(housekeeping.delete_expired) == DeletedRows(
        idempotency_keys=1, notifications=0
    )
    clock.turn(days=83)
    # The session isn't over yet, so its notification is still needed.
    deleted = await town.db.run(housekeeping.delete_expired)
    (remaining,) = await town.notifications()
    assert (remaining.kind, remaining.session_id) == (NotificationKind.REQUESTED, session.id)
    assert deleted.notifications == total - 1
    await town.wait_until(clock.now)
    assert (await town.db.run(housekeeping.delete_expired)).notifications == 1
