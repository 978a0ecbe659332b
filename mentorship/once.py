"""Doing a whole use case once, however often it is asked for under one key.

The key, what was asked and what was answered stand in one row, written in the transaction of the
act itself. Of two that come at once the database lets one through; the other then finds the row.
An act that was refused leaves none, so the same key may try again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mentorship import idempotency
from mentorship.actors import Actor
from storage import Transaction


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

    `act` leaves the guild known, as everything does that writes. Raises `KeyReused` for a key that
    came with another request, and what `act` raises.
    """
    if key is None:
        return Answer(await act(tx, actor), again=False)
    # Keys of confirmation cards are the program's own, and live beside these.
    name = f"rest:{key.text}"
    before = await idempotency.answer(tx, actor, name, key.request)
    if before is not None:
        return Answer(before, again=True)
    content = await act(tx, actor)
    await idempotency.remember(tx, actor, name, key.request, content)
    return Answer(content, again=False)
