"""A process is frozen in the middle of a write transaction, on PostgreSQL.

Only those who need the rows that it has changed wait, for a limited time.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from storage import Database, DatabaseUnavailable, Transaction
from storage.postgresql import retries
from storage.postgresql.limits import SERVING
from storage.tables import Guild
from tests.mentorbot.support.processes import Script, run_script
from tests.storage.rows import insert_row

WRITER = Path(__file__).with_name("writer_process.py")
MINE, THEIRS, OTHERS = 1, 2, 3
"""The guild whose row the frozen process has changed, and two others."""

COUNT_TRANSACTIONS = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND state LIKE 'idle in transaction%'
"""


async def add_guilds(tx: Transaction) -> None:
    for guild_id in (MINE, THEIRS, OTHERS):
        await insert_row(tx, Guild, id=guild_id, created_at=tx.now)


async def read_balance(tx: Transaction, guild_id: int) -> int:
    balance = await tx.connection.scalar(select(Guild.starting_balance).where(Guild.id == guild_id))
    assert balance is not None
    return balance


async def set_balance(tx: Transaction, guild_id: int, balance: int) -> None:
    await tx.connection.execute(
        update(Guild).where(Guild.id == guild_id).values(starting_balance=balance)
    )


async def increment(tx: Transaction, guild_id: int) -> None:
    """Read a number, and write it back plus one."""
    await set_balance(tx, guild_id, await read_balance(tx, guild_id) + 1)


@pytest.fixture
async def database(postgresql_db: Database) -> Database:
    await postgresql_db.run(add_guilds)
    return postgresql_db


@pytest.fixture
async def observer(database: Database) -> AsyncIterator[AsyncConnection]:
    """A connection that looks at the server's sessions."""
    engine = create_async_engine(database.url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def count_transactions(observer: AsyncConnection) -> int:
    """Return how many transactions of others are open and have no statement to run."""
    return (await observer.exec_driver_sql(COUNT_TRANSACTIONS)).scalar_one()


@asynccontextmanager
async def frozen_writer(database: Database, idle_limit: float = 600) -> AsyncIterator[Script]:
    """Run a process that has changed `MINE` and is frozen before it commits."""
    async with run_script(WRITER, database.url, MINE, idle_limit) as process:
        assert await process.stdout.readline() == b"written\n"
        process.signal(signal.SIGSTOP)
        yield process


async def resume(process: Script) -> bytes:
    """Let a frozen process continue; returns how its transaction ended."""
    process.signal(signal.SIGCONT)
    process.stdin.write(b"\n")
    return await process.stdout.readline()


@dataclass
class Loser:
    """Loses to another process's transaction twice, and then does something."""

    rival: Database
    then: Callable[[Transaction], Awaitable[None]]
    attempts: int = 0
    is_late: asyncio.Event = field(default_factory=asyncio.Event)

    async def use_case(self, tx: Transaction) -> None:
        self.attempts += 1
        before = await read_balance(tx, THEIRS)
        if self.attempts <= 2:
            await self.rival.run(increment, THEIRS)
            await set_balance(tx, THEIRS, before + 1)
        self.is_late.set()
        await self.then(tx)


async def until_it_seems_frozen(observer: AsyncConnection) -> None:
    """Wait until a late attempt would notice that a transaction's process may be frozen."""
    async with asyncio.timeout(60):
        while not (await observer.exec_driver_sql(retries._IS_ANYBODY_FROZEN)).scalar_one():
            pass


@pytest.mark.parametrize("is_noticed", [True, False])
async def test_others_continue_while_a_process_is_frozen(
    database: Database,
    observer: AsyncConnection,
    monkeypatch: pytest.MonkeyPatch,
    is_noticed: bool,
) -> None:
    """If late attempts notice it, they don't wait at all; if not, then not for long."""
    rival = Database(database.url)
    before = await database.read(read_balance, THEIRS)
    async with frozen_writer(database) as process, asyncio.timeout(60):
        if is_noticed:
            await until_it_seems_frozen(observer)
            monkeypatch.setattr(retries, "_ALONE_TIMEOUT_MS", 600_000)
        else:
            monkeypatch.setattr(retries, "_IS_ANYBODY_FROZEN", "SELECT false")
        loser = Loser(rival, partial(increment, guild_id=THEIRS))
        await asyncio.gather(
            database.run(loser.use_case), *(use.run(increment, OTHERS) for use in (database, rival))
        )
        assert loser.attempts >= 3
        assert await count_transactions(observer) == 1, "the frozen one still holds its locks"
        assert await resume(process) == b"committed\n"
    assert await database.read(read_balance, MINE) == 1_000
    assert await database.read(read_balance, THEIRS) == before + 3
    assert await database.read(read_balance, OTHERS) == before + 2
    await rival.close()


async def test_needing_rows_of_a_frozen_process_is_an_outage(
    database: Database, observer: AsyncConnection
) -> None:
    impatient = Database(database.url, limits=replace(SERVING, lock=0.1))
    async with frozen_writer(database) as process:
        with pytest.raises(DatabaseUnavailable, match="lock timeout"):
            await impatient.run(increment, MINE)
        assert await count_transactions(observer) == 1
        assert await resume(process) == b"committed\n"
    await impatient.run(increment, MINE)
    assert await database.read(read_balance, MINE) == 1_001
    await impatient.close()


async def test_the_server_ends_the_transaction_of_a_frozen_process(
    database: Database, observer: AsyncConnection
) -> None:
    before = await database.read(read_balance, MINE)
    async with frozen_writer(database, idle_limit=0.2) as process:
        # Waits for the row until the server has rolled the frozen transaction back.
        await database.run(increment, MINE)
        assert await resume(process) == b"unavailable\n"
    assert await count_transactions(observer) == 0
    assert await database.read(read_balance, MINE) == before + 1


async def test_a_process_that_is_frozen_while_it_runs_alone_is_ended(database: Database) -> None:
    """Its attempt keeps all others from writing, so the server waits for a second only."""
    rival = Database(database.url)

    async def freeze(tx: Transaction) -> None:
        await asyncio.Event().wait()

    loser = Loser(rival, freeze)
    frozen = asyncio.create_task(database.run(loser.use_case))
    async with asyncio.timeout(60):
        await loser.is_late.wait()
        await rival.run(increment, OTHERS)
    assert not frozen.done()
    frozen.cancel()
    await rival.close()
