"""Creating and upgrading the tables (Alembic), from inside the program.

`versions/` holds one file a step, in order; a step that has landed is never edited.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from storage.errors import DatabaseUnavailable, SchemaMismatch


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def head() -> str:
    """The revision that this program works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


async def upgrade(url: str) -> None:
    """Bring the database at `url` to this program's tables, creating what is missing.

    All steps are one transaction. Raises `DatabaseUnavailable`.
    """
    config = _config()

    def to_head(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(to_head)
    except (OperationalError, OSError) as error:
        reason = getattr(error, "orig", None) or error
        raise DatabaseUnavailable(
            f"The database at {engine.url.render_as_string(hide_password=True)} "
            f"can't be used: {reason}."
        ) from error
    finally:
        await engine.dispose()


def check_schema(connection: Connection) -> None:
    """Raise `SchemaMismatch` unless the tables are this program's."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found == head():
        return
    if found is None:
        raise SchemaMismatch("The database has no tables yet. Run `mentorbot migrate`.")
    known = {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found in known:
        raise SchemaMismatch(
            f"The database is at version {found} and this program needs {head()}. "
            "Run `mentorbot migrate`."
        )
    raise SchemaMismatch(
        f"The database is at version {found}, which is newer than this program. "
        "Update mentorbot, or point it at another database."
    )
