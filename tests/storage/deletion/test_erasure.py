"""Erasing a person and purging a guild, on each kind of database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from mentorbot.jobs.housekeeping import Housekeeping, run_housekeeping
from mentorbot.settings import RetentionSettings
from mentorship.administration import setup
from mentorship.operations import erasure, guild_purge, personal_data, reconciliation
from mentorship.sessions import service_time
from mentorship.statuses import SessionStatus
from storage import Database, Transaction, compaction
from storage.tables import Guild, Transfer
from tests.conftest import Clock
from tests.mentorship.support import exports
from tests.mentorship.support.community import OTHER_GUILD, TUESDAY_NOON, Community, hours


async def test_a_person_is_erased_and_then_their_guild_is_purged(
    any_db: Database, clock: Clock
) -> None:
    town = Community(any_db, clock)
    await town.configure()
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    await town.book(maya, oliver, TUESDAY_NOON + hours(48), key="k")
    exported = await exports.export(any_db, maya)
    assert len(exported["sessions"]) == 2
    await any_db.run(erasure.erase, maya)
    await compaction.compact(any_db)
    assert await any_db.read(personal_data.list_guilds_with_data, maya.user_id) == []
    assert (await any_db.read(reconciliation.check)).faults == ()

    async def delete_transfers(tx: Transaction) -> None:
        await tx.connection.execute(delete(Transfer))

    with pytest.raises(DBAPIError, match="a transfer is never changed"):
        await any_db.run(delete_transfers)

    async def mark_as_left(tx: Transaction) -> None:
        await tx.connection.execute(update(Guild).values(left_at=tx.now))

    await any_db.run(mark_as_left)
    await run_housekeeping(any_db, RetentionSettings())
    assert await town.count(Transfer) > 0
    clock.turn(days=30)
    await run_housekeeping(any_db, RetentionSettings())
    assert {name: len(rows) for name, rows in (await town.dump()).items() if rows} == {}
    assert not await any_db.run(guild_purge.begin, town.guild_id)


async def test_a_clock_that_leaps_ahead_purges_nothing(any_db: Database, clock: Clock) -> None:
    town = Community(any_db, clock)
    await town.configure()
    await town.mentor("Oliver")
    housekeeper = Housekeeping(any_db, RetentionSettings(), service_time.DOWNTIME)
    await any_db.run(service_time.tick)
    await any_db.run(setup.record_guild_left, town.guild_id)
    clock.turn(days=31)
    assert await housekeeper.run() is None
    assert await any_db.read(guild_purge.list_due) == [town.guild_id]
    # The next run, an hour later at most, tries again. Two ticks have agreed on the time by then.
    await any_db.run(service_time.tick)
    clock.turn(seconds=30)
    await any_db.run(service_time.tick)
    assert (await housekeeper.run() or 0) > 0


async def test_a_purge_in_one_guild_does_not_stop_erasures_in_others(
    any_db: Database, clock: Clock
) -> None:
    """The purge deletes all that it has, and use cases refuse it."""
    town, village = Community(any_db, clock), Community(any_db, clock, OTHER_GUILD)
    maya = await town.member("Maya")
    await village.join(maya)
    await any_db.run(setup.record_guild_left, town.guild_id)
    clock.turn(days=30)
    await any_db.run(guild_purge.begin, town.guild_id)
    for guild_id in await any_db.read(personal_data.list_guilds_with_data, maya.user_id):
        await any_db.run(erasure.erase, replace(maya, guild_id=guild_id))
    assert not await any_db.read(personal_data.has_data, village.guild_id, maya.user_id)
