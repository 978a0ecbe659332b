"""Acts that are done once under a key, however often they are asked for."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import bindparam, insert, select

from mentorship.actors import Actor
from mentorship.errors import KeyReused
from storage import Transaction
from storage.tables import IdempotencyKey

# Built once, since a booking over REST has no time to lose.
_FIND = select(IdempotencyKey.request, IdempotencyKey.answer).where(
    IdempotencyKey.guild_id == bindparam("guild"),
    IdempotencyKey.user_id == bindparam("user"),
    IdempotencyKey.key == bindparam("key"),
)
_REMEMBER = insert(IdempotencyKey)


def digest(*parts: object) -> str:
    """Stands for what is asked, without the key it is asked under."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


async def answer(
    tx: Transaction, actor: Actor, key: str | None, request: str
) -> dict[str, Any] | None:
    """What was answered to the same request under the key before, None if it is new.

    `request` is a digest. Raises `KeyReused` when the key came before with another one.
    """
    if key is None:
        return None
    asked = {"guild": actor.guild, "user": actor.user_id, "key": key}
    found = (await tx.connection.execute(_FIND, asked)).one_or_none()
    if found is None:
        return None
    if found.request != request or found.answer is None:
        raise KeyReused()
    given: dict[str, Any] = found.answer
    return given


async def remember(
    tx: Transaction, actor: Actor, key: str | None, request: str, given: dict[str, Any]
) -> None:
    """Keep what was answered, in the transaction of the act itself. Raises `IntegrityError` when
    something is kept under the key already."""
    if key is None:
        return
    row = {
        "guild_id": actor.guild,
        "user_id": actor.user_id,
        "key": key,
        "request": request,
        "answer": given,
        "created_at": tx.now,
    }
    await tx.connection.execute(_REMEMBER, row)
