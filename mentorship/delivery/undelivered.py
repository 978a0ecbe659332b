"""Notifications that could not be delivered to a person, shown at their next command instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Integer, bindparam, select, update

from mentorship.delivery.loading import FAILED, DueNotification, load, read_rows
from storage import Transaction
from storage.tables import Notification

SHOWN_FOR = timedelta(days=14)
"""How long after it failed an undelivered notification can still be shown to its recipient."""

_OF_MEMBER_AND_NOT_SHOWN = (
    FAILED,
    Notification.shown_at.is_(None),
    Notification.user_id == bindparam("user"),
    Notification.guild_id == bindparam("guild"),
    Notification.settled_at > bindparam("since"),
)

_LATEST = (
    select(Notification.id)
    .where(*_OF_MEMBER_AND_NOT_SHOWN)
    .order_by(Notification.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_ANY = select(Notification.id).where(*_OF_MEMBER_AND_NOT_SHOWN).limit(1)


@dataclass(frozen=True, slots=True)
class UndeliveredPage:
    """Undelivered notifications of a person, the latest first.

    Some may be too late to show (`is_too_late`). `unreadable_ids` are those whose data can't be
    read, so that they can't be shown.
    """

    notifications: Sequence[DueNotification]
    unreadable_ids: Collection[int]


async def list_for_member(
    tx: Transaction, guild_id: int, user_id: int, limit: int
) -> UndeliveredPage:
    """List what could not be delivered to a person and wasn't shown to them, the latest first.

    Omits what failed more than `SHOWN_FOR` ago.
    """
    params = _params(tx, guild_id, user_id) | {"limit": limit}
    ids = (await tx.connection.scalars(_LATEST, params)).all()
    found, unreadable = await read_rows(tx, ids)
    rows = [row for row in found if row.purge_began_at is None]
    notifications, unloadable = await load(tx, rows)
    return UndeliveredPage(notifications, {*unreadable, *unloadable})


async def mark_shown(
    tx: Transaction, guild_id: int, user_id: int, notification_ids: Collection[int]
) -> None:
    """Record that a person has seen these notifications, or that they are too late to be seen."""
    await tx.connection.execute(
        update(Notification)
        .where(
            Notification.id.in_(notification_ids),
            Notification.user_id == user_id,
            Notification.guild_id == guild_id,
            FAILED,
        )
        .values(shown_at=tx.now)
    )


async def is_first(tx: Transaction, notification: DueNotification) -> bool:
    """Return whether nothing undelivered waits to be shown to the recipient yet."""
    assert notification.user_id is not None
    params = _params(tx, notification.guild.id, notification.user_id)
    return await tx.connection.scalar(_ANY, params) is None


def _params(tx: Transaction, guild_id: int, user_id: int) -> dict[str, object]:
    return {"guild": guild_id, "user": user_id, "since": tx.now - SHOWN_FOR}
