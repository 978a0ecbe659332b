"""Delete events that are older than the operator keeps them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from mentorship.operations.retention import BATCH_SIZE
from storage import Transaction
from storage.tables import Event


async def delete_old_events(
    tx: Transaction,
    keep_for: timedelta,
    keep_audited_for: timedelta | None,
    limit: int = BATCH_SIZE,
) -> int:
    """Delete events that happened longer ago than `keep_for`, at most `limit` of them.

    Those of the audit log are kept for `keep_audited_for`, None for ever. Returns how many were
    deleted; when that is `limit`, there may be more.
    """
    deleted = await _delete(tx, keep_for, limit, audited=False)
    if keep_audited_for is not None and deleted < limit:
        deleted += await _delete(tx, keep_audited_for, limit - deleted, audited=True)
    return deleted


async def _delete(tx: Transaction, keep_for: timedelta, limit: int, *, audited: bool) -> int:
    old = (
        select(Event.id)
        .where(Event.audited.is_(audited), Event.occurred_at < tx.now - keep_for)
        .order_by(Event.occurred_at)
        .limit(limit)
    )
    result = await tx.connection.execute(delete(Event).where(Event.id.in_(old)))
    return result.rowcount
