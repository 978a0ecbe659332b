"""Replace a SQLite database with a backup, and make sure that nobody else uses a file.

The functions block; call them from a thread if there is an event loop.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from storage import numbering
from storage.operations.backups import BackupFailed, copy_into, open_file
from storage.operations.partial_files import PartialFile, partial_file

log = logging.getLogger(__name__)


class DatabaseInUse(BackupFailed):
    """Another program has the database open."""


def restore(backup: Path, target: Path, keep: Path, progress: Callable[[float], None]) -> None:
    """Replace `target` with a copy of `backup`; the old database remains under the name `keep`.

    Rows that were added after the backup may have cards in Discord, so their numbers aren't given
    again. The replacement is atomic. Raises `DatabaseInUse` if any program has `target` open, and
    `BackupFailed`.
    """
    try:
        with partial_file(target) as part:
            copy_into(backup, part.path, progress)
            with exclusive_access(target) as replaced:
                _continue_numbers(part.path, replaced)
                _replace(part, keep)
    except OSError as error:
        raise BackupFailed(f"{target} can't be replaced: {error}.") from error


def require_unused(file: Path) -> None:
    """Raise `DatabaseInUse` if any program has the database open, `BackupFailed` if it's gone."""
    if not file.is_file():
        raise BackupFailed(f"There is no database at {file}.")
    with exclusive_access(file):
        return


@contextmanager
def exclusive_access(file: Path) -> Iterator[sqlite3.Connection | None]:
    """Hold and yield the only connection to a database, after its log was merged into the file.

    Yields None if there is no file. A connection to a damaged file fails when it is used. Raises
    `DatabaseInUse` and `BackupFailed`.
    """
    if not file.exists():
        yield None
        return
    with closing(open_file(file)) as connection:
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


def _continue_numbers(fresh: Path, replaced: sqlite3.Connection | None) -> None:
    """Give only numbers that the replaced database hasn't given; skip many if they aren't known."""
    highest: dict[str, int] = {}
    if replaced is not None:
        try:
            highest = numbering.highest_in_file(replaced)
        except sqlite3.DatabaseError as error:
            log.warning("can't read which numbers the replaced database gave: %s", error)
    with closing(open_file(fresh)) as connection:
        if not highest:
            given = numbering.highest_in_file(connection)
            highest = {table: number + numbering.GAP for table, number in given.items()}
        numbering.continue_file_after(connection, highest)
        _continue_positions(connection, highest.get("events", 0))


def _continue_positions(connection: sqlite3.Connection, last_event: int) -> None:
    """Give only positions in the feed that no event has had; none is above an event's number.

    The main app may have read up to a position that the backup doesn't have yet.
    """
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'event_feed'")
    if tables.fetchone() is not None:
        connection.execute("UPDATE event_feed SET position = max(position, ?)", (last_event,))


def _replace(part: PartialFile, keep: Path) -> None:
    """Install the file in place of its target, which gets the name `keep`, if there is one."""
    if part.target.exists():
        _link(part.target, keep)
    part.install()


def _link(file: Path, name: Path) -> None:
    """Hard-link the database under a second name; move its log files, if it still has some."""
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            os.link(part, name.with_name(name.name + suffix))
            if suffix:
                part.unlink()
