"""A row that can't be processed is recorded, and the others are processed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, literal, select, text, update
from sqlalchemy.exc import DBAPIError

from mentorship import faults
from mentorship.faults import BatchResult, FaultKind
from storage import Database, DatabaseUnavailable, Transaction
from storage.tables import Guild, Member, Table
from tests.conftest import Clock
from tests.storage.rows import GUILD, insert_row

PEOPLE = (101, 102, 103)


@pytest.fixture
async def members(any_db: Database) -> Database:
    async def add(tx: Transaction) -> None:
        await insert_row(tx, Guild, id=GUILD, created_at=tx.now)
        for user_id in PEOPLE:
            row = {"guild_id": GUILD, "user_id": user_id, "name": "before"}
            await insert_row(tx, Member, **row, created_at=tx.now)

    await any_db.run(add)
    return any_db


async def rename(tx: Transaction, user_id: int) -> int:
    member = update(Member).where(Member.user_id == user_id)
    await tx.connection.execute(member.values(name="after"))
    tx.notification_keys.append(str(user_id))
    return user_id


async def names(tx: Transaction) -> list[str]:
    return list(await tx.connection.scalars(select(Member.name).order_by(Member.user_id)))


async def rename_all(
    tx: Transaction, sick: int | None, error: BaseException | None = None
) -> BatchResult[int, int]:
    """Rename everybody; the one of `sick` fails after the write, by themselves or in SQL."""

    async def work(user_id: int) -> int:
        await rename(tx, user_id)
        if user_id == sick and error is not None:
            raise error
        if user_id == sick:
            await insert_row(
                tx, Member, guild_id=GUILD, user_id=101, name="twice", created_at=tx.now
            )
        return user_id

    return await faults.isolate(tx, FaultKind.TRANSITION, PEOPLE, work, lambda user_id: user_id)


@pytest.mark.parametrize("error", [KeyError("minutes"), ValueError("unknown"), None])
async def test_a_row_that_fails_undoes_only_its_own_writes(
    members: Database, error: Exception | None
) -> None:
    outcome = await members.run(rename_all, 102, error)
    assert outcome.results == [101, 103]
    assert [failure.row for failure in outcome.failures] == [102]
    assert await members.read(names) == ["after", "before", "after"]
    (fault,) = await members.read(faults.list_recent)
    expected = "IntegrityError" if error is None else type(error).__name__
    assert (fault.kind, fault.row_id, fault.error, fault.count) == ("transition", 102, expected, 1)
    assert fault.reference == outcome.failures[0].reference


async def test_the_keys_of_a_row_that_failed_are_taken_back(members: Database) -> None:
    async def keys(tx: Transaction) -> list[str]:
        await rename_all(tx, 102, KeyError())
        return tx.notification_keys

    assert await members.run(keys) == ["101", "103"]


@pytest.mark.parametrize(
    "error",
    [
        DatabaseUnavailable("away"),
        ConnectionResetError(),
        asyncio.CancelledError(),
        DBAPIError("UPDATE", {}, Exception("gone"), connection_invalidated=True),
    ],
)
async def test_an_error_that_is_not_about_the_row_ends_the_batch(
    members: Database, error: BaseException
) -> None:
    with pytest.raises((type(error), DatabaseUnavailable)):
        await members.run(rename_all, 102, error)
    assert await members.read(names) == ["before"] * 3
    assert await members.read(faults.list_recent) == []


async def test_an_error_of_the_database_is_not_tried_again_row_by_row(members: Database) -> None:
    tried: list[int] = []

    async def isolate(tx: Transaction, rows: Sequence[int]) -> None:
        async def fail(user_id: int) -> None:
            tried.append(user_id)
            raise DatabaseUnavailable("away")

        await faults.isolate(tx, FaultKind.TRANSITION, rows, fail, lambda row: row)

    for rows in ((101, 102), (103,)):
        with pytest.raises(DatabaseUnavailable):
            await members.run(isolate, rows)
    assert tried == [101, 103]
    assert await members.read(faults.list_recent) == []


async def test_a_conflict_in_a_batch_runs_the_transaction_again(members: Database) -> None:
    if not members.url.startswith("postgresql"):
        pytest.skip("SQLite runs one writing transaction at a time")
    attempts = 0

    async def count_and_add(tx: Transaction) -> BatchResult[int, int]:
        nonlocal attempts
        attempts += 1

        async def work(user_id: int) -> int:
            await tx.connection.scalar(select(func.count()).select_from(Member))
            if attempts == 1 and user_id == 101:
                await members.run(add_member, 201)
            await add_member(tx, 300 + user_id)
            return user_id

        return await faults.isolate(tx, FaultKind.TRANSITION, PEOPLE, work, lambda row: row)

    async def add_member(tx: Transaction, user_id: int) -> None:
        await tx.connection.scalar(select(func.count()).select_from(Member))
        row = {"guild_id": GUILD, "user_id": user_id, "name": "new"}
        await insert_row(tx, Member, **row, created_at=tx.now)

    outcome = await members.run(count_and_add)
    assert attempts == 2
    assert (outcome.results, outcome.failures) == ([*PEOPLE], [])


async def test_a_value_that_the_database_refuses_is_about_the_row(any_db: Database) -> None:
    statement = {
        "sqlite": "SELECT json_each.value FROM json_each('{')",
        "postgresql": "SELECT '{'::json",
    }

    async def ask(tx: Transaction) -> bool:
        try:
            async with tx.savepoint():
                await tx.connection.execute(text(statement[tx.dialect]))
        except DBAPIError as error:
            return faults.concerns_row(error)
        return False

    assert await any_db.run(ask)


async def test_a_fault_is_logged_once_counted_and_retried_with_backoff(
    any_db: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async def awaits_retry(tx: Transaction) -> bool | None:
        condition = faults.awaits_retry(FaultKind.TRANSITION, literal(7), literal(tx.now))
        return await tx.connection.scalar(select(condition))

    references = set()
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        references.add(await any_db.run(faults.record, FaultKind.TRANSITION, 7, KeyError("secret")))
        clock.turn(minutes=minutes, seconds=-1)
        assert await any_db.read(awaits_retry)
        clock.turn(seconds=1)
        assert not await any_db.read(awaits_retry)
    (fault,) = await any_db.read(faults.list_recent)
    assert references == {fault.reference}
    assert (fault.count, fault.error) == (8, "KeyError")
    assert fault.last_at - fault.first_at == timedelta(minutes=123)
    (logged,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert logged.__dict__["reference"] == fault.reference
    assert (logged.__dict__["table"], logged.__dict__["row"]) == ("sessions", 7)
    assert logged.exc_info is not None


async def test_a_fault_that_was_rolled_back_is_not_logged(
    any_db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(tx: Transaction) -> None:
        await faults.record(tx, FaultKind.TRANSITION, 7, KeyError())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await any_db.run(fail)
    assert caplog.records == []


async def test_a_row_that_works_again_has_no_fault(any_db: Database) -> None:
    for row_id in (7, 8):
        await any_db.run(faults.record, FaultKind.TRANSITION, row_id, KeyError())
    await any_db.run(faults.clear, FaultKind.TRANSITION, [7])
    await any_db.run(faults.clear, FaultKind.DELIVERY, [8])
    assert [fault.row_id for fault in await any_db.read(faults.list_recent)] == [8]
    assert await any_db.read(faults.count_recent) == {"transition": 1}


async def test_faults_are_shown_for_a_week_and_kept_for_ninety_days(
    any_db: Database, clock: Clock
) -> None:
    await any_db.run(faults.record, FaultKind.TRANSITION, 7, KeyError())
    clock.turn(days=7)
    assert await any_db.read(faults.list_recent) == []
    assert await any_db.run(faults.delete_old) == 0
    clock.turn(days=83)
    assert await any_db.run(faults.delete_old) == 1


async def test_rows_left_out_by_reads_are_logged_once_and_recorded(
    any_db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def read(tx: Transaction) -> list[int]:
        texts = {1: "1", 2: "two", 3: "3"}
        return faults.readable(
            tx, FaultKind.EVENT_VIEW, texts, lambda key: int(texts[key]), lambda key: key
        )

    assert await any_db.read(read) == await any_db.read(read) == [1, 3]
    assert list(any_db.unreadable) == [("event_view", 2)]
    (logged,) = caplog.records
    assert (logged.levelname, logged.__dict__["row"]) == ("WARNING", 2)
    assert await any_db.run(faults.record_noted, any_db.unreadable) == 1
    (fault,) = await any_db.read(faults.list_recent)
    assert (fault.kind, fault.row_id, fault.error) == ("event_view", 2, "ValueError")


async def test_a_lost_database_is_not_an_unreadable_row(any_db: Database) -> None:
    def fail(_row: int) -> int:
        raise ConnectionResetError

    async def read(tx: Transaction) -> list[int]:
        return faults.readable(tx, FaultKind.EVENT_VIEW, [1], fail, lambda row: row)

    with pytest.raises(DatabaseUnavailable):
        await any_db.read(read)
    assert any_db.unreadable == {}


def test_every_kind_of_fault_names_a_table() -> None:
    assert set(faults.TABLES) == set(FaultKind)
    assert set(faults.TABLES.values()) <= set(Table.metadata.tables)


async def test_after_a_full_disk_no_row_of_a_batch_is_saved(database_url: str) -> None:
    """SQLite ends the whole transaction then, and takes what follows as transactions of its own."""
    db = Database(database_url)

    async def fill_disk(tx: Transaction) -> None:
        pages = await tx.connection.scalar(text("PRAGMA page_count"))
        await tx.connection.execute(text(f"PRAGMA max_page_count = {pages + 100}"))
        await insert_row(tx, Guild, id=99, currency_name="x" * 10_000_000, created_at=tx.now)

    async def add_all(tx: Transaction) -> None:
        await insert_row(tx, Guild, id=1, created_at=tx.now)
        is_full = False

        async def add(guild_id: int) -> None:
            nonlocal is_full
            await insert_row(tx, Guild, id=guild_id, created_at=tx.now)
            if guild_id == 3 and not is_full:
                is_full = True
                await fill_disk(tx)

        kind = FaultKind.GUILD_SETTINGS
        await faults.isolate(tx, kind, [2, 3, 4], add, row_id=lambda each: each)

    with pytest.raises(DatabaseUnavailable, match="full"):
        await db.run(add_all)

    async def count_guilds(tx: Transaction) -> int:
        return await tx.connection.scalar(select(func.count()).select_from(Guild)) or 0

    assert await db.read(count_guilds) == 0
    await db.close()
