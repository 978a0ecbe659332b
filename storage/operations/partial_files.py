"""Files that are written in full before they get their name.

A file of many gigabytes that a killed program has left behind is deleted by the next program that
writes to the same folder. Whether a file is still being written is known by a lock, which the
system releases when its last holder ends, however it ends.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from platform import node

log = logging.getLogger(__name__)

FOREIGN_AGE_S = 86_400.0
"""Age in seconds above which an unlocked file of another machine is deleted. On some network file
systems, locks aren't visible to other machines."""

_DATABASE_FILES = ("", "-journal", "-wal", "-shm")
"""Suffixes of the files that SQLite may add to a database while it is written."""

_NAME = re.compile(r"(\..+\.(?P<host>[A-Za-z0-9-]+)-\d+\.part)(-journal|-wal|-shm|\.lock)?")

_NAME_WITHOUT_LOCK = re.compile(r"(\..+-\d{8}T\d{6}Z\.db\.part)(-journal)?")
"""The names of unfinished backups of version 1, which had no locks."""


@dataclass(frozen=True, slots=True)
class PartialFile:
    """A file that is being written, in place of `target`.

    `lock` is the file descriptor that says so. A process that inherits it keeps the lock.
    """

    path: Path
    target: Path
    lock: int

    def install(self) -> None:
        """Sync the file to disk and give it its name, atomically. Raises `OSError`."""
        sync(self.path)
        os.replace(self.path, self.target)
        sync(self.target.parent)


@contextmanager
def partial_file(target: Path) -> Iterator[PartialFile]:
    """Create an empty file, readable only by its owner, beside `target`, to be written in full.

    It is deleted at the end, unless `PartialFile.install` was called. What earlier programs have
    left in the folder is deleted first. Raises `OSError`.
    """
    delete_abandoned(target.parent)
    path = target.with_name(f".{target.name}.{_host()}-{os.getpid()}.part")
    lock = _lock(_lock_file(path), wait=True)
    assert lock is not None
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        yield PartialFile(path, target, lock)
    finally:
        _delete(path)
        os.close(lock)


def delete_abandoned(folder: Path) -> list[Path]:
    """Delete the partial files that nobody is writing any more, and return their names.

    One that can't be deleted is logged. Raises `OSError` if the folder can't be read.
    """
    deleted = []
    locked, unlocked = (
        sorted({folder / match[1] for match in _matches(folder, pattern)})
        for pattern in (_NAME, _NAME_WITHOUT_LOCK)
    )
    for path in locked + unlocked:
        try:
            if _delete_abandoned(path):
                deleted.append(path)
        except OSError as error:
            log.warning("can't delete an abandoned file", extra={"problem": str(error)})
    for path in deleted:
        log.info("deleted an abandoned file", extra={"file": str(path)})
    return deleted


def _delete_abandoned(path: Path) -> bool:
    """Delete a partial file unless somebody may be writing it. Returns whether it was deleted."""
    match = _NAME.fullmatch(path.name)
    if (match is None or match["host"] != _host()) and not _is_old(path):
        return False
    if match is None:
        _delete(path)
        return True
    lock = _lock(_lock_file(path), wait=False)
    if lock is None:
        return False
    try:
        _delete(path)
    finally:
        os.close(lock)
    return True


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk. Raises `OSError`."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _matches(folder: Path, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    for name in os.listdir(folder):
        if match := pattern.fullmatch(name):
            yield match


def _lock(file: Path, *, wait: bool) -> int | None:
    """Create and lock a file, and return its descriptor; None if it's locked and `wait` is False.

    A lock file is deleted by a process that holds its lock. So a lock counts only if the file
    still has its name afterwards.
    """
    while True:
        handle = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if _is_open_as(handle, file):
                return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _is_open_as(handle: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), file.stat())
    except FileNotFoundError:
        return False


def _delete(path: Path) -> None:
    """Delete a partial file and those that belong to it, its lock last."""
    for suffix in _DATABASE_FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    _lock_file(path).unlink(missing_ok=True)


def _lock_file(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _is_old(path: Path) -> bool:
    """Return whether neither the file nor its lock was written for a while."""
    times = [each.stat().st_mtime for each in (path, _lock_file(path)) if each.exists()]
    return time.time() - max(times, default=0) > FOREIGN_AGE_S


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "-", node()) or "unknown"
