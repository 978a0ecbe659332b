"""Ids of rows are never used again, not even after a move to another database or a restore."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.migrations import upgrade
from storage.numbering import GAP, NUMBERED
from storage.operations import data_migration
from storage.operations.restore import restore as replace_database
from tests.storage.on_postgresql.server import PostgresServer

GUILD = "INSERT INTO guilds (id, created_at) VALUES (1, '2026-03-02 12:00:00')"
ADD_TAG = "INSERT INTO tags (guild_id, name) VALUES (1, 'python') RETURNING id"
DELETE_TAG = "DELETE FROM tags"


async def run(url: str, *statements: str) -> int:
    """Run statements on either engine; returns the first value of the last that returns one."""
    engine = create_async_engine(url)
    value = 0
    async with engine.begin() as connection:
        for statement in statements:
            result = await connection.execute(text(statement))
            value = result.scalar_one() if result.returns_rows else value
    await engine.dispose()
    return value


@pytest.fixture
def servers(server: PostgresServer) -> Iterator[tuple[str, str]]:
    """The URLs of two new PostgreSQL databases without tables."""
    names = ("source_numbers", "target_numbers")
    for name in names:
        server.create(name)
    yield server.url(names[0]), server.url(names[1])
    for name in names:
        server.drop(name)


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
async def test_numbers_continue_after_a_move(
    source: str, target: str, servers: tuple[str, str], tmp_path: Path
) -> None:
    old, new = (
        f"sqlite+aiosqlite:///{tmp_path}/{number}.db" if engine == "sqlite" else servers[number]
        for number, engine in enumerate((source, target))
    )
    await upgrade(old)
    await upgrade(new)
    await run(old, GUILD)
    last = 0
    for _ in range(3):
        last = await run(old, ADD_TAG)
        await run(old, DELETE_TAG)
    await data_migration.migrate_data(old, new, lambda _done: None)
    assert await run(new, ADD_TAG) > last


def number_of_new_tag(file: Path) -> int:
    """Add a tag to a SQLite file, as the only one, and return its number."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        if not connection.execute("SELECT count(*) FROM guilds").fetchone()[0]:
            connection.execute(GUILD)
        connection.execute(DELETE_TAG)
        (number,) = connection.execute(ADD_TAG).fetchone()
        return int(number)


@pytest.fixture
def database(migrated_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated_file, tmp_path / "mentorbot.db"))


def restore(backup: Path, target: Path) -> None:
    replace_database(backup, target, target.with_suffix(".kept"), lambda _done: None)


def test_ids_given_after_a_backup_are_not_reused_after_a_restore(
    database: Path, tmp_path: Path
) -> None:
    number_of_new_tag(database)
    backup = Path(shutil.copy(database, tmp_path / "backup.db"))
    last = max(number_of_new_tag(database) for _ in range(3))
    restore(backup, database)
    assert number_of_new_tag(database) == last + 1


def test_positions_in_the_feed_are_not_reused_after_a_restore(
    database: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("INSERT INTO event_feed (id, position) VALUES (1, 2)")
    backup = Path(shutil.copy(database, tmp_path / "backup.db"))
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(GUILD)
        connection.execute(
            "INSERT INTO events (id, guild_id, type, occurred_at) VALUES (9, 1, 'member.left', '')"
        )
    restore(backup, database)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT position FROM event_feed").fetchone() == (9,)


@pytest.mark.parametrize("replaced", ["damaged", "gone", "foreign"])
def test_a_restore_skips_numbers_if_those_given_are_unknown(
    replaced: str, database: Path, tmp_path: Path
) -> None:
    last = number_of_new_tag(database)
    backup = Path(shutil.copy(database, tmp_path / "backup.db"))
    database.unlink()
    if replaced == "damaged":
        database.write_bytes(b"Dear diary " * 1_000)
    elif replaced == "foreign":
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("CREATE TABLE something_else (id INTEGER)")
    restore(backup, database)
    assert number_of_new_tag(database) == last + GAP + 1


async def test_a_restored_backup_of_an_older_version_skips_numbers_when_migrated(
    database: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.db"
    await upgrade(f"sqlite+aiosqlite:///{backup}", "0011")
    with closing(sqlite3.connect(backup)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    last = max(number_of_new_tag(database) for _ in range(3))
    restore(backup, database)
    await upgrade(f"sqlite+aiosqlite:///{database}")
    assert number_of_new_tag(database) == last + 1
    with closing(sqlite3.connect(database)) as connection:
        numbers = dict(connection.execute("SELECT name, seq FROM sqlite_sequence"))
    numbered = tables & set(NUMBERED)
    assert numbers.keys() >= numbered
    highest = [numbers[table] for table in numbered]
    assert min(highest) >= last, "one number of a file counts for all its tables"


async def test_the_guide_skips_numbers_after_a_restore_of_postgresql(
    servers: tuple[str, str],
) -> None:
    url, _ = servers
    await upgrade(url)
    feed = "INSERT INTO event_feed (id, position) VALUES (1, 7)"
    last = await run(url, feed, GUILD, ADD_TAG, DELETE_TAG)
    guide = Path("docs/running.md").read_text("utf-8")
    (statement,) = re.findall(r"^    (SELECT setval.*?);$", guide, re.DOTALL | re.MULTILINE)
    (move_feed,) = re.findall(r"^    (UPDATE event_feed .*);$", guide, re.MULTILINE)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        skipped = (await connection.exec_driver_sql(statement)).all()
    await engine.dispose()
    assert len(skipped) == len(NUMBERED)
    assert await run(url, ADD_TAG) == last + GAP + 1
    # The main app may have read up to a position that the backup doesn't have.
    assert await run(url, move_feed, "SELECT position FROM event_feed") == 7 + GAP


def test_all_tables_with_generated_numbers_are_known() -> None:
    assert {"sessions", "profile_revisions", "grant_requests", "events"} < set(NUMBERED)
