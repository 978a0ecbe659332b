"""Idempotency keys: a request that is sent again returns the first response.

A key belongs to one person in one guild. Its row holds a digest of the request and either the
response or the id of the session that was booked. The row is written in the transaction of the
action, so a refused action leaves no row and its key can be used again. Of two concurrent requests
with one key the database lets one commit; the other rolls back and finds the row.

There are three ways to use a key:

- `run_once` acts first and looks the key up only if the action fails. REST calls use it, since
  nearly every key of theirs is new.
- `find_response` and `store_response`, before and after the action, are for transfers of points.
- A booking loads the `StoredRequest` together with the mentee (`sessions.booking_context`), without
  a query of its own, and calls `store_session`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from mentorship.actors import Actor
from mentorship.errors import KeyReused
from storage import Transaction
from storage.tables import IdempotencyKey

# Built once: building a statement takes longer than SQLite takes to run it.
_FIND = select(IdempotencyKey.request, IdempotencyKey.answer).where(
    IdempotencyKey.guild_id == bindparam("guild"),
    IdempotencyKey.user_id == bindparam("user"),
    IdempotencyKey.key == bindparam("key"),
)
_INSERT = insert(IdempotencyKey)


class KeyTaken(Exception):
    """A row with this key already exists, so the action was rolled back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to a request.

    `about_id` is a person other than the caller whom it names: an erasure of theirs clears it.
    """

    body: dict[str, Any]
    about_id: int | None = None


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request that was completed under a key, with the one of its two results that it has."""

    digest: str
    response: dict[str, Any] | None = None
    session_id: int | None = None

    def response_to(self, digest: str) -> dict[str, Any]:
        """Return the response. Raises `KeyReused` if `digest` is of another request."""
        if self.digest != digest or self.response is None:
            raise KeyReused()
        return self.response

    def session_for(self, digest: str) -> int:
        """Return the booked session's id. Raises `KeyReused` if `digest` is of another request."""
        if self.digest != digest or self.session_id is None:
            raise KeyReused()
        return self.session_id


def digest(*parts: object) -> str:
    """Return the SHA-256 of a request's parts in hexadecimal. The key is not a part of it."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


async def find_response(
    tx: Transaction, actor: Actor, key: str | None, digest: str
) -> dict[str, Any] | None:
    """Return the response that was stored under the key; None without a key or for a new one.

    Raises `KeyReused` if the key was used for another request.
    """
    if key is None:
        return None
    params = {"guild": actor.guild, "user": actor.user_id, "key": key}
    row = (await tx.connection.execute(_FIND, params)).one_or_none()
    if row is None:
        return None
    return StoredRequest(row.request, row.answer).response_to(digest)


async def store_response(
    tx: Transaction,
    actor: Actor,
    key: str | None,
    digest: str,
    response: dict[str, Any],
    about_id: int | None = None,
) -> None:
    """Store the response under the key, if there is one. `about_id` is as for `Answer`.

    Raises `IntegrityError` if the key is taken.
    """
    about = None if about_id == actor.user_id else about_id
    await _store(tx, actor, key, digest, {"answer": response, "about_id": about})


async def store_session(
    tx: Transaction, actor: Actor, key: str | None, digest: str, session_id: int
) -> None:
    """Store the booked session under the key, if there is one.

    Raises `IntegrityError` if the key is taken.
    """
    await _store(tx, actor, key, digest, {"session_id": session_id})


async def _store(
    tx: Transaction, actor: Actor, key: str | None, digest: str, result: dict[str, Any]
) -> None:
    if key is None:
        return
    row = {
        "guild_id": actor.guild,
        "user_id": actor.user_id,
        "key": key,
        "request": digest,
        "created_at": tx.now,
    }
    await tx.connection.execute(_INSERT, row | result)


async def run_once(
    tx: Transaction,
    actor: Actor,
    key: str,
    digest: str,
    action: Callable[[Transaction, Actor], Awaitable[Answer]],
) -> Answer:
    """Run `action` and store the response that it returns. The guild's row must exist afterwards.

    Raises `KeyTaken` if the key turns out to be taken, and whatever `action` raises. Either may
    mean that the request was completed before; `find_response`, in a new transaction, tells.
    """
    response = await action(tx, actor)
    try:
        await store_response(tx, actor, key, digest, response.body, response.about_id)
    except IntegrityError as error:
        raise KeyTaken from error
    return response
