"""Delete all data of a guild that removed the bot long ago, in batches.

The guild is marked first (`begin`). From then on it is completed, even if the bot is added
again: with half of its data a guild can't be used, since balances don't match the transfers that
are left. Meanwhile use cases refuse the guild (`DataBeingDeleted`), and the clock leaves its
sessions alone. Once everything is deleted, the guild is like one that has never had the bot. See
`docs/decisions/0031-deleting-in-batches.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, UniqueConstraint, bindparam, or_, select, update

from mentorship.guilds.guild_settings import BEING_PURGED
from storage import Transaction
from storage.queries import delete_some
from storage.tables import (
    ExternalCalendar,
    GroupSession,
    Guild,
    Invitation,
    MentorProfile,
    Mentorship,
    Session,
    Table,
)

GUILD_RETENTION = timedelta(days=30)
"""How long the data of a guild is kept after the bot was removed, in case it is added again."""

BATCH_SIZE = 200
"""Rows that are deleted in one transaction, at most."""

NOT_OF_A_GUILD = frozenset(
    {
        "service_clock",
        "dm_budgets",
        "faults",
        "handled_interactions",
        "backups",
        "event_feed",
        "event_cursors",
        "installation",
        "figure_progress",
    }
)
"""Tables whose rows belong to no guild."""

DERIVED = frozenset({"listings"})
"""Tables whose rows triggers delete together with those they derive from."""

_PARENTS: Mapping[str, Any] = {
    "sessions": Session,
    "mentor_profiles": MentorProfile,
    "group_sessions": GroupSession,
    "invitations": Invitation,
    "external_calendars": ExternalCalendar,
    "mentorships": Mentorship,
}
_PARENT_COLUMNS: Mapping[str, str] = {
    "sessions": "session_id",
    "mentor_profiles": "profile_id",
    "group_sessions": "group_id",
    "invitations": "invitation_id",
    "external_calendars": "calendar_id",
    "mentorships": "mentorship_id",
}


_BREAK_CHAINS = (
    update(GroupSession)
    .where(GroupSession.repeat_of.in_(bindparam("ids", expanding=True)))
    .values(repeat_of=None)
)


async def list_due(tx: Transaction) -> list[int]:
    """List the guilds to purge: those of which that has begun, then those left long ago."""
    begun = await tx.connection.scalars(BEING_PURGED.order_by(Guild.purge_began_at))
    left = await tx.connection.scalars(
        select(Guild.id)
        .where(Guild.left_at <= tx.now - GUILD_RETENTION, Guild.purge_began_at.is_(None))
        .order_by(Guild.left_at, Guild.id)
    )
    return [*begun, *left]


async def begin(tx: Transaction, guild_id: int) -> bool:
    """Mark a guild that `list_due` returned; returns whether it is marked now.

    A guild that has added the bot again since isn't.
    """
    result = await tx.connection.execute(
        update(Guild)
        .where(
            Guild.id == guild_id,
            or_(
                Guild.purge_began_at.is_not(None),
                Guild.left_at <= tx.now - GUILD_RETENTION,
            ),
        )
        .values(purge_began_at=tx.now)
    )
    return result.rowcount > 0


async def delete_batch(tx: Transaction, guild_id: int, limit: int = BATCH_SIZE) -> int:
    """Delete at most `limit` rows of a guild that is marked by `begin`, its own row last.

    Returns how many were deleted: 0 when nothing is left, or if the guild isn't marked.
    """
    if await tx.connection.scalar(BEING_PURGED.where(Guild.id == guild_id)) is None:
        return 0
    deleted = 0
    # Rows with foreign keys before the rows that they refer to.
    for table in reversed(Table.metadata.sorted_tables):
        if table.name in NOT_OF_A_GUILD or table.name in DERIVED:
            continue
        if table.name in _PARENTS:
            deleted += await _delete_parents(tx, guild_id, table.name, limit - deleted)
        elif (key := guild_key(table)) is not None:
            deleted += await _delete(tx, table, _is_guild(key[0], guild_id), key, limit - deleted)
        if deleted >= limit:
            break
    return deleted


def guild_key(table: Any) -> Sequence[Column[Any]] | None:
    """Return the columns of an index that begins with a row's guild; None for a table without."""
    if table.name == Guild.__tablename__:
        return list(table.primary_key)
    whole = [
        index.columns
        for index in sorted(table.indexes, key=lambda index: str(index.name))
        if index.dialect_kwargs.get("sqlite_where") is None
    ]
    unique = [each.columns for each in table.constraints if isinstance(each, UniqueConstraint)]
    for columns in (table.primary_key.columns, *unique, *whole):
        key = list(columns)
        if key[0].name == "guild_id":
            return key
    return None


def _is_guild(column: Column[Any], guild_id: int) -> ColumnElement[bool]:
    """Return the condition for a guild's rows, as a range.

    With an equality, PostgreSQL would leave the guild out of ORDER BY. It might then read the
    primary key from its beginning, which has the order, too, but the rows of all guilds.
    """
    return column.between(guild_id, guild_id)


async def _delete_parents(tx: Transaction, guild_id: int, name: str, limit: int) -> int:
    """Delete rows of a table in `_PARENTS`, each after those that name no guild but only it."""
    parent, column = _PARENTS[name].__table__, _PARENT_COLUMNS[name]
    key = guild_key(parent)
    assert key is not None
    of_guild = _is_guild(key[0], guild_id)
    first = select(parent.c.id).where(of_guild).order_by(*key).limit(limit)
    ids = list(await tx.connection.scalars(first))
    if not ids:
        return 0
    if name == GroupSession.__tablename__:
        # A chain may be longer than a batch.
        await tx.connection.execute(_BREAK_CHAINS, {"ids": ids})
    deleted = 0
    for table in Table.metadata.sorted_tables:
        if column in table.c and guild_key(table) is None and table.name not in NOT_OF_A_GUILD:
            of_parents = table.c[column].in_(ids)
            deleted += await _delete(tx, table, of_parents, [table.c[column]], limit - deleted)
            if deleted >= limit:
                return deleted
    return deleted + await _delete(tx, parent, parent.c.id.in_(ids), [parent.c.id], limit - deleted)


async def _delete(
    tx: Transaction, table: Any, condition: Any, key: Sequence[Any], limit: int
) -> int:
    return await delete_some(tx.connection, table, condition, order_by=key, limit=limit)
