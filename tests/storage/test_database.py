"""Transactions, retries and errors of `Database.run` and `Database.read`."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import AsyncAdaptedQueuePool, event, make_url, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from storage import (
    CURRENT_INTERACTION,
    CurrentInteraction,
    Database,
    DatabaseUnavailable,
    StorageError,
    Transaction,
    UseCaseMetrics,
    engines,
)
from storage.tables import Guild, Notification
from tests.conftest import Clock
from tests.signals import Signal
from tests.storage.on_postgresql.server import PostgresServer
from tests.storage.rows import count_rows, insert_row

UseCase = Callable[[Transaction], Awaitable[object]]


class Abort(Exception):
    """Raised by a use case to roll its transaction back."""


async def add_guild(tx: Transaction, guild_id: int) -> Guild:
    """Insert a guild."""
    await insert_row(tx, Guild, id=guild_id, created_at=tx.now)
    return Guild(id=guild_id)


async def increment(tx: Transaction, guild_id: int) -> int:
    """Read a number, and write it back plus one."""
    before = await tx.connection.scalar(select(Guild.starting_balance).where(Guild.id == guild_id))
    assert before is not None
    await tx.connection.execute(
        update(Guild).where(Guild.id == guild_id).values(starting_balance=before + 1)
    )
    return before + 1


async def write_notification(tx: Transaction, subject: str) -> None:
    await writing.write(
        tx, [NotificationDraft(NotificationKind.CONFIRMED, 1, 2, subject=subject, due_at=tx.now)]
    )


# --- atomicity -------------------------------------------------------------------------------


async def test_run_commits_when_the_use_case_returns(any_db: Database) -> None:
    await any_db.run(add_guild, 1)
    assert await any_db.read(count_rows, Guild) == 1


async def test_an_error_of_the_database_does_not_contain_the_data(any_db: Database) -> None:
    await any_db.run(add_guild, 4711)
    with pytest.raises(IntegrityError) as raised:
        await any_db.run(add_guild, 4711)
    assert "parameters hidden" in str(raised.value)


async def test_run_rolls_back_when_the_use_case_raises(any_db: Database) -> None:
    async def add_and_abort(tx: Transaction) -> None:
        await add_guild(tx, 1)
        assert await count_rows(tx, Guild) == 1
        raise Abort

    with pytest.raises(Abort):
        await any_db.run(add_and_abort)
    assert await any_db.read(count_rows, Guild) == 0
    await any_db.run(add_guild, 1)


async def test_a_cancelled_use_case_is_rolled_back_and_releases_its_locks(any_db: Database) -> None:
    written = Signal()

    async def endless(tx: Transaction) -> None:
        await add_guild(tx, 1)
        written.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(any_db.run(endless))
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        await any_db.run(add_guild, 2)
        assert await any_db.read(count_rows, Guild) == 1


async def test_transactions_use_the_database_clock(any_db: Database, clock: Clock) -> None:
    async def now(tx: Transaction) -> object:
        return tx.now

    assert await any_db.run(now) == await any_db.read(now) == clock.now == any_db.now()
    clock.turn(minutes=90)
    assert await any_db.run(now) == await any_db.read(now) == clock.now


async def test_a_violated_constraint_raises_integrity_error(any_db: Database) -> None:
    await any_db.run(add_guild, 1)
    with pytest.raises(IntegrityError):
        await any_db.run(add_guild, 1)


# --- cancelled callers -------------------------------------------------------------------------


async def cancel_during_commit(db: Database, use_case: UseCase) -> None:
    """Run a use case, and cancel its caller when the database begins to commit."""
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(db.run(use_case))
    cancelled = threading.Event()

    def cancel() -> None:
        running.cancel()
        cancelled.set()

    def wait_until_cancelled(_connection: object) -> None:
        # SQLite commits in a thread of its own.
        if threading.current_thread() is threading.main_thread():
            cancel()
        else:
            loop.call_soon_threadsafe(cancel)
            assert cancelled.wait(timeout=60)

    event.listen(db.engines[0].sync_engine, "commit", wait_until_cancelled, once=True)
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_all_that_follows_a_commit_is_done_for_a_cancelled_caller(any_db: Database) -> None:
    metrics: list[UseCaseMetrics] = []
    database = Database(any_db.url, observe=metrics.append)
    calls: list[str] = []

    async def add(tx: Transaction) -> None:
        await add_guild(tx, 1)
        await write_notification(tx, "1")
        tx.tally.append(("event", "session.booked"))
        tx.after_commit.append(lambda: calls.append("after commit"))

    await cancel_during_commit(database, add)
    assert await database.read(count_rows, Guild) == 1
    assert database.outbox_changed.is_set()
    assert calls == ["after commit"]
    (observed,) = (each for each in metrics if each.use_case.endswith("add"))
    assert observed.outcome == "done"
    assert observed.tally == [("event", "session.booked")]
    await database.close()


async def test_a_cancelled_caller_owns_the_interaction_it_has_acted_on(any_db: Database) -> None:
    current = CurrentInteraction(4711)
    token = CURRENT_INTERACTION.set(current)
    await cancel_during_commit(any_db, lambda tx: add_guild(tx, 1))
    assert current.is_ours
    CURRENT_INTERACTION.reset(token)


async def test_nothing_follows_a_commit_that_fails_for_a_cancelled_caller(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)

    async def write_and_lose(tx: Transaction) -> None:
        await add_guild(tx, 1)
        await write_notification(tx, "1")
        await tx.connection.exec_driver_sql("ROLLBACK")

    await cancel_during_commit(database, write_and_lose)
    assert await database.read(count_rows, Guild) == 0
    assert not database.outbox_changed.is_set()
    await database.close()


# --- concurrency ---------------------------------------------------------------------------------


async def test_concurrent_increments_are_all_counted(any_db: Database) -> None:
    await any_db.run(add_guild, 1)
    results = await asyncio.gather(*(any_db.run(increment, 1) for _ in range(12)))
    assert sorted(results) == list(range(1, 13))


async def test_a_transaction_that_keeps_losing_conflicts_finally_commits(
    postgresql_db: Database,
) -> None:
    """After each read, another transaction writes what was read, if it can."""
    await postgresql_db.run(add_guild, 1)
    others: list[asyncio.Task[int]] = []

    async def slowly(tx: Transaction) -> int:
        await count_rows(tx, Guild)
        others.append(asyncio.create_task(postgresql_db.run(increment, 1)))
        await asyncio.wait({others[-1]}, timeout=0.3)
        return await increment(tx, 1)

    # The others win twice; then they wait until it has committed.
    assert await postgresql_db.run(slowly) == 3
    assert await asyncio.gather(*others) == [1, 2, 4]


async def test_readers_do_not_wait_for_a_writer(any_db: Database) -> None:
    await any_db.run(add_guild, 1)
    written, done = Signal(), Signal()

    async def slow(tx: Transaction) -> None:
        await add_guild(tx, 2)
        written.set()
        await done.wait()

    writing = asyncio.create_task(any_db.run(slow))
    await written.wait()
    async with asyncio.timeout(5):
        seen = await asyncio.gather(*(any_db.read(count_rows, Guild) for _ in range(20)))
    assert seen == [1] * 20, "uncommitted rows are invisible"
    done.set()
    await writing
    assert await any_db.read(count_rows, Guild) == 2


async def test_a_reader_sees_one_snapshot(any_db: Database) -> None:
    await any_db.run(add_guild, 1)
    looked, changed = Signal(), Signal()

    async def twice(tx: Transaction) -> tuple[int, int]:
        first = await count_rows(tx, Guild)
        looked.set()
        await changed.wait()
        return first, await count_rows(tx, Guild)

    reading = asyncio.create_task(any_db.read(twice))
    await looked.wait()
    await any_db.run(add_guild, 2)
    changed.set()
    assert await reading == (1, 1)


async def test_a_reader_cannot_write(any_db: Database) -> None:
    with pytest.raises((StorageError, SQLAlchemyError), match=r"read-?only"):
        await any_db.read(add_guild, 1)
    assert await any_db.read(count_rows, Guild) == 0
    await any_db.run(add_guild, 1)


async def test_writing_to_a_read_only_file_raises_database_unavailable(
    sqlite_url: str, clock: Clock
) -> None:
    before = Database(sqlite_url, clock=clock)
    await before.run(add_guild, 1)
    path = make_url(sqlite_url).database
    database = Database(f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true", clock=clock)
    with pytest.raises(DatabaseUnavailable, match="readonly"):
        await database.run(add_guild, 2)
    assert await database.read(count_rows, Guild) == 1
    await database.close()
    await before.close()


# --- another process ------------------------------------------------------------------------------


class OtherProgram:
    """Another program that holds the write lock of a SQLite file."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        self.connection.execute("COMMIT")
        self.connection.close()


