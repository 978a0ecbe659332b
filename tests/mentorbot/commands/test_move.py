"""`mentorbot migrate --from --to` checks everything first, and leaves the target as it was."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from storage.migrations import revisions, upgrade
from storage.operations import data_migration
from tests.conftest import Clock
from tests.mentorbot.support.filled_database import fill
from tests.mentorbot.support.processes import run_mentorbot
from tests.mentorship.support.community import Community
from tests.storage.on_postgresql.server import PostgresServer

EARLIER = revisions()[-2]


@pytest.fixture
async def town(sqlite_url: str, clock: Clock) -> Community:
    """A community in `mentorbot.db`."""
    return await fill(sqlite_url, clock)


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return the content of all files but the source, which is only closed properly."""
    return {
        each.name: each.read_bytes()
        for each in sorted(folder.iterdir())
        if each.is_file() and not each.name.startswith("mentorbot.db")
    }


ADD_GUILD = "INSERT INTO guilds (id, created_at) VALUES (1, '2026-03-02 12:00:00.000000')"


def older_used_target(folder: Path) -> None:
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{folder}/new.db", EARLIER))
    execute(folder / "new.db", ADD_GUILD)


def newer_target(folder: Path) -> None:
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{folder}/new.db"))
    execute(folder / "new.db", "UPDATE alembic_version SET version_num = '9999'")


def target_without_servers(folder: Path) -> None:
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{folder}/new.db"))
    execute(folder / "new.db", "INSERT INTO dm_budgets VALUES ('normal', '2026-03-02 12:00:00')")


def foreign_target(folder: Path) -> None:
    execute(folder / "new.db", "CREATE TABLE something_else (id INTEGER)")


def target_that_is_a_link(folder: Path) -> None:
    (folder / "new.db").symlink_to(folder / "mentorbot.db")


def older_source(folder: Path) -> None:
    execute(folder / "mentorbot.db", f"UPDATE alembic_version SET version_num = '{EARLIER}'")


def newer_source(folder: Path) -> None:
    execute(folder / "mentorbot.db", "UPDATE alembic_version SET version_num = '9999'")


def foreign_source(folder: Path) -> None:
    (folder / "mentorbot.db").unlink()
    execute(folder / "mentorbot.db", "CREATE TABLE something_else (id INTEGER)")


def empty_source(folder: Path) -> None:
    (folder / "mentorbot.db").unlink()
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{folder}/mentorbot.db"))


def huge_source(folder: Path) -> None:
    """Claim more pages than the disk has; SQLite believes the size in the header."""
    free = shutil.disk_usage(folder).free
    os.truncate(folder / "mentorbot.db", free // 4096 * 4096)
    with open(folder / "mentorbot.db", "r+b") as file:
        file.seek(28)
        file.write((free // 4096).to_bytes(4, "big"))


def wrong_ledger(folder: Path) -> None:
    execute(folder / "mentorbot.db", "UPDATE accounts SET balance = balance + 1")


def broken_values(folder: Path) -> None:
    """What only SQLite stores; two broken rows in one table, one in another."""
    execute(
        folder / "mentorbot.db",
        "UPDATE notices SET facts = '{' WHERE id IN (SELECT id FROM notices ORDER BY id LIMIT 2)",
        "UPDATE guilds SET created_at = 'yesterday'",
    )


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (older_used_target, f"belongs to an older mentorbot: it is at version {EARLIER}."),
        (newer_target, "newer than this program"),
        (target_without_servers, "already has data, in the table dm_budgets."),
        (foreign_target, "has tables of another program, such as something_else."),
        (target_that_is_a_link, "Source and target are both"),
        (older_source, f"is at version {EARLIER}, older than this program."),
        (newer_source, "newer than this program"),
        (foreign_source, "has no tables of mentorbot."),
        (empty_source, "has no data of any server."),
        (huge_source, "GB of free space, and up to "),
        (wrong_ledger, "The points ledger of the source is inconsistent: "),
        (
            broken_values,
            "in row 10 of guilds: created_at is no instant; row 1 of notices: facts is no JSON; "
            "row 2 of notices: facts is no JSON. Correct or delete these rows first.",
        ),
    ],
)
def test_a_move_that_cannot_succeed_changes_nothing(
    prepare: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "mentorbot.db")) as source:
        source.execute("PRAGMA journal_mode = DELETE").fetchone()
    prepare(tmp_path)
    before = snapshot(tmp_path)
    done = run_mentorbot(tmp_path, "migrate", "--to", "new.db")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert snapshot(tmp_path) == before


