"""Deleting the ids of interactions that were handled long ago (`storage.deduplication`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select

from storage import Transaction
from storage.tables import HandledInteraction

RETENTION = timedelta(days=1)
"""How long an interaction is remembered. Processes receive it at the same time, and Discord accepts
answers for fifteen minutes."""

_DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


async def delete_old(tx: Transaction, limit: int = 5_000) -> int:
    """Delete the oldest ids that are no longer needed, `limit` at most. Returns how many."""
    before = tx.now - RETENTION
    # https://docs.discord.com/developers/reference#snowflakes
    snowflake = ((before - _DISCORD_EPOCH) // timedelta(milliseconds=1)) << 22
    old = (
        select(HandledInteraction.id)
        .where(HandledInteraction.id < snowflake)
        .order_by(HandledInteraction.id)
        .limit(limit)
    )
    deleted = await tx.connection.execute(
        delete(HandledInteraction).where(HandledInteraction.id.in_(old))
    )
    return deleted.rowcount
