"""The backups that were completed and verified, newest last.

`mentorbot backup` records each in the database that it has copied. A restored database has the
records from before its own backup.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from storage import Transaction
from storage.tables import CompletedBackup

RETENTION = timedelta(days=90)
"""How long a record is kept; the newest is kept for ever."""


async def record(tx: Transaction, *, size_bytes: int, duration: timedelta) -> None:
    """Record that a backup was completed and verified just now.

    `size_bytes` is the size of its file, `duration` how long it took, verification included.
    """
    await tx.connection.execute(
        insert(CompletedBackup).values(
            completed_at=tx.now,
            size_bytes=size_bytes,
            duration_ms=duration // timedelta(milliseconds=1),
        )
    )


async def last_completed(tx: Transaction) -> datetime | None:
    """Return when the newest backup was completed, in UTC; None if there is no record of any."""
    newest = select(CompletedBackup.completed_at).order_by(CompletedBackup.id.desc()).limit(1)
    completed_at: datetime | None = await tx.connection.scalar(newest)
    return completed_at


async def delete_old(tx: Transaction, limit: int = 1_000) -> int:
    """Delete up to `limit` records that are older than `RETENTION`; return how many."""
    newest = select(func.max(CompletedBackup.id)).scalar_subquery()
    old = (
        select(CompletedBackup.id)
        .where(CompletedBackup.completed_at <= tx.now - RETENTION, CompletedBackup.id < newest)
        .order_by(CompletedBackup.id)
        .limit(limit)
    )
    deleted = await tx.connection.execute(
        delete(CompletedBackup).where(CompletedBackup.id.in_(old))
    )
    return deleted.rowcount