@pytest.mark.usefixtures("town")
def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    done = run_mentorbot(tmp_path, "migrate", "--to", "nowhere/new.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "There is no folder nowhere. Nothing was changed.\n"


def test_nobody_can_write_to_a_file_while_it_is_read(town: Community, tmp_path: Path) -> None:
    refused = []

    def write(done: float) -> None:
        del done
        with (
            closing(sqlite3.connect(tmp_path / "mentorbot.db", timeout=0)) as writer,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            writer.execute("UPDATE members SET rank = 7")
        refused.append(True)

    target = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    asyncio.run(data_migration.migrate_data(town.db.url, target, write, create_tables=True))
    assert len(refused) > 10


@pytest.mark.usefixtures("town")
def test_an_upgrade_is_refused_while_the_file_is_in_use(tmp_path: Path) -> None:
    older_source(tmp_path)
    with closing(sqlite3.connect(tmp_path / "mentorbot.db")) as other:
        other.execute("SELECT count(*) FROM guilds").fetchone()
        done = run_mentorbot(tmp_path, "migrate")
    assert (done.returncode, done.stdout) == (1, "")
    assert "mentorbot.db is in use." in done.stderr
    assert not list(tmp_path.glob("*version*"))


@pytest.mark.usefixtures("town")
def test_an_upgrade_that_cannot_succeed_is_exit_code_2(tmp_path: Path) -> None:
    """The tables are newer than the version says. Trying again wouldn't help."""
    execute(tmp_path / "mentorbot.db", "UPDATE alembic_version SET version_num = '0027'")
    done = run_mentorbot(tmp_path, "migrate")
    assert (done.returncode, done.stdout) == (2, "")
    assert "can't be upgraded: table backups already exists. Nothing was changed." in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- PostgreSQL -----------------------------------------------------------------------------------


@pytest.fixture
def empty_url(server: PostgresServer) -> Iterator[str]:
    """The URL of a new PostgreSQL database without tables."""
    server.create("moving")
    yield server.url("moving")
    server.drop("moving")


@pytest.fixture
async def postgresql_town(empty_url: str, clock: Clock) -> Community:
    await upgrade(empty_url)
    return await fill(empty_url, clock)


async def test_a_postgresql_database_in_use_is_not_moved(
    postgresql_town: Community, tmp_path: Path
) -> None:
    """Even an idle session may write a row that would be missing."""
    url = postgresql_town.db.url
    engine = create_async_engine(
        url, connect_args={"server_settings": {"application_name": "the bot"}}
    )
    async with engine.connect() as session:
        await session.execute(text("SELECT 1"))
        await session.rollback()
        done = await asyncio.to_thread(run_mentorbot, tmp_path, "migrate", "--from", url)
    await engine.dispose()
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(
        r"is in use: other sessions are mentorbot the bot with process id \d+\. Stop", done.stderr
    )
    assert not list(tmp_path.iterdir())


async def test_nobody_can_write_to_postgresql_while_it_is_read(
    postgresql_town: Community, tmp_path: Path
) -> None:
    engine = create_async_engine(postgresql_town.db.url)
    refused: list[str] = []

    async def write(statement: str) -> None:
        async with engine.connect() as session:
            await session.execute(text("SET lock_timeout = '50ms'"))
            with pytest.raises(DBAPIError, match="lock timeout"):
                await session.execute(text(statement))
        refused.append(statement)

    async def check(_tx: object) -> None:
        await write("UPDATE members SET rank = 7")
        await write("INSERT INTO dm_budgets VALUES ('normal', now())")

    target = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    await data_migration.migrate_data(
        postgresql_town.db.url, target, lambda _done: None, create_tables=True, check=check
    )
    await engine.dispose()
    assert len(refused) == 4


async def test_a_row_that_postgresql_refuses_is_named(
    town: Community, empty_url: str, tmp_path: Path
) -> None:
    del town
    execute(tmp_path / "mentorbot.db", "UPDATE members SET name = 'May' || char(0) || 'a'")
    done = await asyncio.to_thread(
        run_mentorbot, tmp_path, "migrate", "--from", "mentorbot.db", "--to", empty_url
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(
        r"Row 10, \d+ of members can't be stored in the target \(\w+\)\. Nothing", done.stderr
    )
    assert "May" not in done.stderr
    engine = create_async_engine(empty_url)
    async with engine.connect() as session:
        tables = text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert await session.scalar(tables) == 0, "the tables are rolled back, too"
    await engine.dispose()
