"""`mentorbot backup` and `mentorbot restore`.

A backup counts only once it has proved itself: it can be read, it has all rows of the database, and
its points ledger balances. Then it is recorded in the database, so that its age can be watched.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from glob import escape
from pathlib import Path

from sqlalchemy import make_url

from mentorbot.commands.common import Progress
from mentorbot.database import check_driver
from mentorbot.errors import CannotStart
from mentorbot.settings import Settings
from mentorship.operations import backup_log, reconciliation
from mentorship.operations.reconciliation import LedgerReport
from storage import Database, DatabaseUnavailable, Transaction, engines, statistics
from storage.migrations import current_revision, head
from storage.operations import backups, restore
from storage.operations.backups import BackupFailed, Contents
from storage.operations.partial_files import PartialFile, partial_file
from storage.postgresql.limits import COMMANDS
from wording.administration import ledger_faults
from wording.reader import ENGLISH

_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_TIMESTAMPED = "-????????T??????Z"


@dataclass(frozen=True, slots=True)
class Backup:
    """A complete copy of the database, and the older copies that were deleted for it.

    It is recorded in the database (`is_recorded`) unless the ledger has faults, or the tables are
    older than this program's.
    """

    file: Path
    contents: Contents
    ledger: LedgerReport
    is_recorded: bool
    removed: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """The outcome of a restore.

    `version` is that of the restored tables; `is_old` says that they must be migrated. `kept` is
    where the previous database is now, None if there was none.
    """

    ledger: LedgerReport
    version: str
    is_old: bool
    kept: Path | None


async def backup(
    settings: Settings, target: Path | None, keep: int | None, progress: Progress
) -> Backup:
    """Back up the database while it is in use, and verify the copy.

    `target` is a file or an existing folder; None means the SQLite file's own folder, or the
    current one for PostgreSQL. In a folder, the copy is named after the current time, and all but
    the newest `keep` copies with such names are deleted, unless the ledger has faults. Raises
    `CannotStart` or `storage.StorageError`; then there is no new file, unless the message says that
    the backup is complete.
    """
    url = settings.database.url.get_secret_value()
    check_driver(url)
    started = time.monotonic()
    source = engines.sqlite_path(url)
    if source is not None and not source.is_file():
        raise CannotStart(f"There is no database at {source}, so there is nothing to back up.")
    stem, suffix = _name(url)
    folder = Path() if source is None else source.parent
    copy = folder if target is None else target
    if copy.is_dir():
        copy = copy / f"{stem}-{datetime.now(UTC):{_TIMESTAMP}}{suffix}"
    elif keep is not None:
        raise CannotStart(f"--keep needs a folder, and {copy} is not one.")
    if source is not None and copy.exists() and copy.samefile(source):
        raise CannotStart("A backup can't replace the database itself. Choose another name.")
    try:
        with partial_file(copy) as part:
            contents, ledger = await _write(url, part, progress)
            part.install()
    except OSError as error:
        raise BackupFailed(
            f"The backup can't be written to {copy}: {error.strerror or error}."
        ) from error
    if ledger.faults:
        return Backup(copy, contents, ledger, False, ())
    is_recorded = contents.revision == head()
    if is_recorded:
        duration = timedelta(seconds=time.monotonic() - started)
        await _record(url, copy, copy.stat().st_size, duration)
    removed = _delete_older(copy, f"{escape(stem)}{_TIMESTAMPED}{suffix}", keep) if keep else ()
    return Backup(copy, contents, ledger, is_recorded, removed)


def _delete_older(copy: Path, pattern: str, keep: int) -> tuple[Path, ...]:
    """Delete all backups in the folder of `copy` but that and the `keep - 1` newest others.

    Their names say when they were made. `copy` is kept whatever its name says, since the clock may
    have been ahead when others were made. Raises `BackupFailed`.
    """
    others = sorted((each for each in copy.parent.glob(pattern) if each != copy), reverse=True)
    removed = tuple(others[keep - 1 :])
    try:
        for old_copy in removed:
            # Another backup may be deleting the same ones.
            old_copy.unlink(missing_ok=True)
    except OSError as error:
        raise BackupFailed(
            f"The backup {copy} is complete, but older ones can't be deleted: "
            f"{error.filename}: {error.strerror}."
        ) from error
    return removed


def _name(url: str) -> tuple[str, str]:
    """Return what the names of backups begin and end with."""
    file = engines.sqlite_path(url)
    if file is not None:
        return file.stem, ".db"
    return (make_url(url).database or "mentorbot").replace("/", "-"), ".dump"


async def _write(url: str, part: PartialFile, progress: Progress) -> tuple[Contents, LedgerReport]:
    """Write a verified copy, and return what it holds, with the check of its ledger."""
    source = engines.sqlite_path(url)
    if source is None:
        from storage.postgresql import dumps

        return await dumps.dump(url, part, partial(_check, url))
    contents = await asyncio.to_thread(backups.copy_into, source, part.path, progress)
    return contents, await backups.read_file(part.path, partial(_check, url, contents))


async def _check(url: str, contents: Contents, tx: Transaction) -> LedgerReport:
    _refuse_empty(url, contents)
    return await reconciliation.check(tx)


def _refuse_empty(url: str, contents: Contents) -> None:
    """Raise `CannotStart` for a database that the bot hasn't used, which is probably another."""
    shown = engines.shown_url(url)
    hint = "Is this the database of the bot? See [database] in its configuration."
    if contents.revision is None:
        raise CannotStart(f"{shown} has no tables of mentorbot, so nothing was backed up. {hint}")
    if not contents.rows.get("guilds"):
        raise CannotStart(f"{shown} has no data of any server, so nothing was backed up. {hint}")


