"""A SQLite file: one thread writes, and some read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines, statistics
from storage.backend import T, Work
from storage.error_classes import is_conflict
from storage.sqlite.change_counter import ChangeCounter
from storage.sqlite.group_commit import GroupCommit
from storage.sqlite.threads import ReaderThreads, SqliteThread

BUSY_TIMEOUT_S = 0.25
"""SQLite busy timeout per attempt, in seconds. All attempts together stay under the three seconds
in which Discord wants an answer."""

MAX_ATTEMPTS = 8
"""How often a transaction is started, at most, while another program holds the write lock."""

READER_CONNECTIONS = 4
"""Connections that read; each has a thread."""


class SqliteBackend:
    """The connections to a SQLite file. A `Backend`.

    `synchronous` is SQLite's pragma of that name. The URL may set `timeout`, the busy timeout per
    attempt in seconds; the default is `BUSY_TIMEOUT_S`.
    """

    analyzed_tables: Sequence[str] = statistics.TABLES

    def __init__(self, url: str, synchronous: str) -> None:
        # A single writing connection lets this process's transactions queue in order instead
        # of polling a locked file. In WAL mode the readers never wait for it.
        pragmas = (
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
            # Deleted content is overwritten at once (docs/decisions/0031).
            "secure_delete = ON",
        )
        self.writer = engines.create_sqlite_engine(
            url, begin="BEGIN IMMEDIATE", pragmas=pragmas, busy_timeout=BUSY_TIMEOUT_S
        )
        self.reader = engines.create_sqlite_engine(
            url, begin="BEGIN", pragmas=(*pragmas, "query_only = ON")
        )
        self._group = GroupCommit(SqliteThread("sqlite writer", self.writer))
        self._readers = ReaderThreads(self.reader, READER_CONNECTIONS)
        path = engines.sqlite_path(url)
        assert path is not None
        self._changes = ChangeCounter(path)

    async def open(self) -> None:
        """Do nothing: any file can be used."""

    async def write(self, work: Work[T], attempt: int, committed: Callable[[T], None]) -> T:
        """Run `work` in a transaction, and return its result once that is committed."""
        return await self._group.run(work, committed)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on one snapshot of the data."""
        return await self._readers.run(work)

    def may_retry(self, error: DBAPIError, attempt: int, seconds: float) -> bool:
        """Tell whether a transaction that has failed with `error` is to run again."""
        return is_conflict(error) and attempt < MAX_ATTEMPTS

    async def wait_before(self, attempt: int) -> None:
        """Do nothing: the busy timeout of the last attempt has passed already."""

    def change_stamp(self) -> int | None:
        """Return SQLite's own number of the file's version."""
        return self._changes.read()

    async def notify_processes(self, connection: AsyncConnection) -> None:
        """Do nothing: other processes find new notifications when they poll."""

    async def listen(self, outbox_changed: asyncio.Event) -> None:
        """Return at once: SQLite has no way to signal other processes."""

    async def close(self) -> None:
        """Close all connections; transactions that are still open are rolled back."""
        await self._group.close()
        await self._readers.close()
        self._changes.close()
