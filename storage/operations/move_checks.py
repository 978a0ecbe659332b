"""What must be true before data is moved from one database to another.

Everything is checked before anything is touched, so that a refusal leaves both as they were.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines
from storage.engines import connect, shown_url, sqlite_path, unavailable_error
from storage.errors import StorageError
from storage.migrations import head, refuse_newer, stored_revision
from storage.operations.restore import require_unused
from storage.tables import Installation, Table

SPACE_FACTOR = 1.5
"""How much free space a new SQLite file needs, as a multiple of the source's size. The indexes of
the two engines differ, and the transaction needs some space of its own."""

SESSIONS_END_WITHIN_S = 2.0
"""How long a PostgreSQL server may take to end sessions that were closed, in seconds."""


class MoveRefused(StorageError):
    """The data can't be moved with the two databases as they are. Nothing was changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} Nothing was changed.")


@dataclass(frozen=True, slots=True)
class _State:
    """A database: the revision of its tables, all tables, and one of ours that has rows."""

    revision: str | None
    tables: Sequence[str]
    has_guilds: bool
    used_table: str | None
    size_bytes: int


_MISSING = _State(None, (), False, None, 0)


async def check_move(source: str, target: str) -> bool:
    """Raise `MoveRefused` unless all data can be moved from the database at one URL to the other.

    Returns whether the target has the tables already. Also raises `BackupFailed` if a SQLite file
    is missing or in use, `SchemaMismatch` if tables are newer than this program,
    `DatabaseUnavailable` and `TransactionPooling`.
    """
    _refuse_same(source, target)
    source_file, target_file = sqlite_path(source), sqlite_path(target)
    if source_file is not None:
        require_unused(source_file)
    old = await _load_state(source)
    _check_source(shown_url(source), old)
    new = _MISSING
    if target_file is None:
        new = await _load_state(target)
    elif target_file.exists() and target_file.stat().st_size:
        require_unused(target_file)
        new = await _load_state(target)
    _check_target(shown_url(target), new, is_file=target_file is not None)
    if target_file is not None:
        _check_space(target_file, old.size_bytes)
    return new.revision is not None


def _refuse_same(source: str, target: str) -> None:
    files = [file.resolve() for url in (source, target) if (file := sqlite_path(url)) is not None]
    is_same = source == target
    if len(files) == 2:
        is_same = files[0] == files[1]
        if all(file.exists() for file in files):
            is_same = files[0].samefile(files[1])
    if is_same:
        raise MoveRefused(f"Source and target are both {shown_url(source)}. Pass --from or --to.")


def _check_source(name: str, state: _State) -> None:
    if state.revision is None:
        raise MoveRefused(f"{name} has no tables of mentorbot.")
    if state.revision != head():
        raise MoveRefused(
            f"{name} is at version {state.revision}, older than this program. Make it the "
            "configured database and run `mentorbot migrate` first."
        )
    if not state.has_guilds:
        raise MoveRefused(f"{name} has no data of any server. Is it the database of the bot?")


def _check_target(name: str, state: _State, *, is_file: bool) -> None:
    if state.revision is None:
        # A server's database may have tables of extensions.
        ours = Table.metadata.tables
        others = [table for table in state.tables if is_file or table in ours]
        if others:
            raise MoveRefused(
                f"{name} has tables of another program, such as {others[0]}. Choose an empty "
                "database."
            )
    elif state.revision != head():
        raise MoveRefused(
            f"{name} belongs to an older mentorbot: it is at version {state.revision}. Choose an "
            "empty database."
        )
    elif state.used_table is not None:
        raise MoveRefused(
            f"{name} already has data, in the table {state.used_table}. Choose an empty database."
        )


def _check_space(target: Path, source_bytes: int) -> None:
    if not target.parent.is_dir():
        raise MoveRefused(f"There is no folder {target.parent}.")
    needed = round(source_bytes * SPACE_FACTOR)
    free = shutil.disk_usage(target.parent).free
    if free < needed:
        raise MoveRefused(
            f"{target.parent} has {free / 1e9:.1f} GB of free space, and up to {needed / 1e9:.1f} "
            "GB are needed."
        )


async def _load_state(url: str) -> _State:
    engine = engines.create_engine(url, begin="BEGIN", isolation_level="READ COMMITTED")
    try:
        await engines.refuse_transaction_pooling(engine)
        async with connect(engine) as connection:
            if connection.dialect.name == "postgresql":
                await refuse_other_sessions(connection)
            state = await connection.run_sync(_read_state)
        refuse_newer(state.revision)
        return state
    except DBAPIError as error:
        raise unavailable_error(engine, error) from error
    finally:
        await engine.dispose()


def _read_state(connection: Connection) -> _State:
    names = inspect(connection).get_table_names()
    used = [
        name
        for name in Table.metadata.tables
        # Its row is there from the beginning, and is replaced.
        if name != Installation.__tablename__
        and name in names
        and connection.scalar(text(f"SELECT EXISTS (SELECT 1 FROM {name})"))
    ]
    size = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if connection.dialect.name == "sqlite"
        else "SELECT pg_database_size(current_database())"
    )
    return _State(
        stored_revision(connection),
        names,
        "guilds" in used,
        used[0] if used else None,
        connection.scalar(text(size)) or 0,
    )


async def refuse_other_sessions(connection: AsyncConnection) -> None:
    """Raise `MoveRefused` if any other program is connected to this PostgreSQL database.

    Even one that is idle may write a row at any time, which would be missing in the copy.
    """
    give_up_at = asyncio.get_running_loop().time() + SESSIONS_END_WITHIN_S
    while True:
        others = (await connection.execute(_OTHER_SESSIONS)).all()
        if not others:
            return
        if asyncio.get_running_loop().time() > give_up_at:
            break
        # Otherwise the transaction would see the sessions as they were.
        await connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        await asyncio.sleep(0.05)
    names = ", ".join(sorted({each.name for each in others}))
    raise MoveRefused(
        f"{connection.engine.url.render_as_string(hide_password=True)} is in use: other sessions "
        f"are {names}. Stop mentorbot and close all sessions, then try again."
    )


_OTHER_SESSIONS = text(
    "SELECT concat_ws(' ', usename, nullif(application_name, ''), 'with process id', pid) AS name "
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)
