"""An aiosqlite connection that crosses to its thread once per statement instead of four times.

aiosqlite runs each connection in a thread of its own. SQLAlchemy asks it for a cursor, the
execution, the rows and the closing of the cursor one by one. Each of these switches threads, which
costs more than most statements do. Here all four happen in one switch.

Private names of aiosqlite that this module uses, as of the version in requirements/:

- `Connection._conn` is the `sqlite3.Connection`. Its methods are called directly, in the thread.
- `Connection._execute` queues a function for the thread and awaits its result. It is the only way
  to run code of our own there.
- `Connection._tx` is the thread's queue of pairs (future, function). Putting a pair into it runs
  the function without awaiting it.
- `Connection._thread` is the thread itself. It is made a daemon, and joined when it stops.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Self

import aiosqlite

DEFERRED = "BEGIN"
"""The statement that begins a transaction without taking a lock before it needs one."""


class _StatementResult(NamedTuple):
    """Everything that SQLAlchemy reads from a cursor, collected in the connection's thread."""

    description: Any
    rowcount: int
    lastrowid: int | None
    rows: list[Any]


class Cursor:
    """The part of an asynchronous DBAPI cursor that SQLAlchemy uses.

    `execute` fetches all rows at once, so the other members return without switching threads.
    """

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._result = _StatementResult(None, -1, None, [])

    @property
    def description(self) -> Any:
        return self._result.description

    @property
    def rowcount(self) -> int:
        return self._result.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._result.lastrowid

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> None:
        self._result = await self._connection.run_in_thread(
            _execute, sqlite3.Connection.execute, operation, parameters
        )

    async def executemany(self, operation: str, parameters: Sequence[Any]) -> None:
        self._result = await self._connection.run_in_thread(
            _execute, sqlite3.Connection.executemany, operation, parameters
        )

    async def fetchall(self) -> list[Any]:
        return self._result.rows

    async def close(self) -> None:
        """Do nothing: the underlying cursor was closed when its rows were fetched."""


class Connection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors are those above.

    A read-only transaction begins together with its first statement. `_begin_pending` is set until
    then, `_read_only` until the transaction ends.
    """

    _begin_pending = False
    _read_only = False

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy uses it as a context manager
        return Cursor(self)

    def stop(self) -> asyncio.Future[Any] | None:
        """Stop the thread and wait for it to end.

        The thread reports its end to the event loop. A caller that doesn't await the report may
        close the loop right afterwards, so the thread must be gone by then.
        """
        stopped: asyncio.Future[Any] | None = super().stop()
        if self._thread.is_alive():
            self._thread.join(timeout=1)
        return stopped

    def begin_read_only(self) -> None:
        """Begin a transaction that writes nothing, with its first statement.

        A deferred BEGIN takes no lock and sees nothing before the first statement, so postponing
        it changes nothing and saves a switch between threads.
        """
        self._begin_pending = self._read_only = True

    async def rollback(self) -> None:
        """Roll back the transaction, if it has really begun."""
        if self._begin_pending:
            self._begin_pending = self._read_only = False
            return
        if self._read_only:
            # Nothing was written, so the caller need not wait: the thread runs what is queued in
            # order. An error would be logged, since nobody retrieves it from the future.
            self._read_only = False
            ended = asyncio.get_running_loop().create_future()
            self._tx.put_nowait((ended, self._conn.rollback))
            return
        await super().rollback()

    async def run_in_thread(
        self, function: Callable[..., _StatementResult], *args: Any
    ) -> _StatementResult:
        """Call `function` with the `sqlite3.Connection` and `args` in the connection's thread."""
        if self._begin_pending:
            self._begin_pending = False
            function = partial(_begin_then, function)
        return await self._execute(function, self._conn, *args)  # type: ignore[no-untyped-call, no-any-return]


def _begin_then(
    function: Callable[..., _StatementResult], connection: sqlite3.Connection, *args: Any
) -> _StatementResult:
    connection.execute(DEFERRED)
    return function(connection, *args)


def _execute(
    connection: sqlite3.Connection, method: Any, operation: str, parameters: Any
) -> _StatementResult:
    cursor = method(connection, operation, parameters)
    try:
        rows = cursor.fetchall() if cursor.description else []
        return _StatementResult(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    finally:
        cursor.close()


def connect(database: str, *, pragmas: Sequence[str] = (), **options: Any) -> Connection:
    """Create a connection, which opens when awaited and runs `pragmas` first.

    Its thread is a daemon, so a connection that was never closed doesn't keep the program alive.
    """
    iter_chunk_size = 64  # aiosqlite requires it; our cursors don't use it
    connection = Connection(partial(_open, database, pragmas, **options), iter_chunk_size)
    connection._thread.daemon = True
    return connection


def _open(database: str, pragmas: Sequence[str], **options: Any) -> sqlite3.Connection:
    # isolation_level=None turns off sqlite3's implicit BEGIN, which comes too late, is deferred,
    # and is missing before DDL. SQLAlchemy's "begin" event sends ours.
    connection: sqlite3.Connection = sqlite3.connect(database, isolation_level=None, **options)
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
