"""`mentorbot migrate`: upgrade the database, or move all data to another."""

from __future__ import annotations

import asyncio
from pathlib import Path

from mentorbot.commands.common import Progress, counted
from mentorbot.database import check_driver
from mentorbot.errors import CannotStart
from mentorbot.settings import Settings
from mentorship.operations import reconciliation
from mentorship.operations.reconciliation import LedgerReport
from storage import DatabaseUnavailable, Transaction, compaction, engines, statistics
from storage.migrations import current_revision, head, upgrade
from storage.operations import backups, data_migration
from storage.operations.move_checks import check_move
from storage.operations.partial_files import partial_file
from storage.operations.restore import DatabaseInUse, require_unused
from wording.administration import ledger_faults
from wording.reader import ENGLISH


async def migrate(settings: Settings, progress: Progress) -> str:
    """Upgrade the database to this program's tables; returns a message that says what was done.

    An existing SQLite file is backed up first, and the backup verified. Raises `CannotStart` or
    `storage.StorageError`; of these, `DatabaseUnavailable` while another program uses the file.
    """
    url = settings.database.url.get_secret_value()
    check_driver(url)
    shown = engines.shown_url(url)
    file = engines.sqlite_path(url)
    before = None if file is not None and not file.exists() else await current_revision(url)
    if before == head():
        return f"{shown} is already at version {head()}. Nothing to do."
    detail = "Its tables were created."
    if before is not None:
        detail = f"It was at version {before}."
        if file is not None:
            _require_unused(file)
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


def _require_unused(file: Path) -> None:
    """Raise `DatabaseUnavailable` if a program has the file open, which it might write to."""
    try:
        require_unused(file)
    except DatabaseInUse as error:
        # It may be the nightly backup, which ends by itself.
        raise DatabaseUnavailable(str(error)) from error


async def move_data(settings: Settings, source: str, target: str, progress: Progress) -> str:
    """Copy all data into another, empty database; returns a message that says what was done.

    Everything is checked before anything is touched. The source isn't changed, and nobody can write
    to it meanwhile. A failure leaves the target as it was. Raises `CannotStart` or
    `storage.StorageError`.
    """
    for url in (source, target):
        check_driver(url)
    has_tables = await check_move(source, target)
    file = engines.sqlite_path(target)
    if file is None or has_tables:
        rows, ledger = await _copy(source, target, progress, create_tables=not has_tables)
        await statistics.gather(target)
    else:
        try:
            with partial_file(file) as part:
                url = engines.sqlite_url(part.path)
                rows, ledger = await _copy(source, url, progress, create_tables=True)
                await statistics.gather(url)
                part.install()
        except OSError as error:
            raise CannotStart(f"{file} can't be written: {error.strerror or error}.") from error
    message = (
        f"Copied {sum(rows.values()):,} rows of {len(rows)} tables from "
        f"{engines.shown_url(source)} to {engines.shown_url(target)} and compared each of them. "
        f"All balances are right: {counted(ledger.accounts, 'account')}, "
        f"{counted(ledger.transfers, 'transfer')}."
    )
    if target != settings.database.url.get_secret_value():
        message += " Before the next start, set url in [database] of config.toml to the new one."
    return message


async def _copy(
    source: str, target: str, progress: Progress, *, create_tables: bool
) -> tuple[dict[str, int], LedgerReport]:
    """Copy all rows, and check the ledger before and after."""
    reports: list[LedgerReport] = []

    async def check(tx: Transaction) -> None:
        report = await reconciliation.check(tx)
        if report.faults:
            fault = ledger_faults.sentence(report.faults[0], ENGLISH)
            of = "copy" if reports else "source"
            raise CannotStart(
                f"The points ledger of the {of} is inconsistent: {fault}. See `mentorbot check`. "
                "Nothing was copied."
            )
        reports.append(report)

    rows = await data_migration.migrate_data(
        source, target, progress, create_tables=create_tables, check=check
    )
    return rows, reports[-1]
