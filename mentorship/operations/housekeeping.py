"""Delete what has been kept long enough."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from mentorship import statuses
from storage import Transaction
from storage.tables import IdempotencyKey, Notification, Session

IDEMPOTENCY_KEY_RETENTION = timedelta(days=7)
"""How long a repeated idempotency key is recognised."""

NOTIFICATION_RETENTION = timedelta(days=90)
"""How long a notification is kept after it was sent, failed or dropped."""


@dataclass(frozen=True, slots=True)
class DeletedRows:
    """The numbers of deleted rows."""

    idempotency_keys: int
    notifications: int


async def delete_expired(tx: Transaction, limit: int = 5_000) -> DeletedRows:
    """Delete idempotency keys and notifications whose retention has ended.

    Deletes at most `limit` notifications. Those of a session that isn't over are kept.
    """
    keys = await tx.connection.execute(
        delete(IdempotencyKey).where(IdempotencyKey.created_at < tx.now - IDEMPOTENCY_KEY_RETENTION)
    )
    old = (
        select(Notification.id)
        .outerjoin(Session, Session.id == Notification.session_id)
        .where(
            Notification.status != "waiting",
            Notification.settled_at < tx.now - NOTIFICATION_RETENTION,
            Session.id.is_(None) | Session.status.not_in(statuses.LIVE),
        )
        .limit(limit)
    )
    notifications = await tx.connection.execute(
        delete(Notification).where(Notification.id.in_(old))
    )
    return DeletedRows(keys.rowcount, notifications.rowcount)
