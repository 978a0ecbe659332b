"""Encrypt stored secrets again with the first of the encryption keys, in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, select, tuple_, update

from storage import Transaction
from storage.encryption import Undecryptable
from storage.tables import CalendarFeed, ExternalCalendar

COLUMNS: tuple[Any, ...] = (
    CalendarFeed.token,
    ExternalCalendar.address,
    ExternalCalendar.credentials,
    ExternalCalendar.sync_token,
)
"""All columns with encrypted values."""

BATCH_SIZE = 200
"""Rows of one transaction, at most."""


@dataclass(frozen=True, slots=True)
class RotatedBatch:
    """How many values were encrypted again, and how many couldn't be decrypted.

    `last` is the key of the last row, to continue after it; None if there are no more rows.
    """

    done: int
    unreadable: int
    last: tuple[int, ...] | None


async def rotate_batch(
    tx: Transaction, column: Any, after: tuple[int, ...] | None, limit: int = BATCH_SIZE
) -> RotatedBatch:
    """Encrypt the values of some rows again. `column` is one of `COLUMNS`.

    Raises `EncryptionUnavailable` if there is no key.
    """
    table = column.class_
    keys = inspect(table).primary_key
    rows = select(*keys, column.label("value")).order_by(*keys).limit(limit)
    if after is not None:
        rows = rows.where(tuple_(*keys) > tuple_(*after))
    done = unreadable = 0
    found = (await tx.connection.execute(rows)).all()
    for *key, value in found:
        if value is None:
            continue
        try:
            encrypted = tx.cipher.encrypt_again(value)
        except Undecryptable:
            unreadable += 1
            continue
        is_row = [each == part for each, part in zip(keys, key, strict=True)]
        # A value that somebody has changed meanwhile is encrypted with the first key already.
        await tx.connection.execute(
            update(table).where(*is_row, column == value).values({column: encrypted})
        )
        done += 1
    is_last = len(found) < limit
    return RotatedBatch(done, unreadable, None if is_last else tuple(found[-1][:-1]))