async def _record(url: str, copy: Path, size_bytes: int, duration: timedelta) -> None:
    """Record a backup in the database. Raises `DatabaseUnavailable` if it can't be written to."""
    database = Database(url, limits=COMMANDS)
    try:
        await database.run(backup_log.record, size_bytes=size_bytes, duration=duration)
    except DatabaseUnavailable as error:
        raise type(error)(
            f"The backup {copy} is complete, but the database can't record it, and no older one "
            f"was deleted: {error}"
        ) from error
    finally:
        await database.close()


def existing_file(settings: Settings) -> Path | None:
    """Return the database's file if it exists. Raises `CannotStart` for PostgreSQL."""
    file = _sqlite_file(settings)
    return file if file.exists() else None


async def restore_backup(settings: Settings, source: Path, progress: Progress) -> RestoreResult:
    """Replace the database with a backup; the previous one is kept beside it under another name.

    Raises `CannotStart` or `storage.StorageError`, also while the program is running.
    """
    target = _sqlite_file(settings)
    exists = target.exists()
    backups.check_integrity(source)
    if exists and target.samefile(source):
        raise CannotStart(f"{source} is the database itself.")
    version = await current_revision(engines.sqlite_url(source))
    if version is None:
        raise CannotStart(f"{source} is not a database of mentorbot.")
    ledger = await backups.read_file(source, reconciliation.check)
    if ledger.faults:
        fault = ledger_faults.sentence(ledger.faults[0], ENGLISH)
        raise CannotStart(f"The points ledger in {source} is inconsistent: {fault}.")
    kept = target.with_name(f"{target.name}.replaced-{datetime.now(UTC):{_TIMESTAMP}}")
    await asyncio.to_thread(restore.restore, source, target, kept, progress)
    await statistics.gather(engines.sqlite_url(target))
    return RestoreResult(ledger, version, version != head(), kept if exists else None)


def _sqlite_file(settings: Settings) -> Path:
    """Return the SQLite file. Raises `CannotStart` with another command for PostgreSQL."""
    file = engines.sqlite_path(settings.database.url.get_secret_value())
    if file is None:
        raise CannotStart(
            "This database is on PostgreSQL. Restore its backups with pg_restore; docs/running.md "
            "has the commands."
        )
    return file
