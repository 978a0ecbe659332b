"""Maintenance of the database: upgrade, copy to another database, back up and restore."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from mentorbot.database import check_driver
from mentorbot.errors import CannotStart
from mentorbot.settings import Settings
from mentorship.operations import reconciliation
from mentorship.operations.reconciliation import LedgerReport
from storage import Database, backups, compaction, data_migration, statistics
from storage.migrations import current_revision, head, upgrade
from storage.postgresql.limits import COMMANDS
from wording import ledger_faults
from wording.reader import ENGLISH

Progress = Callable[[float], None]
"""Called with the fraction of the work that is done, 0 to 1."""

_TIMESTAMP = "%Y%m%dT%H%M%SZ"
_TIMESTAMPED = "-????????T??????Z.db"


@dataclass(frozen=True, slots=True)
class Backup:
    """A verified copy of the database, and the older copies that were deleted for it."""

    file: Path
    ledger: LedgerReport
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


async def migrate(settings: Settings, progress: Progress) -> str:
    """Upgrade the database to this program's tables; returns a message that says what was done.

    An existing SQLite file is backed up first. Raises `CannotStart` or `storage.StorageError`.
    """
    url = settings.database.url.get_secret_value()
    check_driver(url)
    shown = make_url(url).render_as_string(hide_password=True)
    file = backups.sqlite_path(url)
    before = None if file is not None and not file.exists() else await current_revision(url)
    if before == head():
        return f"{shown} is already at version {head()}. Nothing to do."
    detail = "Its tables were created."
    if before is not None:
        detail = f"It was at version {before}."
        if file is not None:
            kept = file.with_name(f"{file.name}.version-{before}")
            await asyncio.to_thread(backups.copy_database, file, kept, progress)
            detail += f" A backup of that version is kept as {kept}."
    await upgrade(url)
    await statistics.gather(url)
    if file is not None and before is not None:
        # Migrations and older versions leave copies of deleted text in free pages. Last, since it
        # fails if the disk has no space for it.
        await asyncio.to_thread(compaction.rewrite_file, file)
    return f"{shown} is now at version {head()}. {detail}"


async def move_data(settings: Settings, source: str, target: str, progress: Progress) -> str:
    """Copy all data into another, empty database; returns a message that says what was done.

    The source isn't changed. Raises `CannotStart` or `storage.StorageError`.
    """
    shown = []
    for url in (source, target):
        check_driver(url)
        shown.append(make_url(url).render_as_string(hide_password=True))
    if source == target:
        raise CannotStart(f"Source and target are both {shown[0]}. Pass --from or --to.")
    file = backups.sqlite_path(source)
    if file is not None:
        await asyncio.to_thread(backups.require_unused, file)
    await upgrade(target)
    rows = await data_migration.migrate_data(source, target, progress)
    await statistics.gather(target)
    database = Database(target, limits=COMMANDS)
    try:
        ledger = await database.read(reconciliation.check)
    finally:
        await database.close()
    if ledger.faults:
        fault = ledger_faults.sentence(ledger.faults[0], ENGLISH)
        raise CannotStart(f"The points ledger is inconsistent: {fault}. See `mentorbot check`.")
    message = (
        f"Copied {sum(rows.values()):,} rows of {len(rows)} tables from {shown[0]} to {shown[1]} "
        f"and compared each of them. All balances are right: {ledger.accounts:,} accounts, "
        f"{ledger.transfers:,} transfers."
    )
    if target != settings.database.url.get_secret_value():
        message += " Before the next start, set url in [database] of config.toml to the new one."
    return message


async def backup(
    settings: Settings, target: Path | None, keep: int | None, progress: Progress
) -> Backup:
    """Back up the SQLite database while it is in use, and verify the copy.

    `target` is a file or an existing folder; None means the database's own folder. In a folder,
    the copy is named after the current time, and all but the newest `keep` copies with such names
    are deleted. Raises `CannotStart` or `storage.StorageError`.
    """
    file = _sqlite_file(
        settings, "pg_dump --format=custom --file=mentorbot.dump, with the same host and name"
    )
    if not file.is_file():
        raise CannotStart(f"There is no database at {file}, so there is nothing to back up.")
    destination = file.parent if target is None else target
    if destination.is_dir():
        copy = destination / f"{file.stem}-{datetime.now(UTC):{_TIMESTAMP}}.db"
    elif keep is not None:
        raise CannotStart(f"--keep needs a folder, and {destination} is not one.")
    else:
        copy = destination
    if copy.exists() and copy.samefile(file):
        raise CannotStart("A backup can't replace the database itself. Choose another name.")
    await asyncio.to_thread(backups.copy_database, file, copy, progress)
    ledger = await backups.read_file(copy, reconciliation.check)
    older = sorted(copy.parent.glob(file.stem + _TIMESTAMPED), reverse=True)[keep:] if keep else []
    for old_copy in older:
        old_copy.unlink()
    return Backup(copy, ledger, tuple(older))


def existing_file(settings: Settings) -> Path | None:
    """Return the database's file if it exists. Raises `CannotStart` for PostgreSQL."""
    file = _sqlite_file(settings, "pg_restore")
    return file if file.exists() else None


async def restore(settings: Settings, source: Path, progress: Progress) -> RestoreResult:
    """Replace the database with a backup; the previous one is kept beside it under another name.

    Raises `CannotStart`, `storage.StorageError`, or `storage.backups.DatabaseInUse` while the
    program is running.
    """
    target = _sqlite_file(settings, "pg_restore")
    exists = target.exists()
    backups.check_integrity(source)
    if exists and target.samefile(source):
        raise CannotStart(f"{source} is the database itself.")
    version = await current_revision(backups.sqlite_url(source))
    if version is None:
        raise CannotStart(f"{source} is not a database of mentorbot.")
    ledger = await backups.read_file(source, reconciliation.check)
    if ledger.faults:
        fault = ledger_faults.sentence(ledger.faults[0], ENGLISH)
        raise CannotStart(f"The points ledger in {source} is inconsistent: {fault}.")
    kept = target.with_name(f"{target.name}.replaced-{datetime.now(UTC):{_TIMESTAMP}}")
    await asyncio.to_thread(backups.restore, source, target, kept, progress)
    await statistics.gather(backups.sqlite_url(target))
    return RestoreResult(ledger, version, version != head(), kept if exists else None)


def _sqlite_file(settings: Settings, alternative: str) -> Path:
    """Return the SQLite file. Raises `CannotStart` with an alternative command for PostgreSQL."""
    file = backups.sqlite_path(settings.database.url.get_secret_value())
    if file is None:
        raise CannotStart(f"This database is on PostgreSQL. Use its own tools: {alternative}.")
    return file
