"""Delete webhook deliveries that are old, and those of deleted endpoints."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import literal_column, select

from storage import Transaction
from storage.queries import delete_some
from storage.tables import WebhookDelivery, WebhookEndpoint

RETENTION = timedelta(days=30)
"""How long a delivery is kept after it was settled."""

BATCH_SIZE = 500
"""Rows that are deleted in one transaction, at most."""


async def delete_removed(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Delete deliveries of a deleted endpoint, and at last the endpoint. Returns how many rows.

    0 means that there is nothing left to delete.
    """
    endpoint_id = await tx.connection.scalar(_REMOVED)
    if endpoint_id is None:
        return 0
    table = WebhookDelivery.__table__
    deleted = await delete_some(
        tx.connection,
        table,
        table.c.endpoint_id == endpoint_id,
        order_by=[table.c.endpoint_id, table.c.status, table.c.id],
        limit=limit,
    )
    if deleted < limit:
        endpoints = WebhookEndpoint.__table__
        deleted += await delete_some(
            tx.connection,
            endpoints,
            endpoints.c.id == endpoint_id,
            order_by=[endpoints.c.id],
            limit=1,
        )
    return deleted


async def delete_old(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Delete up to `limit` deliveries that were settled `RETENTION` ago. Returns how many."""
    table = WebhookDelivery.__table__
    return await delete_some(
        tx.connection,
        table,
        table.c.settled_at < tx.now - RETENTION,
        order_by=[table.c.settled_at],
        limit=limit,
    )


_REMOVED = (
    select(WebhookEndpoint.id)
    .where(WebhookEndpoint.disabled_reason == literal_column("'deleted'"))
    .order_by(WebhookEndpoint.id)
    .limit(1)
)
