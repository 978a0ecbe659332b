"""Creating and upgrading the tables (Alembic), from inside the program.

`versions/` holds one file a step, in order, named for its revision; a step that has landed is never
edited. Alembic is needed for upgrading alone and takes a while to import, so a program that starts
over an up-to-date database goes without it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from storage import engines
from storage.engines import connected, unavailable
from storage.errors import SchemaMismatch

_LOCK = 6_036_482_371
"""What programs that start at once queue for on PostgreSQL; SQLite's write lock does that."""


_HERE = Path(__file__).parent


def steps() -> list[str]:
    """The revisions that this program knows, in order."""
    return sorted(path.name.partition("_")[0] for path in (_HERE / "versions").glob("[0-9]*.py"))


def head() -> str:
    """The revision that this program works with."""
    return steps()[-1]


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to this program's tables, creating what is missing.

    An older `revision` makes a database as an older program left it, for tests. All steps are
    one transaction, and programs that do this at once do it in turn. Raises
    `DatabaseUnavailable`, and `SchemaMismatch` for tables newer than this program.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE))

    def to_revision(connection: Connection) -> None:
        _refuse_newer(_revision(connection))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    engine = engines.of(url, begin="BEGIN IMMEDIATE", isolation_level="READ COMMITTED")
    try:
        async with connected(engine) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.run_sync(to_revision)
    except DBAPIError as error:
        raise unavailable(engine, error) from error
    finally:
        await engine.dispose()


async def version(url: str) -> str | None:
    """The revision that the database at `url` is at, None without tables. Changes nothing.

    Raises `DatabaseUnavailable`, and `SchemaMismatch` for tables newer than this program.
    """

    def found(connection: Connection) -> str | None:
        revision = _revision(connection)
        _refuse_newer(revision)
        return revision

    engine = engines.of(url, begin="BEGIN", isolation_level="READ COMMITTED")
    try:
        async with connected(engine) as connection:
            return await connection.run_sync(found)
    finally:
        await engine.dispose()


def check_schema(connection: Connection) -> None:
    """Raise `SchemaMismatch` unless the tables are this program's."""
    found = _revision(connection)
    if found == head():
        return
    if found is None:
        raise SchemaMismatch("The database has no tables yet. Run `mentorbot migrate`.")
    _refuse_newer(found)
    raise SchemaMismatch(
        f"The database is at version {found} and this program needs {head()}. "
        "Run `mentorbot migrate`."
    )


def _revision(connection: Connection) -> str | None:
    """Where Alembic has written that the tables are; None where it never was."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _refuse_newer(found: str | None) -> None:
    """Raise `SchemaMismatch` for a revision that this program has never heard of."""
    if found is None or found in steps():
        return
    raise SchemaMismatch(
        f"The database is at version {found}, which is newer than this program. "
        "Update mentorbot, or point it at another database."
    )
