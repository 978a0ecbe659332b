"""Doing a whole use case once, however often it is asked for under one key.

The key, what was asked and what was answered stand in one row, written in the transaction of the
act itself. Of two that come at once the database lets one through; the other then finds the row.
An act that was refused leaves none, so the same key may try again. Nearly every key is new, so it
is looked up only when an act is refused or its key is taken.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

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


class DoneBefore(Exception):
    """Something stands under the key already, so the act was taken back."""


async def first(
    tx: Transaction,
    actor: Actor,
    key: Key,
    act: Callable[[Transaction, Actor], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Do `act`, and keep what it came to under the key.

    `act` leaves the guild known, as everything does that writes. Raises `DoneBefore` when it turns
    out that the key is taken, and what `act` raises; both may be since it was `said` before.
    """
    content = await act(tx, actor)
    try:
        await idempotency.remember(tx, actor, _name(key), key.request, content)
    except IntegrityError as error:
        raise DoneBefore from error
    return content


async def said(tx: Transaction, actor: Actor, key: Key) -> dict[str, Any] | None:
    """What was answered under the key, None if nothing was. Raises `KeyReused` for a key that came
    with another request."""
    return await idempotency.answer(tx, actor, _name(key), key.request)


def _name(key: Key) -> str:
    # Keys of confirmation cards are the program's own, and live beside these.
    return f"rest:{key.text}"
