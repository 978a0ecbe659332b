"""Deleting all data of a guild that removed the bot long ago, on each kind of database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from mentorbot.jobs.housekeeping import run_housekeeping
from mentorbot.jobs.schedule import finish_changes
from mentorbot.settings import RetentionSettings
from mentorship import faults
from mentorship.administration import setup
from mentorship.availability import timezone_change
from mentorship.calendars import feeds
from mentorship.delivery.outcomes import schedule_undelivered_report
from mentorship.errors import DataBeingDeleted
from mentorship.operations import guild_purge, health, reconciliation
from mentorship.sessions import booking, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.places import meeting
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.batches import run_in_batches
from storage.tables import Guild, ReminderChange, SessionEnding, Table, Transfer
from tests.conftest import CIPHER, Clock
from tests.mentorship.support.community import OTHER_GUILD, TUESDAY_NOON, Community, hours
from tests.mentorship.support.statements import record_statements
from tests.storage.rows import insert_row


@pytest.fixture
async def town(any_db: Database, clock: Clock) -> Community:
    return await active(Community(any_db, clock))


@pytest.fixture
async def village(any_db: Database, clock: Clock) -> Community:
    return await active(Community(any_db, clock, OTHER_GUILD))


async def active(community: Community) -> Community:
    """Configure a guild and let people meet in it."""
    await community.configure()
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=500)
    community.db.cipher = CIPHER
    await community.db.run(feeds.create, maya)
    day = community.clock.now + hours(24)
    await community.session(SessionStatus.COMPLETED, maya, oliver, day)
    await community.book(maya, oliver, day + hours(48), key="k")
    return community


async def leave(community: Community) -> None:
    """Remove the bot from a guild, as long ago as its data is kept."""

    async def mark(tx: Transaction) -> None:
        left_at = tx.now - guild_purge.GUILD_RETENTION
        of_guild = Guild.id == community.guild_id
        await tx.connection.execute(update(Guild).where(of_guild).values(left_at=left_at))

    await community.db.run(mark)


def rows_in_all(dump: dict[str, Any]) -> int:
    """Count all rows but those that triggers derive."""
    return sum(len(rows) for name, rows in dump.items() if name not in guild_purge.DERIVED)


def of_guild(dump: dict[str, Any], guild_id: int) -> dict[str, Any]:
    """Return the rows of a guild, of each table."""
    sessions = {row.id for row in dump["sessions"] if row.guild_id == guild_id}
    profiles = {row.id for row in dump["mentor_profiles"] if row.guild_id == guild_id}

    def is_of_guild(row: Any) -> bool:
        if hasattr(row, "guild_id"):
            return bool(row.guild_id == guild_id)
        if hasattr(row, "session_id"):
            return row.session_id in sessions
        return row.profile_id in profiles if hasattr(row, "profile_id") else row.id == guild_id

    return {name: [row for row in rows if is_of_guild(row)] for name, rows in dump.items()}


@pytest.mark.parametrize("limit", [7, 1_000])
async def test_a_purge_deletes_one_guild_in_batches_and_nothing_else(
    any_db: Database, village: Community, clock: Clock, limit: int
) -> None:
    town = await active(Community(any_db, clock))
    await leave(town)
    only_village = of_guild(await village.dump(), village.guild_id)
    assert await any_db.read(guild_purge.list_due) == [town.guild_id]
    assert await any_db.run(guild_purge.begin, town.guild_id)
    remaining = rows_in_all(await town.dump())
    while deleted := await any_db.run(guild_purge.delete_batch, town.guild_id, limit):
        assert deleted <= limit
        remaining -= deleted
        assert rows_in_all(await town.dump()) == remaining
        assert (await any_db.read(reconciliation.check)).faults == ()
        assert await any_db.read(reconciliation.check_ratings) == ()
    assert await town.dump() == only_village
    assert await any_db.read(guild_purge.list_due) == []


async def test_a_batch_asks_for_no_more_than_it_deletes(town: Community) -> None:
    await leave(town)
    await town.db.run(guild_purge.begin, town.guild_id)
    limit = 1
    with record_statements(town.db) as executed:
        await run_in_batches(town.db, guild_purge.delete_batch, town.guild_id, limit)
    # SQLite's LIMIT has two parameters, PostgreSQL's one.
    by_parent = [values for statement, values in executed if "_id IN (" in statement]
    assert max(len(values) for values in by_parent) <= limit + 2


async def test_a_guild_that_returns_before_its_purge_keeps_everything(
    town: Community, clock: Clock
) -> None:
    await town.db.run(setup.record_guild_left, town.guild_id)
    clock.turn(days=29)
    assert await town.db.read(guild_purge.list_due) == []
    assert not await town.db.run(guild_purge.begin, town.guild_id)
    clock.turn(days=1)
    assert await town.db.read(guild_purge.list_due) == [town.guild_id]
    await town.db.run(setup.record_guild_joined, town.guild_id, "Riverside", 1)
    before = await town.dump()
    assert not await town.db.run(guild_purge.begin, town.guild_id)
    assert await town.db.run(guild_purge.delete_batch, town.guild_id) == 0
    assert await town.dump() == before


async def test_an_interrupted_purge_continues_with_the_next_run(
    town: Community, clock: Clock
) -> None:
    await leave(town)
    await town.db.run(guild_purge.begin, town.guild_id)
    for _ in range(3):
        assert await town.db.run(guild_purge.delete_batch, town.guild_id, 5)
    restarted = Database(town.db.url, clock=clock)
    assert await run_housekeeping(restarted, RetentionSettings()) > 0
    await restarted.close()
    assert rows_in_all(await town.dump()) == 0


async def test_a_half_purged_guild_is_refused_until_it_is_deleted(
    town: Community,
) -> None:
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=500)
    await leave(town)
    await town.db.run(guild_purge.begin, town.guild_id)
    assert await town.db.run(guild_purge.delete_batch, town.guild_id, 5)
    before = await town.dump()
    request = BookingRequest(oliver.user_id, TUESDAY_NOON + hours(96), 60)
    for attempt in (
        town.db.run(booking.book, maya, request),
        town.db.run(timezone_change.set_timezone, maya, "Europe/Paris"),
        town.db.run(setup.configure, town.chief, fee_percent=5),
        town.db.run(setup.record_guild_joined, town.guild_id, "Riverside", 1),
    ):
        with pytest.raises(DataBeingDeleted):
            await attempt
    assert await town.dump() == before

    await run_in_batches(town.db, guild_purge.delete_batch, town.guild_id)
    await town.db.run(setup.record_guild_joined, town.guild_id, "Riverside", 1)
    assert await town.db.read(setup.list_present_guilds) == [town.guild_id]
    assert not await town.db.run(guild_purge.begin, town.guild_id)


async def test_the_clock_leaves_the_sessions_of_a_purge_alone(
    town: Community, clock: Clock
) -> None:
    await leave(town)
    await town.db.run(guild_purge.begin, town.guild_id)
    clock.turn(days=30)
    before = await town.dump()
    assert [row.next_at < clock.now for row in before["sessions"] if row.next_at] == [True]
    assert await town.db.run(transitions.advance_due) == 0
    assert (await town.db.read(health.load_overdue)).sessions == 0
    assert await town.dump() == before


async def test_no_job_counts_the_rows_of_a_purge_as_faults(town: Community, clock: Clock) -> None:
    """What was begun before, and what is due, is left to the purge, and isn't reported."""
    db, guild_id = town.db, town.guild_id
    await town.configure(meeting_place="voice", meeting_parent_id=14, log_channel_id=13)
    oliver = await town.mentor("Olivia")
    maya = await town.member("Mia", points=500)
    made, due = [
        await town.session(SessionStatus.CONFIRMED, maya, oliver, clock.now + hours(each))
        for each in (48, 50)
    ]
    clock.now = made.starts_at - timedelta(minutes=5)
    (room,) = await db.run(meeting.claim_rooms_to_open)
    await db.run(meeting.record_opened, room, 99)
    clock.now = due.starts_at - timedelta(minutes=5)

    async def begin_changes(tx: Transaction) -> None:
        ending = {"user_id": oliver.user_id, "cause": "left", "until_id": due.id}
        await insert_row(
            tx, SessionEnding, guild_id=guild_id, **ending, began_at=tx.now, next_at=tx.now
        )
        await insert_row(tx, ReminderChange, guild_id=guild_id, after_id=0)

    await db.run(begin_changes)
    await leave(town)
    await db.run(guild_purge.begin, guild_id)
    assert await finish_changes(db) == 0
    for _ in range(2):
        assert await db.run(meeting.claim_rooms_to_open) == []
        assert await db.run(meeting.claim_rooms_to_close) == []
        await db.run(schedule_undelivered_report, [guild_id])
        clock.turn(days=1)
    assert await db.read(faults.list_recent) == []


async def test_transfers_of_a_present_guild_cannot_be_deleted(town: Community) -> None:
    async def delete_transfers(tx: Transaction) -> None:
        await tx.connection.execute(delete(Transfer))

    with pytest.raises(DBAPIError, match="a transfer is never changed"):
        await town.db.run(delete_transfers)


def test_every_row_of_a_guild_is_found_by_an_index() -> None:
    """A table without an index that begins with the guild belongs to a session or a profile."""
    without_guild = guild_purge.NOT_OF_A_GUILD | guild_purge.DERIVED
    for table in Table.metadata.sorted_tables:
        if table.name in without_guild or guild_purge.guild_key(table) is not None:
            continue
        parents = {"session_id", "profile_id", "calendar_id", "mentorship_id"}
        assert parents & set(table.c.keys()), table.name
