"""Create and upgrade the tables with Alembic, from inside the program.

`versions/` holds one file per migration, named after its revision; a released migration is never
changed. Only upgrading imports Alembic, which takes a while, so a program that starts with an
up-to-date database does without.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines
from storage.engines import connect_once, unavailable_error
from storage.error_classes import is_unavailable
from storage.errors import SchemaMismatch, UpgradeFailed

_LOCK_ID = 6_036_482_371
"""PostgreSQL advisory lock held while upgrading, so that programs started at once take turns.
SQLite's write lock has the same effect."""

_DIRECTORY = Path(__file__).parent


def revisions() -> list[str]:
    """List the revisions that this program knows, in order."""
    files = (_DIRECTORY / "versions").glob("[0-9]*.py")
    return sorted(path.name.partition("_")[0] for path in files)


def head() -> str:
    """Return the revision that this program needs, the newest."""
    return revisions()[-1]


async def upgrade(url: str, revision: str = "head") -> None:
    """Upgrade the database at `url` to this program's tables, creating what is missing.

    All migrations run in one transaction; programs that upgrade at the same time take turns. Tests
    pass an older `revision` to create the database of an older program. Raises
    `DatabaseUnavailable`, `TransactionPooling`, `UpgradeFailed`, and `SchemaMismatch` if the tables
    are newer than this program.
    """
    engine = engines.create_engine(url, begin="BEGIN IMMEDIATE", isolation_level="READ COMMITTED")
    try:
        await engines.refuse_transaction_pooling(engine)
        async with connect_once(engine) as connection, connection.begin():
            await upgrade_in(connection, revision)
    except DBAPIError as error:
        if is_unavailable(error):
            raise unavailable_error(engine, error) from error
        # Only the first line: others quote rows.
        reason = str(error.orig).splitlines()[0]
        raise UpgradeFailed(
            f"{engines.shown_url(url)} can't be upgraded: {reason}. Nothing was changed."
        ) from error
    finally:
        await engine.dispose()


async def upgrade_in(connection: AsyncConnection, revision: str = "head") -> None:
    """Upgrade a database as `upgrade` does, as a part of the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_DIRECTORY))

    def to_revision(sync_connection: Connection) -> None:
        refuse_newer(stored_revision(sync_connection))
        config.attributes["connection"] = sync_connection
        command.upgrade(config, revision)

    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_ID})"))
    await connection.run_sync(to_revision)


async def current_revision(url: str) -> str | None:
    """Return the revision of the database at `url`, or None if it has no tables. Changes nothing.

    Raises `DatabaseUnavailable`, `TransactionPooling`, and `SchemaMismatch` if the tables are newer
    than this program.
    """

    def read(connection: Connection) -> str | None:
        revision = stored_revision(connection)
        refuse_newer(revision)
        return revision

    engine = engines.create_engine(url, begin="BEGIN", isolation_level="READ COMMITTED")
    try:
        await engines.refuse_transaction_pooling(engine)
        async with connect_once(engine) as connection:
            return await connection.run_sync(read)
    finally:
        await engine.dispose()


def check_schema(connection: Connection) -> None:
    """Raise `SchemaMismatch` unless the tables have this program's revision."""
    revision = stored_revision(connection)
    if revision == head():
        return
    if revision is None:
        raise SchemaMismatch("The database has no tables yet. Run `mentorbot migrate`.")
    refuse_newer(revision)
    raise SchemaMismatch(
        f"The database is at version {revision} and this program needs {head()}. "
        "Run `mentorbot migrate`."
    )


def stored_revision(connection: Connection) -> str | None:
    """Read the revision that Alembic has stored; None if it has never run."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def refuse_newer(revision: str | None) -> None:
    """Raise `SchemaMismatch` for a revision that this program doesn't know."""
    if revision is None or revision in revisions():
        return
    raise SchemaMismatch(
        f"The database is at version {revision}, which is newer than this program. "
        "Update mentorbot, or point it at another database."
    )
