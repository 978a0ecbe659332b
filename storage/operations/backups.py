"""Copy SQLite databases and prove that the copies are complete.

`storage.postgresql.dumps` does the same for PostgreSQL. Most functions use plain `sqlite3` and
block; call them from a thread if there is an event loop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from storage import engines, tables
from storage.error_classes import is_sqlite_conflict
from storage.errors import DatabaseUnavailable, StorageError
from storage.operations.partial_files import partial_file
from storage.transactions import Transaction, utc_now

T = TypeVar("T")

PAGES_PER_STEP = 2_048
"""Pages copied between two progress reports: 8 MiB with SQLite's default page size."""

BUSY_TIMEOUT_S = 5.0
"""SQLite busy timeout in seconds: how long another program's lock is waited for."""


class BackupFailed(StorageError):
    """A copy could not be made, is damaged, or can't replace the database."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: the revision of its tables, and the number of rows by table.

    `revision` is None if it has no tables of this program; `rows` has only tables that exist.
    """

    revision: str | None
    rows: Mapping[str, int]

    def require_equal(self, copy: Contents, what: str) -> None:
        """Raise `BackupFailed` unless a copy has the same contents. `what` names the copy."""
        if copy.revision != self.revision:
            raise BackupFailed(
                f"{what} is incomplete: it is at version {copy.revision}, and the database at "
                f"{self.revision}."
            )
        for table, rows in self.rows.items():
            if copy.rows.get(table) != rows:
                raise BackupFailed(
                    f"{what} is incomplete: it has {copy.rows.get(table, 0):,} of the {rows:,} "
                    f"rows of {table}."
                )


def copy_database(source: Path, target: Path, progress: Callable[[float], None]) -> Contents:
    """Copy a database as `copy_into` does; the copy replaces any file named `target` atomically.

    On failure nothing changes. Raises `BackupFailed`, and `DatabaseUnavailable` if another program
    holds the database's lock for too long.
    """
    try:
        with partial_file(target) as part:
            contents = copy_into(source, part.path, progress)
            part.install()
    except OSError as error:
        raise BackupFailed(f"{source} can't be copied to {target}: {error}.") from error
    return contents


def copy_into(source: Path, copy: Path, progress: Callable[[float], None]) -> Contents:
    """Copy a database into an empty file in the state of one instant, and verify the copy.

    Other programs may write to `source` meanwhile. The copy must be undamaged and have as many rows
    of each table as that state. `progress` is called with the fraction done, 0 to 1. Raises
    `BackupFailed`, and `DatabaseUnavailable` if another program holds the database's lock for too
    long.
    """
    if not source.is_file():
        raise BackupFailed(f"There is no database at {source}.")
    try:
        with closing(open_file(source)) as old, closing(open_file(copy)) as new:
            # In WAL mode a read transaction keeps its snapshot, and writers don't wait for it.
            old.execute("BEGIN")
            contents = read_contents(old)
            old.backup(
                new,
                pages=PAGES_PER_STEP,
                progress=lambda _status, left, total: progress(1 - left / max(total, 1)),
            )
            old.rollback()
            # Outside WAL mode there is no log file, so the copy is a single file.
            new.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.Error as error:
        if is_sqlite_conflict(error):
            raise DatabaseUnavailable(f"{source} can't be copied now: {error}.") from error
        raise BackupFailed(f"{source} can't be copied: {error}.") from error
    check_integrity(copy)
    with closing(open_file(copy, "ro")) as connection:
        contents.require_equal(read_contents(connection), f"The copy of {source}")
    return contents


def read_contents(connection: sqlite3.Connection) -> Contents:
    """Count the rows of each table, of this or an older version of the program."""
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    revision = None
    if "alembic_version" in present:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        revision = None if row is None else row[0]
    rows = {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in tables.Table.metadata.tables
        if name in present
    }
    return Contents(revision, rows)


def check_integrity(file: Path) -> None:
    """Raise `BackupFailed` unless a file is an undamaged SQLite database."""
    if not file.is_file():
        raise BackupFailed(f"There is no file {file}.")
    try:
        with closing(open_file(file, "ro")) as connection:
            (result,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            # One fault may take several lines.
            result = " ".join(result.split())
            dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise BackupFailed(f"{file} is not a sound database: {error}.") from error
    if result != "ok":
        raise BackupFailed(f"{file} is not a sound database: {result}.")
    if dangling is not None:
        raise BackupFailed(
            f"{file} is not a sound database: {dangling[0]} refers to a row that doesn't exist."
        )


async def read_file(file: Path, use_case: Callable[[Transaction], Awaitable[T]]) -> T:
    """Run a read-only use case on a database file and return its result.

    The file isn't changed, and the version of its tables isn't checked. Raises
    `DatabaseUnavailable`.
    """
    engine = engines.create_sqlite_engine(
        engines.sqlite_url(file), begin="BEGIN", pragmas=("query_only = ON",)
    )
    try:
        async with engines.connect_once(engine) as connection:
            return await use_case(Transaction(connection, utc_now()))
    finally:
        await engine.dispose()


def open_file(file: Path, mode: str = "rw") -> sqlite3.Connection:
    """Open a database file that exists, in autocommit. Raises `sqlite3.Error`."""
    # With a URI, SQLite doesn't create a file that has disappeared in the meantime.
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
    )
