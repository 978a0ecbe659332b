"""A PostgreSQL server: several connections write at once, and conflicts are retried."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines
from storage.backend import T, Work, wait_for_end
from storage.engines import connect
from storage.postgresql import commits, notify, retries
from storage.postgresql.limits import Limits

WRITER_CONNECTIONS = 4
"""Connections that write. With more of them, transactions of the same guild conflict so often that
retries outweigh the gain (docs/decisions/0017)."""

READER_CONNECTIONS = 4
"""Connections that read."""


class PostgresqlBackend:
    """The connections to a PostgreSQL server. A `Backend`."""

    # Autovacuum does it.
    analyzed_tables: Sequence[str] = ()

    def __init__(self, url: str, limits: Limits) -> None:
        self._url = url
        self._limits = limits
        self._retry_queue = retries.RetryQueue(limits.lock)
        self._has_own_sessions = False
        self._identifies: bool | None = None
        self.writer = engines.create_postgresql_engine(
            url, "SERIALIZABLE", pool_size=WRITER_CONNECTIONS, limits=limits
        )
        self.reader = engines.create_postgresql_engine(
            url, "REPEATABLE READ", pool_size=READER_CONNECTIONS, read_only=True, limits=limits
        )

    async def open(self) -> None:
        """Check that no pooler runs each transaction in another session, unless that is known.

        Raises `DatabaseUnavailable` or `TransactionPooling`.
        """
        if not self._has_own_sessions:
            await engines.refuse_transaction_pooling(self.reader, self._limits)
            self._has_own_sessions = True

    async def write(self, work: Work[T], attempt: int, committed: Callable[[T], None]) -> T:
        """Run `work` in a transaction, and return its result once that is committed."""
        identifies = await self._identifies_transactions()
        async with connect(self.writer) as connection, connection.begin() as transaction:
            await self._retry_queue.wait_for_turn(connection, attempt)
            result = await work(connection)
            # A task of its own: nobody could tell the outcome of a COMMIT that is cancelled.
            committing = asyncio.create_task(
                commits.commit(transaction, connection, self.reader, identifies=identifies)
            )
            is_cancelled = await wait_for_end(committing)
            if committing.exception() is None:
                committed(result)
            if is_cancelled:
                raise asyncio.CancelledError
            await committing
        return result

    async def _identifies_transactions(self) -> bool:
        if self._identifies is None:
            self._identifies = await commits.identifies_transactions(self.reader)
        return self._identifies

    async def read(self, work: Work[T]) -> T:
        """Run `work` on one snapshot of the data."""
        async with connect(self.reader) as connection:
            return await work(connection)

    def may_retry(self, error: DBAPIError, attempt: int, seconds: float) -> bool:
        """Tell whether a transaction that has failed with `error` is to run again."""
        return retries.may_retry(error, attempt, seconds)

    async def wait_before(self, attempt: int) -> None:
        """Wait a random time before a later attempt."""
        await retries.wait_before(attempt)

    def change_stamp(self) -> int | None:
        """Return None: a server can only tell by a statement."""
        return None

    async def notify_processes(self, connection: AsyncConnection) -> None:
        """Signal all listening processes when the current transaction commits."""
        await notify.notify_processes(connection)

    async def listen(self, outbox_changed: asyncio.Event) -> None:
        """Set `outbox_changed` for commits of other processes, until cancelled."""
        await notify.listen(self._url, outbox_changed, self._limits)

    async def close(self) -> None:
        """Close all connections; transactions that are still open are rolled back."""
        await asyncio.gather(self.writer.dispose(), self.reader.dispose())
