"""Blocks: a member can no longer reach another one through the bot.

A block is known to the member who made it, and to nobody else: the other only learns that somebody
isn't available. It publishes no event, since a person's data export lists the events about them.
`mentorship.sessions.blocking` makes a block, because that also ends requests.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    SQLColumnExpression,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    union_all,
)

from mentorship.actors import Actor
from mentorship.errors import BlockedByYou, NotAvailable, NotFound, OwnCase, Subject
from mentorship.guilds import guild_settings, moderators
from storage import Transaction
from storage.queries import upsert
from storage.tables import Block, Member


@dataclass(frozen=True, slots=True)
class BlockedMember:
    """Somebody whom the actor has blocked."""

    user_id: int
    name: str
    blocked_at: datetime


def select_between(one: str, other: str) -> CompoundSelect[int]:
    """Select who of two people in a `guild` has blocked the other, by parameters of these names."""
    # By the primary key in both directions; with one OR, SQLite may read all blocks of the guild.
    return union_all(
        *(
            select(Block.blocker_id).where(
                Block.guild_id == bindparam("guild"),
                Block.blocker_id == bindparam(blocker),
                Block.blocked_id == bindparam(blocked),
            )
            for blocker, blocked in ((one, other), (other, one))
        )
    )


_SELECT_BETWEEN = select_between("one", "other")
_SELECT_NAME = select(Member.name).where(
    Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user")
)
_SELECT_OWN = (
    select(Block.blocked_id, Member.name, Block.created_at)
    .outerjoin(Member, and_(Member.guild_id == Block.guild_id, Member.user_id == Block.blocked_id))
    .where(
        Block.guild_id == bindparam("guild"),
        Block.blocker_id == bindparam("user"),
        # Not those of people who were erased and haven't come back.
        Block.blocked_id > 0,
    )
    .order_by(Block.created_at.desc(), Block.blocked_id)
    .limit(bindparam("limit", type_=Integer))
)
_COUNT = select(func.count()).where(
    Block.guild_id == bindparam("guild"), Block.blocked_id == bindparam("user")
)
_DELETE = delete(Block).where(
    Block.guild_id == bindparam("guild"),
    Block.blocker_id == bindparam("user"),
    Block.blocked_id == bindparam("other"),
)
UNKNOWN_NAME = "A member"
"""The name of a blocked person who was never recorded in the guild."""


def blocked_with(
    guild_id: SQLColumnExpression[int],
    user_id: SQLColumnExpression[int],
    actor_id: int | ColumnElement[int],
) -> ColumnElement[bool]:
    """Return the condition of a block between a person and the actor, in either direction."""
    # By the primary key in both directions; with one OR, SQLite would use neither.
    return or_(
        *(
            exists().where(
                Block.guild_id == guild_id, Block.blocker_id == one, Block.blocked_id == other
            )
            for one, other in ((user_id, actor_id), (actor_id, user_id))
        )
    )


async def require_not_blocked(tx: Transaction, guild_id: int, actor_id: int, other_id: int) -> None:
    """Raise an error if one of two members has blocked the other, so that neither reaches them.

    `BlockedByYou` if the actor has, otherwise `NotAvailable`, which doesn't say why.
    """
    params = {"guild": guild_id, "one": actor_id, "other": other_id}
    blockers = (await tx.connection.scalars(_SELECT_BETWEEN, params)).all()
    if blockers:
        name = await tx.connection.scalar(_SELECT_NAME, {"guild": guild_id, "user": other_id})
        raise refusal(blockers, actor_id, name or "")


def refusal(blockers: Collection[int], actor_id: int, name: str) -> BlockedByYou | NotAvailable:
    """Return the error for an actor who tries to reach somebody called `name`.

    `blockers` are the ids of those of the two who have blocked the other: one at least.
    """
    return BlockedByYou(name) if actor_id in blockers else NotAvailable(name)


async def exists_between(tx: Transaction, guild_id: int, one_id: int, other_id: int) -> bool:
    """Return whether one of two members has blocked the other."""
    params = {"guild": guild_id, "one": one_id, "other": other_id}
    return (await tx.connection.scalar(_SELECT_BETWEEN, params)) is not None


async def is_blocked_by(tx: Transaction, guild_id: int, actor_id: int, other_id: int) -> bool:
    """Return whether the other person has blocked the actor."""
    params = {"guild": guild_id, "one": actor_id, "other": other_id}
    return other_id in (await tx.connection.scalars(_SELECT_BETWEEN, params)).all()


async def list_own(tx: Transaction, actor: Actor, limit: int = 1_000) -> list[BlockedMember]:
    """List whom the actor has blocked, the latest block first."""
    params = {"guild": actor.guild, "user": actor.user_id, "limit": limit}
    rows = await tx.connection.execute(_SELECT_OWN, params)
    return [BlockedMember(user_id, name or UNKNOWN_NAME, at) for user_id, name, at in rows]


async def insert(
    tx: Transaction, guild_id: int, blocker_id: int, blocked_id: int, blocked_name: str | None
) -> None:
    """Write a block, if there is none yet. The blocker's row must exist.

    The name of somebody who isn't recorded is kept, so that the block can be found to lift it.
    """
    if blocked_name is not None:
        named = upsert(tx.dialect, Member).values(
            guild_id=guild_id, user_id=blocked_id, name=blocked_name, created_at=tx.now
        )
        await tx.connection.execute(named.on_conflict_do_nothing())
    block = upsert(tx.dialect, Block).values(
        guild_id=guild_id, blocker_id=blocker_id, blocked_id=blocked_id, created_at=tx.now
    )
    await tx.connection.execute(block.on_conflict_do_nothing())


async def unblock(tx: Transaction, actor: Actor, other_id: int) -> str:
    """Lift the actor's block of somebody, and return their name. Raises `NotFound`."""
    params = {"guild": actor.guild, "user": actor.user_id, "other": other_id}
    if not (await tx.connection.execute(_DELETE, params)).rowcount:
        raise NotFound(Subject.BLOCK)
    name = await tx.connection.scalar(_SELECT_NAME, {"guild": actor.guild, "user": other_id})
    return name or UNKNOWN_NAME


async def count_blockers(tx: Transaction, actor: Actor, user_id: int) -> int:
    """Return how many members have blocked someone. Raises `NotAModerator`, `OwnCase`.

    Moderators learn the number only, never who it is. Their own number would tell them: it rises
    when somebody isn't available any more.
    """
    moderators.require_moderator(actor, await guild_settings.load(tx, actor.guild))
    if user_id == actor.user_id:
        raise OwnCase()
    params = {"guild": actor.guild, "user": user_id}
    return (await tx.connection.execute(_COUNT, params)).scalar_one()
