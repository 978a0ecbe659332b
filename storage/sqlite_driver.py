"""A SQLite connection that crosses to its thread once a statement instead of four times.

aiosqlite keeps each connection in a thread of its own, and SQLAlchemy asks it for a cursor, the
execution, the rows and the end of the cursor one by one: four trips between threads, each of which
costs more than most statements do. Here one trip brings all of it back.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Self

import aiosqlite

DEFERRED = "BEGIN"
"""How a transaction begins that takes no lock before it needs one."""


class _Outcome(NamedTuple):
    """What a statement left behind, taken while still in the connection's thread."""

    description: Any
    rowcount: int
    lastrowid: int | None
    rows: list[Any]


class Cursor:
    """As much of an asynchronous DBAPI cursor as SQLAlchemy uses; rows come with the execution."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._outcome = _Outcome(None, -1, None, [])

    @property
    def description(self) -> Any:
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._outcome.lastrowid

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> None:
        self._outcome = await self._connection.in_thread(
            _execute, sqlite3.Connection.execute, operation, parameters
        )

    async def executemany(self, operation: str, parameters: Sequence[Any]) -> None:
        self._outcome = await self._connection.in_thread(
            _execute, sqlite3.Connection.executemany, operation, parameters
        )

    async def fetchall(self) -> list[Any]:
        return self._outcome.rows

    async def close(self) -> None:
        """Nothing is left open in the thread."""


class Connection(aiosqlite.Connection):
    """aiosqlite's connection with cursors of the above kind.

    `begins`: a transaction that only looks was begun, and starts with its first statement. `looks`:
    it is such a transaction.
    """

    begins = looks = False

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy enters what it gets
        return Cursor(self)

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread, and see it end: it reports to the event loop, which a caller that does
        not await the report may close right afterwards."""
        stopped: asyncio.Future[Any] | None = super().stop()
        if self._thread.is_alive():
            self._thread.join(timeout=1)
        return stopped

    def begin_to_look(self) -> None:
        """Begin a transaction that writes nothing. It takes no lock, and nothing can be seen of it
        before its first statement, so it begins with that."""
        self.begins = self.looks = True

    async def rollback(self) -> None:
        """End a transaction, if one has really begun."""
        if self.begins:
            self.begins = self.looks = False
            return
        if self.looks:
            # Nothing was written, so nobody has to wait for the end. The thread does one thing
            # after the other; an error would be logged, since nobody retrieves it.
            self.looks = False
            ended = asyncio.get_running_loop().create_future()
            self._tx.put_nowait((ended, self._conn.rollback))
            return
        await super().rollback()

    async def in_thread(self, act: Callable[..., _Outcome], *args: Any) -> _Outcome:
        """Call `act` with the bare connection, in the connection's own thread."""
        if self.begins:
            self.begins = False
            act = partial(_begun, act)
        return await self._execute(act, self._conn, *args)  # type: ignore[no-untyped-call, no-any-return]


def _begun(act: Callable[..., _Outcome], connection: sqlite3.Connection, *args: Any) -> _Outcome:
    connection.execute(DEFERRED)
    return act(connection, *args)


def _execute(connection: sqlite3.Connection, how: Any, operation: str, given: Any) -> _Outcome:
    cursor = how(connection, operation, given)
    try:
        rows = cursor.fetchall() if cursor.description else []
        return _Outcome(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    finally:
        cursor.close()


def connect(database: str, *, pragmas: Sequence[str] = (), **options: Any) -> Connection:
    """A connection to open with `await`, which begins with `pragmas`; its thread doesn't keep the
    program alive."""
    connection = Connection(partial(_opened, database, pragmas, **options), 64)
    connection._thread.daemon = True
    return connection


def _opened(database: str, pragmas: Sequence[str], **options: Any) -> sqlite3.Connection:
    # The driver's own BEGIN comes too late, not at all before DDL, and is deferred.
    connection: sqlite3.Connection = sqlite3.connect(database, isolation_level=None, **options)
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
