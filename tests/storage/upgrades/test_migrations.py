"""Creating and upgrading the tables, and refusing those of other versions."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.ext.asyncio import create_async_engine

from bot.replies import press_key
from storage import Database, DatabaseUnavailable, SchemaMismatch, StorageError, migrations
from storage.errors import UpgradeFailed
from storage.full_text import is_full_text_table
from storage.migrations import head, upgrade
from storage.tables import Event, IdempotencyKey, Notification, Session, Table
from tests.storage.on_postgresql.server import PostgresServer

MIGRATIONS = Path(migrations.__file__).parent
EARLIER = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][1:]


def test_revisions_are_those_that_alembic_runs() -> None:
    assert migrations.revisions() == [head(), *EARLIER][::-1]


def file_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def in_connection(url: str, function: Callable[[Connection], Any]) -> Any:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(function)
    finally:
        await engine.dispose()


async def open_error(url: str) -> str:
    """Return the error message when opening a database; it must be one sentence."""
    database = Database(url)
    with pytest.raises(StorageError) as caught:
        await database.open()
    await database.close()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.fixture
def declared_url(any_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """An empty database of the same kind, to create tables from the metadata."""
    if any_url.startswith("sqlite"):
        return file_url(tmp_path / "declared.db")
    server: PostgresServer = request.getfixturevalue("server")
    server.create("declared")
    return server.url("declared")


async def test_migrated_tables_match_the_metadata_for_alembic(any_url: str) -> None:
    def differences(connection: Connection) -> Any:
        options = {"compare_type": True, "include_name": is_declared}
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, Table.metadata)

    assert await in_connection(any_url, differences) == []


async def test_migrated_tables_match_the_metadata_in_every_detail(
    any_url: str, declared_url: str
) -> None:
    await in_connection(declared_url, Table.metadata.create_all)
    migrated = await in_connection(any_url, structure)
    declared = await in_connection(declared_url, structure)
    assert migrated.keys() == declared.keys() == set(Table.metadata.tables)
    for table in declared:
        assert migrated[table] == declared[table]


def structure(connection: Connection) -> dict[str, Any]:
    """Return the structure of all tables; constraints are keyed by name, as their order varies."""
    inspector = inspect(connection)

    def by_name(parts: Any) -> dict[str, Any]:
        return {part["name"]: part | {"type": str(part.get("type"))} for part in parts}

    return {
        table: {
            "columns": by_name(inspector.get_columns(table)),
            "key": inspector.get_pk_constraint(table),
            "unique": by_name(inspector.get_unique_constraints(table)),
            "foreign": by_name(inspector.get_foreign_keys(table)),
            "checks": by_name(inspector.get_check_constraints(table)),
            "indexes": {
                name: (index["column_names"], bool(index["unique"]), where(index))
                for name, index in by_name(inspector.get_indexes(table)).items()
                if not name.startswith("ex_")
            },
        }
        for table in inspector.get_table_names()
        if table != "alembic_version" and is_declared(table, "table")
    }


def is_declared(name: str | None, kind: str, _parents: object = None) -> bool:
    """Tell whether the metadata declares a table; it doesn't declare the full-text tables."""
    return kind != "table" or name is None or not is_full_text_table(name)


def where(index: dict[str, Any]) -> str:
    options = index.get("dialect_options", {})
    return str(options.get("sqlite_where", options.get("postgresql_where")))


async def test_upgrading_again_changes_nothing(sqlite_url: str) -> None:
    def tables(connection: Connection) -> Any:
        return connection.exec_driver_sql("SELECT * FROM sqlite_master").all()

    before = await in_connection(sqlite_url, tables)
    await upgrade(sqlite_url)
    assert await in_connection(sqlite_url, tables) == before


