"""Run an act once under an idempotency key, however often it is requested.

The key, a digest of the request and the response are one row, written in the transaction of the act
itself. Of two requests that arrive together the database lets one commit; the other finds the row.
A refused act leaves no row, so the same key may be tried again. Nearly every key is new, so the row
is looked up only when the act is refused or its key is taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from mentorship import idempotency
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
