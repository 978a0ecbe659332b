"""Delete events that are older than the operator keeps them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, delete, select, update

from mentorship.operations.retention import BATCH_SIZE
from storage import Transaction
from storage.tables import Event, EventFeed


async def delete_old_events(
    tx: Transaction,
    keep_for: timedelta,
    keep_audited_for: timedelta | None,
    limit: int = BATCH_SIZE,
) -> int:
    """Delete events that happened longer ago than `keep_for`, at most `limit` of them.

    Those of the audit log are kept for `keep_audited_for`, None for ever. Returns how many were
    deleted; when that is `limit`, there may be more. The feed remembers up to which position
    some are missing.
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
    statement = delete(Event).where(Event.id.in_(old)).returning(Event.position)
    positions = (await tx.connection.scalars(statement)).all()
    last = max((position for position in positions if position is not None), default=0)
    if last:
        await tx.connection.execute(_SET_DELETED, {"last": last})
    return len(positions)


_SET_DELETED = (
    update(EventFeed)
    .where(EventFeed.id == 1, EventFeed.deleted_position < bindparam("last"))
    .values(deleted_position=bindparam("last"))
)
