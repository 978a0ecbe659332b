"""The query planner's statistics: gathered after bulk changes, and cheaply once a day."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from storage import Database, Transaction, statistics
from tests.mentorbot.support.processes import run_mentorbot
from tests.mentorship.support.statements import record_statements
from tests.storage.on_postgresql.server import PostgresServer
from tests.storage.rows import add_session

ROWS = 40_000


async def add_members(tx: Transaction, number: int) -> None:
    """Add members to a guild by one statement that both engines know."""
    await tx.connection.execute(
        text(
            "INSERT INTO members (guild_id, user_id, name, created_at) "
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :number) "
            "SELECT 10, 1000 + i, 'Member', '2026-03-02 12:00:00' FROM n"
        ),
        {"number": number},
    )


async def add_reminders(tx: Transaction, number: int) -> None:
    """Add notifications, a quarter of which wait for their time."""
    await tx.connection.execute(
        text(
            "INSERT INTO notices (guild_id, user_id, kind, status, key, due_at, next_at) "
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :number) "
            "SELECT 10, i % 100, 'reminder', CASE i % 4 WHEN 0 THEN 'waiting' ELSE 'sent' END, i, "
            "'2026-03-02 12:00:00', '2026-03-02 12:00:00' FROM n"
        ),
        {"number": number},
    )


def analyzed_tables(file: Path) -> set[str]:
    """Return the tables of which a SQLite file has statistics."""
    with closing(sqlite3.connect(file)) as connection:
        if not connection.execute(
            "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"
        ).fetchall():
            return set()
        return {table for (table,) in connection.execute("SELECT tbl FROM sqlite_stat1")}


async def test_the_nightly_job_reads_no_more_of_a_large_table(sqlite_url: str) -> None:
    database = Database(sqlite_url, synchronous="OFF")
    await database.run(add_session)
    await database.run(add_members, ROWS)
    file = Path(make_url(sqlite_url).database or "")
    assert analyzed_tables(file) == set()
    with record_statements(database) as executed:
        await database.optimize()
    assert analyzed_tables(file) >= {"guilds", "members", "sessions", "mentor_profiles"}
    await database.close()
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 10

    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.set_progress_handler(count, 10)
        for statement, _ in executed:
            if statement.startswith(("ANALYZE", "PRAGMA analysis_limit")):
                connection.execute(statement).fetchall()
    assert 0 < steps < ROWS


async def test_an_empty_partial_index_is_preferred_to_a_larger_one(sqlite_url: str) -> None:
    """Without an estimate, SQLite assumes that half of the table is in it."""
    database = Database(sqlite_url, synchronous="OFF")
    await database.run(add_session)
    await database.run(add_reminders, ROWS)
    await database.optimize()
    await database.close()
    with closing(sqlite3.connect(Path(make_url(sqlite_url).database or ""))) as connection:
        retrying = (
            "SELECT count(*) FROM notices WHERE status = 'waiting' AND attempts > 0 "
            "AND user_id IS NOT NULL"
        )
        (plan,) = connection.execute(f"EXPLAIN QUERY PLAN {retrying}").fetchall()
    assert "ix_notices_unfinished" in plan[-1]


@pytest.fixture
def filled_file(migrated_file: Path, tmp_path: Path) -> Path:
    """A database with rows and without statistics, which is the configured one."""
    file = tmp_path / "mentorbot.db"
    shutil.copy(migrated_file, file)
    return file


async def test_a_move_and_a_restore_leave_statistics_behind(
    filled_file: Path, server: PostgresServer, tmp_path: Path
) -> None:
    database = Database(f"sqlite+aiosqlite:///{filled_file}")
    await database.run(add_session)
    await database.run(add_members, 500)
    await database.close()
    assert analyzed_tables(filled_file) == set()

    assert run_mentorbot(tmp_path, "backup", "copy.db").returncode == 0
    restored = run_mentorbot(tmp_path, "restore", "copy.db", "--replace")
    assert restored.returncode == 0, restored.stderr
    assert analyzed_tables(filled_file) >= {"members", "sessions"}

    server.create("analyzed")
    url = server.url("analyzed")
    try:
        moved = run_mentorbot(tmp_path, "migrate", "--from", "mentorbot.db", "--to", url)
        assert moved.returncode == 0, moved.stderr
        target = Database(url)
        assert await target.read(estimated_members) == 502
        await target.close()
    finally:
        server.drop("analyzed")


async def estimated_members(tx: Transaction) -> int:
    estimate = text("SELECT reltuples FROM pg_class WHERE relname = 'members'")
    return int((await tx.connection.execute(estimate)).scalar_one())


async def test_an_upgraded_database_has_statistics(tmp_path: Path) -> None:
    created = run_mentorbot(tmp_path, "migrate")
    assert created.returncode == 0, created.stderr
    with closing(sqlite3.connect(tmp_path / "mentorbot.db")) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "sqlite_stat1" in tables
    assert tables >= {*statistics.TABLES}
