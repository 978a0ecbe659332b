"""Keeping the data: bringing its tables up to date, copies, and putting a copy back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from mentorbot.drivers import check_driver
from mentorbot.errors import CannotStart
from mentorbot.settings import Settings
from mentorship.operations import reconciliation
from mentorship.operations.reconciliation import Books
from storage import Database, backups, data_migration
from storage.migrations import current_revision, head, upgrade

Progress = Callable[[float], None]
"""Is told the part of the work that is done, 0 to 1."""

_STAMP = "%Y%m%dT%H%M%SZ"
_STAMPED = "-????????T??????Z.db"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the database that was looked through, and older ones that made room for it."""

    file: Path
    books: Books
    removed: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """A copy that is the database now. `kept` is the one before, if there was one; `version` is
    that of its tables, and `is_old` says that they must be migrated."""

    books: Books
    version: str
    is_old: bool
    kept: Path | None


async def migrate(settings: Settings, progress: Progress) -> str:
    """Bring the database to this program's tables; returns sentences that say what was done.

    A SQLite file with data in it is copied first. Raises `CannotStart` or `storage.StorageError`.
    """
    url = settings.database.url.get_secret_value()
    check_driver(url)
    shown = make_url(url).render_as_string(hide_password=True)
    file = backups.sqlite_path(url)
    before = None if file is not None and not file.exists() else await current_revision(url)
    if before == head():
        return f"{shown} is at version {head()} already. There was nothing to do."
    said = "Its tables are new."
    if before is not None:
        said = f"It was at version {before}."
        if file is not None:
            kept = file.with_name(f"{file.name}.version-{before}")
            await asyncio.to_thread(backups.copy_database, file, kept, progress)
            said += f" A copy of that is kept as {kept}."
    await upgrade(url)
    return f"{shown} is at version {head()} now. {said}"


async def move(settings: Settings, source: str, target: str, progress: Progress) -> str:
    """Put all data of one database into another, empty one; returns sentences that say so.

    Nothing of the one they come from is changed. Raises `CannotStart` or `storage.StorageError`.
    """
    shown = []
    for url in (source, target):
        check_driver(url)
        shown.append(make_url(url).render_as_string(hide_password=True))
    if source == target:
        raise CannotStart(f"{shown[0]} is both. Say where from, or where to.")
    file = backups.sqlite_path(source)
    if file is not None:
        await asyncio.to_thread(backups.require_unused, file)
    await upgrade(target)
    rows = await data_migration.migrate_data(source, target, progress)
    database = Database(target)
    try:
        found = await database.read(reconciliation.check)
    finally:
        await database.close()
    if found.faults:
        raise CannotStart(f"The books are not right: {found.faults[0]}. See `mentorbot check`.")
    said = (
        f"{sum(rows.values()):,} rows of {len(rows)} tables are in {shown[1]} now, each compared "
        f"with its own in {shown[0]}: {found.accounts:,} accounts and {found.transfers:,} "
        "transfers, whose sums are right."
    )
    if target != settings.database.url.get_secret_value():
        said += " Name it as url in [database] of config.toml before the next start."
    return said


async def backup(
    settings: Settings, target: Path | None, keep: int | None, progress: Progress
) -> Copy:
    """Copy the database while it is used, and look through the copy.

    `target` is a file or an existing folder; None is the database's own. In a folder the copy is
    named for the time, and of those so named the newest `keep` stay. Raises `CannotStart` or
    `storage.StorageError`.
    """
    file = _sqlite(
        settings, "pg_dump --format=custom --file=mentorbot.dump, with the same host and name"
    )
    if not file.is_file():
        raise CannotStart(f"There is no database at {file}, so there is nothing to copy.")
    folder = file.parent if target is None else target
    if folder.is_dir():
        made = folder / f"{file.stem}-{datetime.now(UTC):{_STAMP}}.db"
    elif keep is not None:
        raise CannotStart(f"--keep needs a folder, and {folder} is none.")
    else:
        made = folder
    if made.exists() and made.samefile(file):
        raise CannotStart("The copy can't have the database's own name.")
    await asyncio.to_thread(backups.copy_database, file, made, progress)
    found = await backups.read_file(made, reconciliation.check)
    older = sorted(made.parent.glob(file.stem + _STAMPED), reverse=True)[keep:] if keep else []
    for copy in older:
        copy.unlink()
    return Copy(made, found, tuple(older))


def in_place(settings: Settings) -> Path | None:
    """The database's file if there is one already. Raises `CannotStart` for a server's."""
    file = _sqlite(settings, "pg_restore")
    return file if file.exists() else None


async def restore(settings: Settings, source: Path, progress: Progress) -> Restored:
    """Let a copy be the database; the one that is there is kept beside it under another name.

    Raises `CannotStart`, `storage.StorageError`, or `storage.backups.DatabaseInUse` while the
    program runs.
    """
    target = _sqlite(settings, "pg_restore")
    there = target.exists()
    backups.check_integrity(source)
    if there and target.samefile(source):
        raise CannotStart(f"{source} is the database itself.")
    found_version = await current_revision(f"sqlite+aiosqlite:///{source}")
    if found_version is None:
        raise CannotStart(f"{source} has no tables of mentorbot.")
    found = await backups.read_file(source, reconciliation.check)
    if found.faults:
        raise CannotStart(f"The books in {source} are not right: {found.faults[0]}.")
    kept = target.with_name(f"{target.name}.replaced-{datetime.now(UTC):{_STAMP}}")
    await asyncio.to_thread(backups.restore, source, target, kept, progress)
    return Restored(found, found_version, found_version != head(), kept if there else None)


@asynccontextmanager
async def existing(settings: Settings) -> AsyncIterator[Database]:
    """The database that is there, at this program's version; none is made.

    Raises `CannotStart` or `storage.StorageError`.
    """
    url = settings.database.url.get_secret_value()
    check_driver(url)
    file = backups.sqlite_path(url)
    if file is not None and not file.exists():
        raise CannotStart(f"There is no database at {file} yet. `mentorbot migrate` makes one.")
    database = Database(url)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


def _sqlite(settings: Settings, instead: str) -> Path:
    """The database's file. Raises `CannotStart` where a server keeps the data."""
    file = backups.sqlite_path(settings.database.url.get_secret_value())
    if file is None:
        raise CannotStart(f"This database is PostgreSQL's, which has its own way: {instead}.")
    return file