async def test_a_file_without_tables_must_be_migrated(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert "no tables yet" in await open_error(file_url(path))
    await upgrade(file_url(path))
    database = Database(file_url(path))
    await database.open()
    await database.close()


async def test_tables_of_a_newer_program_are_refused(sqlite_url: str, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "mentorbot.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    sentence = await open_error(sqlite_url)
    assert "version 9999, which is newer than this program" in sentence
    with pytest.raises(SchemaMismatch) as caught:
        await upgrade(sqlite_url)
    assert str(caught.value) == sentence


async def test_tables_of_each_older_program_must_be_migrated(tmp_path: Path) -> None:
    """One file goes through all versions: creating each from nothing takes a minute."""
    url = file_url(tmp_path / "old.db")
    for revision in reversed(EARLIER):
        await upgrade(url, revision)
        sentence = await open_error(url)
        assert f"at version {revision} and this program needs {head()}" in sentence
        assert "Run `mentorbot migrate`." in sentence
    await upgrade(url)
    database = Database(url)
    await database.open()
    await database.close()


async def test_an_unreachable_file_is_reported(tmp_path: Path) -> None:
    url = file_url(tmp_path / "no such folder" / "mentorbot.db")
    assert "unable to open database file" in await open_error(url)
    with pytest.raises(DatabaseUnavailable, match="unable to open database file"):
        await upgrade(url)


async def test_a_folder_instead_of_a_file_is_reported(tmp_path: Path) -> None:
    assert "can't be used" in await open_error(file_url(tmp_path))


async def test_a_file_that_is_no_database_is_reported_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"\xff\xd8\xff" + b"not a database, but long enough to be looked at " * 40)
    before = path.read_bytes()
    assert "file is not a database" in await open_error(file_url(path))
    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        await upgrade(file_url(path))
    assert path.read_bytes() == before


async def test_a_failed_migration_is_rolled_back(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE transfers (of_another_program TEXT)")
    with pytest.raises(UpgradeFailed, match="transfers already exists"):
        await upgrade(file_url(path))
    tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("transfers",)]


async def test_concurrent_upgrades_all_succeed(tmp_path: Path) -> None:
    await upgrade_concurrently(file_url(tmp_path / "new.db"))


@pytest.mark.long
async def test_concurrent_upgrades_all_succeed_on_postgresql(server: PostgresServer) -> None:
    server.create("started_at_once")
    await upgrade_concurrently(server.url("started_at_once"))


async def upgrade_concurrently(url: str) -> None:
    """Upgrade a database in several processes at once; all of them must succeed."""
    program = (
        "import asyncio, sys; from storage.migrations import head, upgrade; "
        "print('ready', flush=True); sys.stdin.readline(); asyncio.run(upgrade(sys.argv[1]))"
    )
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, url),
            cwd=Path(__file__).parents[3],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0], answers
    database = Database(url)
    await database.open()
    await database.close()


async def test_an_unreachable_server_is_reported_without_its_password() -> None:
    pytest.importorskip("asyncpg")
    sentence = await open_error("postgresql+asyncpg://bot:open-sesame@127.0.0.1:1/mentorbot")
    assert "can't be used" in sentence
    assert "open-sesame" not in sentence


async def test_a_missing_database_on_a_server_is_reported(server: PostgresServer) -> None:
    assert 'database "nowhere" does not exist' in await open_error(server.url("nowhere"))
    with pytest.raises(DatabaseUnavailable, match='"nowhere" does not exist'):
        await upgrade(server.url("nowhere"))


async def test_an_unknown_database_user_is_reported(server: PostgresServer) -> None:
    url = server.url("tests").replace("mentorbot@", "stranger@")
    assert 'role "stranger" does not exist' in await open_error(url)


BEFORE_EVENTS = "0009"


