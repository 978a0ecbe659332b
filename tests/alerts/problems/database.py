"""Problems of the database: its server, its locks, its rows, and its backups."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url, update
from sqlalchemy.ext.asyncio import create_async_engine

from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import backup_log
from storage import Transaction
from storage.tables import CompletedBackup, Guild, Notification
from tests.alerts.arrangements import Arrangement, meanwhile
from tests.alerts.problems.people import grant, grant_point, renamed
from tests.mentorbot.support.processes import run_mentorbot, run_script

READ_LOCKS = Path(__file__).with_name("read_locks.py")

HOUR = timedelta(hours=1)


def sqlite_file(arrangement: Arrangement) -> str:
    """Return the path of the SQLite file."""
    return make_url(arrangement.url).database or ""


@asynccontextmanager
async def stop_server(arrangement: Arrangement) -> AsyncIterator[None]:
    """Stop PostgreSQL."""
    assert arrangement.server is not None
    await asyncio.to_thread(arrangement.server.stop)
    yield
    await asyncio.to_thread(arrangement.server.start)


@asynccontextmanager
async def lock_out_readers(arrangement: Arrangement) -> AsyncIterator[None]:
    """Let a program take the locks that a SQLite file's readers need, as with exclusive access."""
    async with run_script(READ_LOCKS, f"{sqlite_file(arrangement)}-shm") as program:
        assert await program.stdout.readline() == b"locked\n"
        yield


@asynccontextmanager
async def hold_write_lock(arrangement: Arrangement) -> AsyncIterator[None]:
    """Hold the write lock of a SQLite file."""
    with closing(sqlite3.connect(sqlite_file(arrangement), isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout = 30000")
        other.execute("BEGIN IMMEDIATE")
        yield


@asynccontextmanager
async def limit_file_size(arrangement: Arrangement) -> AsyncIterator[None]:
    """Limit the size of files for the process, which has the effect of a full disk."""
    process_id = arrangement.running["all"].process_id
    limits = resource.prlimit(process_id, resource.RLIMIT_FSIZE)
    resource.prlimit(process_id, resource.RLIMIT_FSIZE, (1, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(process_id, resource.RLIMIT_FSIZE, limits)


@asynccontextmanager
async def make_server_read_only(arrangement: Arrangement) -> AsyncIterator[None]:
    """Make PostgreSQL refuse writes, like a standby."""
    reload = "SELECT pg_reload_conf()"
    await arrangement.execute("ALTER SYSTEM SET default_transaction_read_only = on", reload)
    yield
    await arrangement.execute("ALTER SYSTEM RESET default_transaction_read_only", reload)


@asynccontextmanager
async def lock_briefly_again_and_again(arrangement: Arrangement) -> AsyncIterator[None]:
    """Take the lock that the jobs need again and again, for a moment each time."""
    # SQLAlchemy begins transactions itself, except in this mode.
    engine = create_async_engine(arrangement.url, isolation_level="AUTOCOMMIT")
    begin = "BEGIN" if arrangement.server else "BEGIN IMMEDIATE"

    async def lock() -> None:
        async with engine.connect() as other:
            await other.exec_driver_sql(begin)
            await other.exec_driver_sql("UPDATE service_clock SET alive_at = alive_at")
            await asyncio.sleep(1)
            await other.exec_driver_sql("COMMIT")

    async with meanwhile(lock, 0.05):
        yield
    await engine.dispose()


@asynccontextmanager
async def delete_backup_log(arrangement: Arrangement) -> AsyncIterator[None]:
    """Have no backup in 25 hours of use, in the shorter hours of the rules. A backup ends that."""
    await arrangement.execute("DELETE FROM backups")
    age = 25 * HOUR / arrangement.factor

    async def date_back(tx: Transaction) -> None:
        await tx.connection.execute(update(Guild).values(created_at=tx.now - age))

    await arrangement.database.run(date_back)
    yield
    done = await asyncio.to_thread(
        run_mentorbot,
        arrangement.folder,
        "backup",
        str(arrangement.folder),
        MENTORBOT_DATABASE__URL=arrangement.url,
    )
    assert done.returncode == 0, done.stderr


@asynccontextmanager
async def date_backups_back(arrangement: Arrangement) -> AsyncIterator[None]:
    """Let the last backup be 25 hours old, in the shorter hours of the rules."""
    age = 25 * HOUR / arrangement.factor

    async def date_back(tx: Transaction) -> None:
        await tx.connection.execute(update(CompletedBackup).values(completed_at=tx.now - age))

    await arrangement.database.run(date_back)
    yield
    await record_backup(arrangement)


async def record_backup(arrangement: Arrangement) -> None:
    """Record a backup, as if one had been made."""
    await arrangement.database.run(backup_log.record, size_bytes=1, duration=timedelta(seconds=1))


@asynccontextmanager
async def write_unreadable_row(arrangement: Arrangement) -> AsyncIterator[None]:
    """Write a notification of a kind that this version doesn't know, and give it its kind back."""

    async def write(tx: Transaction) -> None:
        await grant_point(tx, 109)
        await change_kind(tx, NotificationKind.POINTS, "telepathy")

    async def change_kind(tx: Transaction, before: str, after: str) -> None:
        waiting = (Notification.status == "waiting") & (Notification.user_id == 109)
        await tx.connection.execute(
            update(Notification)
            .where(waiting, Notification.kind == before)
            .values(kind=after, next_at=tx.now)
        )

    await arrangement.database.run(write)
    yield
    await arrangement.database.run(change_kind, "telepathy", NotificationKind.POINTS)


@asynccontextmanager
async def unbalance_ledger(arrangement: Arrangement) -> AsyncIterator[None]:
    """Change a balance without a transfer. The worker checks the ledger when it starts."""
    process = arrangement.process_for("worker")
    await grant(arrangement, 108)
    balance = "UPDATE accounts SET balance = balance {} 1 WHERE user_id = 108"
    await arrangement.execute(balance.format("+"))
    await arrangement.restart(process)
    yield
    await arrangement.execute(balance.format("-"))
    await arrangement.restart(process)
    await arrangement.wait_until_up()


@asynccontextmanager
async def break_a_job(arrangement: Arrangement) -> AsyncIterator[None]:
    """Rename a table that only one job uses."""
    async with renamed(arrangement, "session_endings"):
        yield