async def test_a_write_is_retried_while_another_process_holds_the_lock(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="storage.database")
    database = Database(f"{database_url}?timeout=0.02")
    await database.open()
    other_program = OtherProgram(tmp_path / "mentorbot.db")
    releasing = threading.Timer(0.1, other_program.release)
    releasing.start()
    await database.run(add_guild, 1)
    releasing.join()
    assert await database.read(count_rows, Guild) == 1
    await database.close()
    done = next(vars(record) for record in caplog.records if "test_database" in record.use_case)
    assert done["use_case"] == "tests.storage.test_database.add_guild"
    assert done["attempts"] > 1
    assert done["outcome"] == "done"


async def test_a_lock_that_is_held_too_long_raises_database_unavailable(
    database_url: str, tmp_path: Path
) -> None:
    database = Database(f"{database_url}?timeout=0.01")
    await database.open()
    other_program = OtherProgram(tmp_path / "mentorbot.db")
    with pytest.raises(DatabaseUnavailable, match=r"can't be used: database is locked\.$"):
        await database.run(add_guild, 1)
    async with asyncio.timeout(5):
        assert await database.read(count_rows, Guild) == 0, "a reader doesn't wait for the lock"
    other_program.release()
    await database.run(add_guild, 1)
    await database.close()


# --- waking delivery --------------------------------------------------------------------


