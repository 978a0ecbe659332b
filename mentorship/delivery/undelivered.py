"""Notifications that could not be delivered to a person, shown at their next command instead."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Integer, bindparam, select, update

from mentorship.delivery.loading import COLUMNS, FAILED, IS_RECIPIENT, DueNotification, load
from storage import Transaction
from storage.tables import Member, Notification

SHOWN_FOR = timedelta(days=14)
"""How long after it failed an undelivered notification can still be shown to its recipient."""

_NOT_SHOWN = FAILED & Notification.shown_at.is_(None)

_NOT_SHOWN_TO_MEMBER = (
    select(*COLUMNS)
    .outerjoin(Member, IS_RECIPIENT)
    .where(
        _NOT_SHOWN,
        Notification.user_id == bindparam("user"),
        Notification.guild_id == bindparam("guild"),
        Notification.settled_at > bindparam("since"),
    )
    .order_by(Notification.id.desc())
    .limit(bindparam("limit", type_=Integer))
)


async def list_for_member(
    tx: Transaction, guild_id: int, user_id: int, limit: int = 5
) -> list[DueNotification]:
    """List what could not be delivered to a person and wasn't shown to them, the latest first.

    Omits what failed more than `SHOWN_FOR` ago. Some may be too late to show (`is_too_late`).
    """
    params = {"guild": guild_id, "user": user_id, "since": tx.now - SHOWN_FOR, "limit": limit}
    rows = await tx.connection.execute(_NOT_SHOWN_TO_MEMBER, params)
    return await load(tx, rows.all())


async def mark_shown(tx: Transaction, guild_id: int, user_id: int) -> None:
    """Record that a person has seen everything that could not be delivered to them."""
    await tx.connection.execute(
        update(Notification)
        .where(_NOT_SHOWN, Notification.user_id == user_id, Notification.guild_id == guild_id)
        .values(shown_at=tx.now)
    )


async def is_first(tx: Transaction, notification: DueNotification) -> bool:
    """Return whether nothing undelivered waits to be shown to the recipient yet."""
    others = select(Notification.id).where(
        _NOT_SHOWN,
        Notification.user_id == notification.user_id,
        Notification.guild_id == notification.guild.id,
    )
    return await tx.connection.scalar(others.limit(1)) is None
