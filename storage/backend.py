"""What `Database` needs of an engine. `storage.sqlite` and `storage.postgresql` provide it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
"""What runs in a transaction. It may run again if others caused the transaction's rollback."""


async def wait_for_end(future: asyncio.Future[Any]) -> bool:
    """Wait until a future or task is done, whatever its outcome.

    Returns whether the caller was cancelled meanwhile, which neither ends the waiting nor cancels
    the future.
    """
    is_cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            is_cancelled = True
    if not future.cancelled():
        # Otherwise asyncio logs an exception that nobody has asked for.
        future.exception()
    return is_cancelled


class Backend(Protocol):
    """The connections to one database: some to write with, and some to read with."""

    writer: AsyncEngine
    reader: AsyncEngine

    analyzed_tables: Sequence[str]
    """The tables whose statistics the database doesn't keep up to date by itself."""

    async def open(self) -> None:
        """Check that the database can be used as it is set up.

        Raises `DatabaseUnavailable` or `TransactionPooling`.
        """

    async def write(self, work: Work[T], attempt: int, committed: Callable[[T], None]) -> T:
        """Run `work` in a transaction, and return its result once that is committed.

        `attempt` counts from 1. `committed` is called with the result first, in the caller's event
        loop. A caller that is cancelled too late for a rollback waits until the transaction is
        committed; `committed` is called then, too, before `CancelledError` is raised.

        Raises what `work` raises, `DBAPIError` for a conflict, `OutcomeUnknown`, or
        `DatabaseUnavailable` if the transaction was rolled back.
        """

    async def read(self, work: Work[T]) -> T:
        """Run `work` on one snapshot of the data. Raises as `write` does."""

    def may_retry(self, error: DBAPIError, attempt: int, seconds: float) -> bool:
        """Tell whether a transaction that has failed with `error` is to run again.

        `attempt` is the one that failed; `seconds` have passed since the first one began.
        """

    async def wait_before(self, attempt: int) -> None:
        """Wait before an attempt after the first."""

    def change_stamp(self) -> int | None:
        """Return a number that is another one after any commit, or None if that costs too much.

        It is asked in the event loop, so it waits for nothing.
        """

    async def notify_processes(self, connection: AsyncConnection) -> None:
        """Signal all listening processes when the current transaction commits."""

    async def listen(self, outbox_changed: asyncio.Event) -> None:
        """Set `outbox_changed` for commits of other processes, until cancelled.

        Returns at once if they can't signal them.
        """

    async def close(self) -> None:
        """Close all connections; transactions that are still open are rolled back."""
