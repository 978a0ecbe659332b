"""A SQLite file's copy that is whole or isn't there, and putting one back.

Most of it is plain `sqlite3` on files, and blocks: whoever has an event loop runs it in a thread.
PostgreSQL has tools of its own for this.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import make_url

from storage import engines
from storage.database import Transaction, utc_now
from storage.errors import StorageError

T = TypeVar("T")

PAGES = 2_048
"""How many pages are copied between two reports of progress; 8 MiB as SQLite makes files."""

BUSY = 5.0
"""Seconds for which another program's short hold on a file is waited for."""


class BackupFailed(StorageError):
    """A copy could not be made, is not whole, or can't take the place of what is there."""


class InUse(BackupFailed):
    """Some program has the database open."""


def file_of(url: str) -> Path | None:
    """The file of a SQLite URL; None for a server's."""
    where = make_url(url)
    return Path(where.database or "") if where.get_backend_name() == "sqlite" else None


def copy(source: Path, target: Path, progress: Callable[[float], None]) -> None:
    """Copy the database as it is at one instant, while others write to it.

    `target` appears whole, in one file that only its owner may read, and on the disk for good; or
    not at all. It replaces what has its name. `progress` is told the part that is done, 0 to 1.
    Raises `BackupFailed`.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        if not source.is_file():
            raise BackupFailed(f"There is no database at {source}.")
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        with closing(_opened(source)) as old, closing(_opened(part)) as new:
            # What a transaction sees stays as it is (WAL), so writers neither wait nor disturb.
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
            old.backup(
                new,
                pages=PAGES,
                progress=lambda _status, left, total: progress(1 - left / max(total, 1)),
            )
            old.rollback()
            # Without a log beside it, the copy is one file.
            new.execute("PRAGMA journal_mode = DELETE").fetchone()
        require_whole(part)
        _to_disk(part)
        os.replace(part, target)
        _to_disk(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"{source} can't be copied to {target}: {error}.") from error
    finally:
        part.unlink(missing_ok=True)


def require_whole(file: Path) -> None:
    """Raise `BackupFailed` unless a file is a sound SQLite database, down to its references."""
    if not file.is_file():
        raise BackupFailed(f"There is no file {file}.")
    try:
        with closing(_opened(file, "ro")) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise BackupFailed(f"{file} is no sound database: {error}.") from error
    if found != "ok":
        raise BackupFailed(f"{file} is no sound database: {found}.")
    if dangling is not None:
        raise BackupFailed(f"{file} is no sound database: {dangling[0]} refers to what is gone.")


async def look(file: Path, use_case: Callable[[Transaction], Awaitable[T]]) -> T:
    """What a use case sees in a database file, of which nothing is changed, whatever its version.

    Raises `DatabaseUnavailable`.
    """
    engine = engines.sqlite(
        f"sqlite+aiosqlite:///{file}", begin="BEGIN", pragmas=("query_only = ON",)
    )
    try:
        async with engines.connected(engine) as connection:
            return await use_case(Transaction(connection, utc_now()))
    finally:
        await engine.dispose()


def put_back(backup: Path, target: Path, keep: Path, progress: Callable[[float], None]) -> None:
    """Let a copy of `backup` take the place of `target`, which stays as `keep`.

    At every moment `target` is either the old database or the new one. Raises `InUse` while any
    program has it open, and `BackupFailed`.
    """
    fresh = target.with_name(f".{target.name}.restored")
    try:
        copy(backup, fresh, progress)
        with _alone(target):
            if target.exists():
                _keep(target, keep)
            os.replace(fresh, target)
            _to_disk(target.parent)
    except OSError as error:
        raise BackupFailed(f"{target} can't be replaced: {error}.") from error
    finally:
        fresh.unlink(missing_ok=True)


def require_unused(file: Path) -> None:
    """Raise `InUse` while any program has the database open, and `BackupFailed` without one."""
    if not file.is_file():
        raise BackupFailed(f"There is no database at {file}.")
    with _alone(file):
        return


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Be the only one who has the database open, with all that it holds in the one file."""
    if not file.exists():
        yield
        return
    with closing(_opened(file)) as connection:
        try:
            # Leaving WAL takes that no other connection exists, also one that does nothing.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise BackupFailed(f"{file} can't be used: {error}.") from error
            raise InUse(
                f"{file} is in use. Stop mentorbot (and whatever else has it open), then try again."
            ) from error
        except sqlite3.DatabaseError:
            # Broken beyond opening, which may be why a backup is put back: nobody works with it.
            pass
        yield


def _keep(file: Path, name: Path) -> None:
    """Give the database a second name, with what a broken one may have beside it."""
    for ending in ("", "-wal", "-shm"):
        beside = file.with_name(file.name + ending)
        if beside.exists():
            os.link(beside, name.with_name(name.name + ending))
            if ending:
                beside.unlink()


def _opened(file: Path, mode: str = "rw") -> sqlite3.Connection:
    # As a URI, a file that is gone meanwhile is not made anew.
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY, isolation_level=None
    )


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