@pytest.fixture
def old_url(any_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind with the tables from before there were events."""
    if any_url.startswith("sqlite"):
        url = file_url(tmp_path / "old.db")
    else:
        server: PostgresServer = request.getfixturevalue("server")
        # All tests of a run share the server.
        name = f"old_{secrets.token_hex(4)}"
        server.create(name)
        url = server.url(name)
    asyncio.run(upgrade(url, BEFORE_EVENTS))
    return url


async def test_the_audit_log_becomes_events_with_the_same_ids(old_url: str) -> None:
    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO guilds (id, created_at) VALUES (10, '2026-03-01')")
        for row_id, act in ((3, "settled_pay"), (7, "change_rejected"), (8, "suspended")):
            connection.exec_driver_sql(
                "INSERT INTO audit_log (id, guild_id, actor_id, act, user_id, note, created_at) "
                f"VALUES ({row_id}, 10, 1, '{act}', 2, 'Why.', '2026-03-01')"
            )

    def read(connection: Connection) -> list[Any]:
        query = select(Event.id, Event.type, Event.facts, Event.audited, Event.note)
        return [tuple(row) for row in connection.execute(query.order_by(Event.id))]

    def insert_another(connection: Connection) -> Any:
        row = {"guild_id": 10, "type": "guild.left", "occurred_at": datetime.now(UTC)}
        return connection.execute(insert(Event).returning(Event.id), row).scalar_one()

    await in_connection(old_url, fill)
    await upgrade(old_url)
    assert await in_connection(old_url, read) == [
        (3, "session.dispute_resolved", {"resolution": "pay"}, True, "Why."),
        (7, "application.rejected", {"kind": "change"}, True, "Why."),
        (8, "mentor.suspended", {}, True, "Why."),
    ]
    assert await in_connection(old_url, insert_another) == 9


async def test_disputes_from_before_they_ended_by_themselves_get_a_deadline(
    tmp_path: Path,
) -> None:
    url = file_url(tmp_path / "old.db")
    await upgrade(url, "0010")

    def fill(connection: Connection) -> None:
        day = "2026-03-01 12:00:00.000000"
        for statement in (
            f"INSERT INTO guilds (id, created_at) VALUES (10, '{day}')",
            "INSERT INTO members (guild_id, user_id, name, created_at) "
            f"VALUES (10, 1, 'Oliver', '{day}')",
            "INSERT INTO mentor_profiles (id, guild_id, user_id, status, timezone, created_at) "
            f"VALUES (1, 10, 1, 'approved', 'UTC', '{day}')",
            *(
                "INSERT INTO sessions (id, guild_id, profile_id, mentor_id, starts_at, ends_at, "
                "timezone, status, topic, price, created_at) VALUES "
                f"({row_id}, 10, 1, 1, '{day}', '2026-03-01 13:00:00.000000', 'UTC', '{status}', "
                f"'', 0, '{day}')"
                for row_id, status in ((1, "disputed"), (2, "completed"))
            ),
        ):
            connection.exec_driver_sql(statement)

    def read(connection: Connection) -> list[Any]:
        return list(connection.scalars(select(Session.next_at).order_by(Session.id)))

    await in_connection(url, fill)
    await upgrade(url)
    open_until, never = await in_connection(url, read)
    assert never is None
    assert abs(open_until - datetime.now(UTC) - timedelta(days=14)) < timedelta(minutes=5)


async def test_old_reports_to_moderators_get_an_about_id(old_url: str) -> None:
    """An erasure finds them by it. A report with broken facts gets none."""
    rows = [("trouble", '{"about": 77}'), ("trouble", "{}"), ("points", '{"about": 78}')]
    if old_url.startswith("sqlite"):
        rows.append(("trouble", '{"about'))

    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO guilds (id, created_at) VALUES (10, '2026-03-01')")
        for number, (kind, facts) in enumerate(rows):
            connection.exec_driver_sql(
                "INSERT INTO notices (guild_id, kind, facts, key, due_at, next_at) VALUES "
                f"(10, '{kind}', '{facts}', '{number}', '2026-03-01', '2026-03-01')"
            )

    def read(connection: Connection) -> list[Any]:
        return list(connection.scalars(select(Notification.about_id).order_by(Notification.id)))

    await in_connection(old_url, fill)
    await upgrade(old_url)
    assert await in_connection(old_url, read) == [77, *[None] * (len(rows) - 1)]


async def test_old_keys_of_presses_lose_the_ids_of_others(old_url: str) -> None:
    """A card that was pressed before the upgrade has the same key after it."""
    card, custom_id = 1479901446144000018, "points:give:226871203982016513:5"
    pressed = SimpleNamespace(id=card)
    others = ["card:not-of-a-press", "chosen-by-the-main-app"]

    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO guilds (id, created_at) VALUES (10, '2026-03-01')")
        for key in (f"card:{card}:{custom_id}", *others):
            connection.exec_driver_sql(
                "INSERT INTO idempotency_keys (guild_id, user_id, key, request, created_at) "
                f"VALUES (10, 101, '{key}', 'digest', '2026-03-01')"
            )

    def read(connection: Connection) -> set[Any]:
        return set(connection.scalars(select(IdempotencyKey.key)))

    await in_connection(old_url, fill)
    await upgrade(old_url)
    assert await in_connection(old_url, read) == {press_key(pressed, custom_id), *others}  # type: ignore[arg-type]