async def test_delivery_is_woken_after_the_commit_of_a_notification(any_db: Database) -> None:
    await any_db.run(add_guild, 1)
    assert not any_db.outbox_changed.is_set()

    async def notify(tx: Transaction) -> bool:
        await write_notification(tx, "1")
        return any_db.outbox_changed.is_set()

    assert not await any_db.run(notify), "not set before the commit"
    assert any_db.outbox_changed.is_set()
    assert await any_db.read(count_rows, Notification) == 1


async def test_a_rolled_back_notification_does_not_wake_delivery(any_db: Database) -> None:
    await any_db.run(add_guild, 1)

    async def add_and_abort(tx: Transaction) -> None:
        await write_notification(tx, "1")
        raise Abort

    with pytest.raises(Abort):
        await any_db.run(add_and_abort)
    assert not any_db.outbox_changed.is_set()
    assert await any_db.read(count_rows, Notification) == 0


# --- an unavailable server ----------------------------------------------------------------------


@pytest.mark.long
async def test_connections_survive_a_server_restart(
    postgresql_db: Database, server: PostgresServer
) -> None:
    await postgresql_db.run(add_guild, 1)
    server.restart()
    assert await postgresql_db.read(count_rows, Guild) == 1
    await postgresql_db.run(add_guild, 2)


@pytest.mark.long
async def test_a_stopped_server_raises_database_unavailable(
    postgresql_db: Database, server: PostgresServer
) -> None:
    await postgresql_db.open()
    server.stop()
    try:
        with pytest.raises(DatabaseUnavailable, match="can't be used"):
            await postgresql_db.open()
        with pytest.raises(DatabaseUnavailable, match="can't be used"):
            await postgresql_db.run(add_guild, 1)
    finally:
        server.start()
    await postgresql_db.open()


async def test_a_pool_timeout_raises_database_unavailable() -> None:
    engine = create_async_engine(
        "sqlite+aiosqlite://",
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.01,
    )
    async with engines.connect(engine):
        with pytest.raises(DatabaseUnavailable, match="can't be used"):
            async with engines.connect(engine):
                raise AssertionError("the pool has only one connection")
    await engine.dispose()
