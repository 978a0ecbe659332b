"""Maintenance of the database: upgrade, copy to another database, back up and restore."""

from __future__ import annotations

import asyncio

from sqlalchemy import make_url

from mentorbot.commands.common import Progress
from mentorbot.database import check_driver
from mentorbot.errors import CannotStart
from mentorbot.settings import Settings
from mentorship.operations import reconciliation
from storage import Database, backups, compaction, data_migration, engines, restore, statistics
from storage.migrations import current_revision, head, upgrade
from storage.postgresql.limits import COMMANDS
from wording import ledger_faults
from wording.reader import ENGLISH


async def migrate(settings: Settings, progress: Progress) -> str:
    """Upgrade the database to this program's tables; returns a message that says what was done.

    An existing SQLite file is backed up first. Raises `CannotStart` or `storage.StorageError`.
    """
    url = settings.database.url.get_secret_value()
    check_driver(url)
    shown = make_url(url).render_as_string(hide_password=True)
    file = engines.sqlite_path(url)
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
    file = engines.sqlite_path(source)
    if file is not None:
        await asyncio.to_thread(restore.require_unused, file)
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
