"""SQLite's readers: a cancelled read keeps its thread, and others don't wait behind it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, func, select

from storage import Database, DatabaseUnavailable, Transaction
from storage.sqlite.backend import READER_CONNECTIONS
from storage.tables import Guild
from tests.signals import Signal


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


class LongStatement:
    """A read that keeps its thread busy until `end` is called, as a long statement does."""

    def __init__(self) -> None:
        self._started, self._ended = Signal(), threading.Event()
        self.end = self._ended.set

    async def start_and_cancel(self, db: Database) -> None:
        """Start it, and cancel its caller while it runs."""
        task = asyncio.create_task(db.read(self._run))
        await self._started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def _run(self, _tx: Transaction) -> None:
        self._started.set()
        self._ended.wait(timeout=60)


async def count_guilds(tx: Transaction) -> int:
    return await tx.connection.scalar(select(func.count()).select_from(Guild)) or 0


async def test_a_cancelled_read_does_not_delay_others(db: Database) -> None:
    statement = LongStatement()
    await statement.start_and_cancel(db)
    try:
        async with asyncio.timeout(20):
            assert await db.read(count_guilds) == 0
    finally:
        statement.end()


async def test_a_thread_can_be_used_again_when_its_read_has_ended(db: Database) -> None:
    statements = [LongStatement() for _ in range(READER_CONNECTIONS)]
    for each in statements:
        await each.start_and_cancel(db)
    waiting = [asyncio.create_task(db.read(count_guilds)) for _ in range(READER_CONNECTIONS)]
    for each in statements:
        each.end()
    assert await asyncio.gather(*waiting) == [0] * READER_CONNECTIONS


async def test_closing_ends_reads_whose_callers_gave_up(db: Database) -> None:
    statement = LongStatement()
    await statement.start_and_cancel(db)
    statement.end()
    await db.close()
    assert await db.read(count_guilds) == 0


async def test_the_first_reads_may_come_at_once(db: Database) -> None:
    """SQLAlchemy prepares an engine at its first connection; several threads could make that."""

    def take_long(*_connection: object) -> None:
        threading.Event().wait(0.2)

    event.listen(db.engines[1].sync_engine, "first_connect", take_long)
    reads = (db.read(count_guilds) for _ in range(READER_CONNECTIONS))
    assert await asyncio.gather(*reads) == [0] * READER_CONNECTIONS


async def test_calls_while_the_database_is_closed_are_answered(database_url: str) -> None:
    for pause in range(20):
        db = Database(database_url, synchronous="OFF")

        async def call_again_and_again(db: Database, is_write: bool) -> None:
            for _ in range(20):
                with contextlib.suppress(DatabaseUnavailable):
                    await (db.run if is_write else db.read)(count_guilds)

        calls = [asyncio.create_task(call_again_and_again(db, n % 2 == 0)) for n in range(6)]
        for _ in range(pause):
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await db.close()
            await asyncio.gather(*calls)
            await db.close()
