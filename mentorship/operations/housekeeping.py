"""What is kept for a while: data of servers that removed the bot, records of what is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from mentorship import statuses
from storage import Transaction
from storage.tables import Guild, IdempotencyKey, MentorProfile, Notification, Session, Table

GUILD_RETENTION = timedelta(days=30)
"""How long the data of a server are kept after it removed the bot, in case it comes back."""

IDEMPOTENCY_KEY_RETENTION = timedelta(days=7)
"""How long an act is known by its idempotency key."""

NOTIFICATION_RETENTION = timedelta(days=90)
"""How long it is known what was sent to whom."""

_DERIVED = frozenset({"listings"})
"""Triggers delete their rows with those that they follow from."""


@dataclass(frozen=True, slots=True)
class DeletedRows:
    """How many rows went."""

    keys: int
    notices: int


async def delete_expired(tx: Transaction, limit: int = 5_000) -> DeletedRows:
    """Delete records whose time is over, so many of each kind at most.

    A notice stays as long as its session isn't over.
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
    notices = await tx.connection.execute(delete(Notification).where(Notification.id.in_(old)))
    return DeletedRows(keys.rowcount, notices.rowcount)


async def list_guilds_to_purge(tx: Transaction) -> list[int]:
    """The servers that removed the bot so long ago that their data go."""
    gone = select(Guild.id).where(Guild.left_at <= tx.now - GUILD_RETENTION).order_by(Guild.id)
    return list(await tx.connection.scalars(gone))


async def purge_guild(tx: Transaction, guild_id: int) -> bool:
    """Delete everything of a server that `list_guilds_to_purge` named; False if it has come back
    since."""
    if guild_id not in await list_guilds_to_purge(tx):
        return False
    # Referring rows before those that they refer to.
    for table in reversed(Table.metadata.sorted_tables):
        columns = table.c
        if table.name in _DERIVED:
            continue
        if table.name == Guild.__tablename__:
            of_guild = columns.id == guild_id
        elif "guild_id" in columns:
            of_guild = columns.guild_id == guild_id
        elif "session_id" in columns:
            of_guild = columns.session_id.in_(
                select(Session.id).where(Session.guild_id == guild_id)
            )
        else:
            of_guild = columns.profile_id.in_(
                select(MentorProfile.id).where(MentorProfile.guild_id == guild_id)
            )
        await tx.connection.execute(delete(table).where(of_guild))
    return True
