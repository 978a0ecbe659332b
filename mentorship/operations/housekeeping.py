"""Delete what has been kept long enough: old records, and the data of guilds without the bot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from mentorship import statuses
from storage import Transaction
from storage.tables import Guild, IdempotencyKey, MentorProfile, Notification, Session, Table

GUILD_RETENTION = timedelta(days=30)
"""How long the data of a guild is kept after the bot was removed, in case it is added again."""

IDEMPOTENCY_KEY_RETENTION = timedelta(days=7)
"""How long a repeated idempotency key is recognised."""

NOTIFICATION_RETENTION = timedelta(days=90)
"""How long a notification is kept after it was sent, failed or dropped."""

_NOT_PURGED = frozenset({"listings", "service_clock", "faults", "handled_interactions"})
"""Tables whose rows belong to no guild, or are deleted by triggers with those they derive from."""


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


async def list_guilds_to_purge(tx: Transaction) -> list[int]:
    """List the guilds that removed the bot at least `GUILD_RETENTION` ago."""
    guild_ids = select(Guild.id).where(Guild.left_at <= tx.now - GUILD_RETENTION).order_by(Guild.id)
    return list(await tx.connection.scalars(guild_ids))


async def purge_guild(tx: Transaction, guild_id: int) -> bool:
    """Delete all data of a guild that `list_guilds_to_purge` returned.

    Returns False, and deletes nothing, if the bot has been added to the guild again since.
    """
    if guild_id not in await list_guilds_to_purge(tx):
        return False
    # Rows with foreign keys before the rows that they refer to.
    for table in reversed(Table.metadata.sorted_tables):
        columns = table.c
        if table.name in _NOT_PURGED:
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
