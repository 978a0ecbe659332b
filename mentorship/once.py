"""Doing a thing once, however often it is asked for under one key.

The key, what was asked and what was answered stand in one row, written in the transaction of the
act itself. Of two that come at once the database lets one through; the other then finds the row.
An act that was refused leaves none, so the same key may try again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from mentorship import guilds
from mentorship.actors import Actor
from mentorship.errors import KeyReused
from storage import Transaction
from storage.tables import IdempotencyKey

KEPT_FOR = timedelta(days=7)
"""How long a key is remembered."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that the caller chose, and a digest of what is asked under it."""

    text: str
    request: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an act came to, fit for JSON; `again`: it was done before, and this is what was said."""

    content: dict[str, Any]
    again: bool


async def once(
    tx: Transaction,
    actor: Actor,
    key: Key | None,
    act: Callable[[Transaction, Actor], Awaitable[dict[str, Any]]],
) -> Answer:
    """Do `act`, unless the actor did it under this key before; without a key, do it.

    Raises `KeyReused` for a key that came with another request, and what `act` raises.
    """
    if key is None:
        return Answer(await act(tx, actor), again=False)
    # Keys of confirmation cards are the program's own, and live beside these.
    name = f"rest:{key.text}"
    found = (
        await tx.connection.execute(
            select(IdempotencyKey.request, IdempotencyKey.answer).where(
                IdempotencyKey.guild_id == actor.guild,
                IdempotencyKey.user_id == actor.user_id,
                IdempotencyKey.key == name,
            )
        )
    ).one_or_none()
    if found is not None:
        if found.request != key.request or found.answer is None:
            raise KeyReused()
        return Answer(found.answer, again=True)
    content = await act(tx, actor)
    await guilds.ensure(tx, actor.guild)
    await tx.connection.execute(
        insert(IdempotencyKey).values(
            guild_id=actor.guild,
            user_id=actor.user_id,
            key=name,
            request=key.request,
            answer=content,
            created_at=tx.now,
        )
    )
    return Answer(content, again=False)


async def forget_old(tx: Transaction) -> int:
    """Forget keys that nobody will send again. Returns how many."""
    old = delete(IdempotencyKey).where(IdempotencyKey.created_at < tx.now - KEPT_FOR)
    return (await tx.connection.execute(old)).rowcount
