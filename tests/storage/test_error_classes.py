"""What the database's errors mean: a conflict, an outage or a bug."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from storage import Database, DatabaseUnavailable, OutcomeUnknown, Transaction
from storage.tables import Guild
from tests.api.server import serve_api
from tests.storage.on_postgresql.server import PostgresServer
from tests.storage.rows import count_rows, insert_row


async def execute(tx: Transaction, *statements: str) -> None:
    """Run statements in a use case."""
    for statement in statements:
        await tx.connection.exec_driver_sql(statement)


async def readiness(database: Database) -> tuple[int, str]:
    """Return the status and the code with which the API says whether it is ready."""
    async with serve_api(database) as api, httpx.AsyncClient(base_url=api.address) as client:
        answer = await client.get("/readyz")
        return answer.status_code, answer.json()["code"]


def raising(code: str) -> str:
    """Return a statement to which the server answers with an error of this code."""
    return f"DO $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{code}'; END $$"


# --- PostgreSQL -------------------------------------------------------------------------------


OUTAGES = (
    "0A000",  # a standby can't use serializable mode
    *("08006", "25006", "25P03"),
    "26000",  # a prepared statement that is gone
    *("28P01", "3D000", "3F000", "42501", "53100", "53200", "53300", "53400", "55006", "55P03"),
    *("57014", "57P01", "57P03", "58030", "72000", "XX000", "XX001"),
)

WRONG_STATEMENTS = {
    "SELECT * FROM nowhere": "42P01",
    "SELECT FROM WHERE": "42601",
    "SELECT 1 / 0": "22012",
    "INSERT INTO guilds (id) VALUES (NULL)": "23502",
    "SELECT (SELECT 1 UNION SELECT 2)": "21000",
    raising("P0001"): "P0001",
    raising("25P02"): "25P02",
    raising("54001"): "54001",
}


async def result_of(using: Awaitable[None]) -> str | None:
    """Return the code of the driver's error; "unavailable" for `DatabaseUnavailable`."""
    try:
        await using
    except DatabaseUnavailable:
        return "unavailable"
    except DBAPIError as error:
        return str(getattr(error.orig, "sqlstate", None))
    return None


async def test_errors_not_about_statement_or_data_are_outages(postgresql_db: Database) -> None:
    for use in (postgresql_db.run, postgresql_db.read):
        results = {code: await result_of(use(execute, raising(code))) for code in OUTAGES}
        assert results == dict.fromkeys(OUTAGES, "unavailable")


async def test_a_wrong_statement_is_a_bug(postgresql_db: Database) -> None:
    results = {
        statement: await result_of(postgresql_db.run(execute, statement))
        for statement in WRONG_STATEMENTS
    }
    assert results == WRONG_STATEMENTS


async def test_a_parameter_that_the_driver_rejects_is_a_bug(postgresql_db: Database) -> None:
    async def add_guild(tx: Transaction) -> None:
        await insert_row(tx, Guild, id=2**70, created_at=tx.now)

    with pytest.raises(DBAPIError, match="invalid input for query argument"):
        await postgresql_db.run(add_guild)


async def test_a_statement_that_is_cancelled_is_an_outage(postgresql_db: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="statement timeout"):
        await postgresql_db.run(execute, "SET LOCAL statement_timeout = 10", "SELECT pg_sleep(9)")


async def test_a_prepared_statement_outlives_a_change_of_its_table(postgresql_db: Database) -> None:
    """A migration may run beside processes that have prepared statements."""
    engine = create_async_engine(postgresql_db.url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql("CREATE TABLE versions AS SELECT 1 AS version")
        try:
            await postgresql_db.run(execute, "SELECT * FROM versions")
            await connection.exec_driver_sql("ALTER TABLE versions ALTER version TYPE text")
            await postgresql_db.run(execute, "SELECT * FROM versions")
        finally:
            await connection.exec_driver_sql("DROP TABLE versions")
    await engine.dispose()


@pytest.fixture
async def limited_url(postgresql_db: Database) -> AsyncIterator[str]:
    """The URL of the same database for an account that may do nothing in it."""
    engine = create_async_engine(postgresql_db.url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql("CREATE ROLE limited LOGIN")
        yield make_url(postgresql_db.url).set(username="limited").render_as_string()
        await connection.exec_driver_sql("DROP ROLE limited")
    await engine.dispose()


async def test_missing_privileges_are_an_outage(limited_url: str) -> None:
    database = Database(limited_url)
    with pytest.raises(DatabaseUnavailable, match="permission denied"):
        await database.open()
    with pytest.raises(DatabaseUnavailable, match="permission denied"):
        await database.read(count_rows, Guild)
    assert await readiness(database) == (HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")
    await database.close()


async def test_a_server_that_accepts_no_connections_is_an_outage(
    limited_url: str, server: PostgresServer
) -> None:
    engine = create_async_engine(server.url("tests"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql("ALTER ROLE limited CONNECTION LIMIT 0")
    await engine.dispose()
    database = Database(limited_url)
    with pytest.raises(DatabaseUnavailable, match="too many connections"):
        await database.open()
    await database.close()


# --- SQLite -------------------------------------------------------------------------------------


@pytest.fixture
async def sqlite_db(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    await database.open()
    yield database
    await database.close()


@pytest.mark.parametrize("statement", ["SELECT * FROM nowhere", "SELECT json('{')"])
async def test_a_wrong_statement_is_a_bug_on_sqlite(sqlite_db: Database, statement: str) -> None:
    for use in (sqlite_db.run, sqlite_db.read):
        with pytest.raises(OperationalError):
            await use(execute, statement)


async def test_a_violated_constraint_is_a_bug_on_sqlite(sqlite_db: Database) -> None:
    with pytest.raises(IntegrityError):
        await sqlite_db.run(execute, "INSERT INTO guilds (id) VALUES (NULL)")


async def test_a_full_disk_is_an_outage(sqlite_db: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="full"):
        await sqlite_db.run(
            execute,
            "PRAGMA max_page_count = 1",  # SQLite takes the current size instead.
            "CREATE TABLE large (data)",
            "INSERT INTO large VALUES (zeroblob(1000000))",
        )


@contextmanager
def failing_sync(database: Database) -> Iterator[None]:
    """Let each commit of a SQLite database fail as if the disk couldn't make it durable."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC

    def fail(_connection: object) -> None:
        raise OperationalError("COMMIT", None, error)

    engine = database.engines[0].sync_engine
    event.listen(engine, "commit", fail)
    yield
    event.remove(engine, "commit", fail)


async def test_the_outcome_is_unknown_if_a_commit_is_not_made_durable(sqlite_db: Database) -> None:
    add_guild = "INSERT INTO guilds (id, created_at) VALUES (1, '2026-03-02 12:00:00')"
    with failing_sync(sqlite_db), pytest.raises(OutcomeUnknown):
        await sqlite_db.run(execute, add_guild)
    await sqlite_db.run(execute, add_guild)
    assert await sqlite_db.read(count_rows, Guild) == 1


async def test_a_damaged_file_is_an_outage(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "mentorbot.db"
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)
    database = Database(sqlite_url)
    for use in (database.run, database.read):
        with pytest.raises(DatabaseUnavailable, match="malformed"):
            await use(count_rows, Guild)
    assert await readiness(database) == (HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")
    await database.close()


async def test_errors_outside_the_database_are_not_translated(sqlite_db: Database) -> None:
    async def fail(tx: Transaction) -> None:
        await tx.connection.execute(text("SELECT 1"))
        raise LookupError("elsewhere")

    with pytest.raises(LookupError, match="elsewhere"):
        await sqlite_db.run(fail)
