"""The data of the simulation, read with plain SQL beside the program."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from tests.storage.on_postgresql.server import PostgresServer

Rows = list[Mapping[str, Any]]


class Store(Protocol):
    """Where the program keeps its data."""

    @property
    def url(self) -> str:
        """The URL with which the next program opens it."""

    async def rows(self, query: str) -> Rows:
        """Return the rows of a query on a connection of the simulation's own."""

    def snapshot(self) -> AbstractAsyncContextManager[None]:
        """Let all rows be of the same moment while the context is open."""

    async def take_over(self) -> None:
        """Keep what a killed program has left, and nothing that it does from now on."""

    async def close(self) -> None: ...


class SqliteStore:
    """A SQLite file.

    What a kill leaves is copied, with the write-ahead log as it is, and the next program opens the
    copy. So it recovers as after a real kill.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._copies = 0
        self._connect()

    @property
    def url(self) -> str:
        # Attempts that meet a lock of another program give up soon: the simulation has many.
        return f"sqlite+aiosqlite:///{self.file}?timeout=0.01"

    async def rows(self, query: str) -> Rows:
        return [dict(row) for row in self._connection.execute(query)]

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    async def take_over(self) -> None:
        self._connection.close()
        self._copies += 1
        copy = self.file.with_name(f"life{self._copies}.db")
        shutil.copyfile(self.file, copy)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(f"{self.file}-wal", f"{copy}-wal")
        self.file = copy
        self._connect()

    async def close(self) -> None:
        self._connection.close()

    def _connect(self) -> None:
        self._connection = sqlite3.connect(self.file, isolation_level=None)
        self._connection.row_factory = sqlite3.Row


class PostgresStore:
    """A database of a PostgreSQL server, which ends the connections of a killed program."""

    def __init__(self, server: PostgresServer, database: str) -> None:
        self.server, self._database = server, database
        self._connection: Any = None

    @property
    def url(self) -> str:
        return self.server.url(self._database)

    async def rows(self, query: str) -> Rows:
        connection = await self._connect()
        return [dict(row) for row in await connection.fetch(query)]

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        connection = await self._connect()
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield

    async def _connect(self) -> Any:
        import asyncpg  # only needed for PostgreSQL

        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        return self._connection

    async def take_over(self) -> None:
        await self.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


def instant(stored: str | datetime) -> datetime:
    """Return a stored time in UTC. SQLite stores text, PostgreSQL a datetime with its offset."""
    return datetime.fromisoformat(stored).replace(tzinfo=UTC) if isinstance(stored, str) else stored


def optional_instant(stored: str | datetime | None) -> datetime | None:
    return None if stored is None else instant(stored)
