"""Back up and restore a SQLite database. PostgreSQL has its own tools for this.

Most functions use plain `sqlite3` and block; call them from a thread if there is an event loop.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, make_url

from storage import engines, numbering
from storage.errors import StorageError
from storage.transactions import Transaction, utc_now

T = TypeVar("T")

log = logging.getLogger(__name__)

PAGES_PER_STEP = 2_048
"""Pages copied between two progress reports: 8 MiB with SQLite's default page size."""

BUSY_TIMEOUT_S = 5.0
"""SQLite busy timeout in seconds: how long another program's lock is waited for."""


class BackupFailed(StorageError):
    """A copy could not be made, is damaged, or can't replace the database."""


class DatabaseInUse(BackupFailed):
    """Another program has the database open."""


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite URL, or None for a URL of a server."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def sqlite_url(file: Path) -> str:
    """Return the URL of a SQLite file. Its name may contain any character."""
    return URL.create("sqlite+aiosqlite", database=str(file)).render_as_string()


def copy_database(source: Path, target: Path, progress: Callable[[float], None]) -> None:
    """Copy a database in the state of one instant; other programs may write to it meanwhile.

    `target` is one file that only its owner may read. It is checked, synced to disk and replaces
    any file of that name atomically; on failure nothing changes. `progress` is called with the
    fraction done, 0 to 1. Raises `BackupFailed`.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        if not source.is_file():
            raise BackupFailed(f"There is no database at {source}.")
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        with closing(_open(source)) as old, closing(_open(part)) as new:
            # In WAL mode a read transaction keeps its snapshot, and writers don't wait for it.
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
            old.backup(
                new,
                pages=PAGES_PER_STEP,
                progress=lambda _status, left, total: progress(1 - left / max(total, 1)),
            )
            old.rollback()
            # Outside WAL mode there is no log file, so the copy is a single file.
            new.execute("PRAGMA journal_mode = DELETE").fetchone()
        check_integrity(part)
        _fsync(part)
        os.replace(part, target)
        _fsync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{source} can't be copied to {target}: {error}.") from error
    finally:
        part.unlink(missing_ok=True)


def check_integrity(file: Path) -> None:
    """Raise `BackupFailed` unless a file is an undamaged SQLite database."""
    if not file.is_file():
        raise BackupFailed(f"There is no file {file}.")
    try:
        with closing(_open(file, "ro")) as connection:
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
        sqlite_url(file), begin="BEGIN", pragmas=("query_only = ON",)
    )
    try:
        async with engines.connect(engine) as connection:
            return await use_case(Transaction(connection, utc_now()))
    finally:
        await engine.dispose()


def restore(backup: Path, target: Path, keep: Path, progress: Callable[[float], None]) -> None:
    """Replace `target` with a copy of `backup`; the old database remains under the name `keep`.

    Rows that were added after the backup may have cards in Discord, so their numbers aren't given
    again. The replacement is atomic. Raises `DatabaseInUse` if any program has `target` open, and
    `BackupFailed`.
    """
    fresh = target.with_name(f".{target.name}.restored")
    try:
        copy_database(backup, fresh, progress)
        with _exclusive_access(target) as replaced:
            _continue_numbers(fresh, replaced)
            if target.exists():
                _link(target, keep)
            os.replace(fresh, target)
            _fsync(target.parent)
    except OSError as error:
        raise BackupFailed(f"{target} can't be replaced: {error}.") from error
    finally:
        fresh.unlink(missing_ok=True)


def _continue_numbers(fresh: Path, replaced: sqlite3.Connection | None) -> None:
    """Give only numbers that the replaced database hasn't given; skip many if they aren't known."""
    highest: dict[str, int] = {}
    if replaced is not None:
        try:
            highest = numbering.highest_in_file(replaced)
        except sqlite3.DatabaseError as error:
            log.warning("can't read which numbers the replaced database gave: %s", error)
    with closing(_open(fresh)) as connection:
        if not highest:
            given = numbering.highest_in_file(connection)
            highest = {table: number + numbering.GAP for table, number in given.items()}
        numbering.continue_file_after(connection, highest)
    _fsync(fresh)


def require_unused(file: Path) -> None:
    """Raise `DatabaseInUse` if any program has the database open, `BackupFailed` if it's gone."""
    if not file.is_file():
        raise BackupFailed(f"There is no database at {file}.")
    with _exclusive_access(file):
        return


@contextmanager
def _exclusive_access(file: Path) -> Iterator[sqlite3.Connection | None]:
    """Hold and yield the only connection to a database, after its log was merged into the file.

    Yields None if there is no file. A connection to a damaged file fails when it is used.
    """
    if not file.exists():
        yield None
        return
    with closing(_open(file)) as connection:
        try:
            # SQLite only leaves WAL mode if there is no other connection, not even an idle one.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise BackupFailed(f"{file} can't be used: {error}.") from error
            raise DatabaseInUse(
                f"{file} is in use. Stop mentorbot and any other program that has it open, "
                "then try again."
            ) from error
        except sqlite3.DatabaseError:
            # Too damaged to open, which may be the reason for the restore. Nothing can use it.
            pass
        yield connection


def _link(file: Path, name: Path) -> None:
    """Hard-link the database under a second name; move its log files, if it still has some."""
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            os.link(part, name.with_name(name.name + suffix))
            if suffix:
                part.unlink()


def _open(file: Path, mode: str = "rw") -> sqlite3.Connection:
    # With a URI, SQLite doesn't create a file that has disappeared in the meantime.
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
    )


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
