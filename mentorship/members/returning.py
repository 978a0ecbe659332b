"""Recognize people who return after the erasure of their data in a guild.

An erased person is remembered as a digest: the HMAC-SHA256 (RFC 2104) of their user id under a
secret key of the guild, which is deleted with the guild's data. So nobody gets a second starting
balance, or evades a moderator's decision or a block, by being erased and coming back. See
`docs/decisions/0023-what-outlasts-an-erasure.md`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from storage import Transaction
from storage.queries import upsert
from storage.tables import Block, ErasedPerson, Guild


@dataclass(frozen=True, slots=True)
class ErasureRecord:
    """What is remembered of a person whose data in a guild was erased.

    `erased_at` is the latest erasure. They can't apply before `may_apply_from`, if that is set.
    """

    erased_at: datetime
    may_apply_from: datetime | None
    was_suspended: bool


_SELECT_KEY = select(Guild.person_key).where(Guild.id == bindparam("guild"))
_SET_KEY = (
    update(Guild)
    .where(Guild.id == bindparam("guild"), Guild.person_key.is_(None))
    .values(person_key=bindparam("key"))
)
_IS_PERSON = (
    ErasedPerson.guild_id == bindparam("guild"),
    ErasedPerson.digest == bindparam("person"),
)
_SELECT = select(
    ErasedPerson.erased_at, ErasedPerson.may_apply_from, ErasedPerson.was_suspended
).where(*_IS_PERSON)
# `+ 0` keeps SQLite from reading all blocks of the guild.
_BLOCKED_FROM = (Block.guild_id + 0 == bindparam("guild"), Block.blocked_id == bindparam("from"))
_DELETE_SECOND_BLOCKS = delete(Block).where(
    *_BLOCKED_FROM,
    Block.blocker_id.in_(
        select(Block.blocker_id).where(
            Block.guild_id + 0 == bindparam("guild"), Block.blocked_id == bindparam("to")
        )
    ),
)
_MOVE_BLOCKS = update(Block).where(*_BLOCKED_FROM).values(blocked_id=bindparam("to"))
_LIFT_SUSPENSION = (
    update(ErasedPerson).where(*_IS_PERSON, ErasedPerson.was_suspended).values(was_suspended=False)
)


async def find(tx: Transaction, guild_id: int, user_id: int) -> ErasureRecord | None:
    """Return what is remembered of a person, or None if they were never erased in this guild.

    A guild in which nobody was erased costs one statement, any other two.
    """
    params = await _params(tx, guild_id, user_id)
    if params is None:
        return None
    row = (await tx.connection.execute(_SELECT, params)).one_or_none()
    return None if row is None else ErasureRecord(*row)


async def remember(
    tx: Transaction,
    guild_id: int,
    user_id: int,
    *,
    may_apply_from: datetime | None,
    was_suspended: bool,
) -> None:
    """Remember a person whose data is erased now. What an earlier erasure left is kept, too.

    Blocks of this person stay, without their id. The guild's row must exist.
    """
    key = {"guild": guild_id, "key": secrets.token_hex(32)}
    await tx.connection.execute(_SET_KEY, key)
    params = await _params(tx, guild_id, user_id)
    assert params is not None
    earlier = (await tx.connection.execute(_SELECT, params)).one_or_none()
    if earlier is not None:
        waits = (earlier.may_apply_from, may_apply_from)
        may_apply_from = max((wait for wait in waits if wait is not None), default=None)
        was_suspended = was_suspended or earlier.was_suspended
    values = {
        "erased_at": tx.now,
        "may_apply_from": may_apply_from,
        "was_suspended": was_suspended,
    }
    statement = upsert(tx.dialect, ErasedPerson).values(
        guild_id=guild_id, digest=params["person"], **values
    )
    await tx.connection.execute(
        statement.on_conflict_do_update(index_elements=["guild_id", "digest"], set_=values)
    )
    await _move_blocks(tx, guild_id, user_id, _placeholder(params["person"]))


async def keep_blocks(tx: Transaction, guild_id: int, user_id: int) -> None:
    """Keep the blocks of an erased person without their id, as `remember` does."""
    params = await _params(tx, guild_id, user_id)
    if params is not None:
        await _move_blocks(tx, guild_id, user_id, _placeholder(params["person"]))


async def restore_blocks(tx: Transaction, guild_id: int, user_id: int) -> None:
    """Let the blocks of somebody who was erased apply again, since they use the bot again.

    A guild in which nobody was erased costs one statement, any other three.
    """
    params = await _params(tx, guild_id, user_id)
    if params is not None:
        await _move_blocks(tx, guild_id, _placeholder(params["person"]), user_id)


async def lift_suspension(tx: Transaction, guild_id: int, user_id: int) -> bool:
    """Let somebody who was suspended when they were erased apply again.

    Returns False, and changes nothing, if there is no such suspension.
    """
    params = await _params(tx, guild_id, user_id)
    if params is None:
        return False
    return (await tx.connection.execute(_LIFT_SUSPENSION, params)).rowcount > 0


async def _move_blocks(tx: Transaction, guild_id: int, from_id: int, to_id: int) -> None:
    params = {"guild": guild_id, "from": from_id, "to": to_id}
    # Whoever has blocked both ids needs one block only.
    await tx.connection.execute(_DELETE_SECOND_BLOCKS, params)
    await tx.connection.execute(_MOVE_BLOCKS, params)


def _placeholder(digest: str) -> int:
    """Return the id under which blocks of an erased person are kept: negative, unlike Discord's."""
    return -1 - int(digest[:13], 16)


async def _params(tx: Transaction, guild_id: int, user_id: int) -> dict[str, Any] | None:
    """Return the parameters that name a person, None in a guild in which nobody was erased."""
    key = await tx.connection.scalar(_SELECT_KEY, {"guild": guild_id})
    if key is None:
        return None
    digest = hmac.new(bytes.fromhex(key), str(user_id).encode(), hashlib.sha256).hexdigest()
    return {"guild": guild_id, "person": digest}
