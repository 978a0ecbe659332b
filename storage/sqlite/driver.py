"""An asynchronous SQLite driver that runs each statement at once, in the thread of its event loop.

aiosqlite gives each connection a thread and crosses to it and back for every statement, which takes
longer than most statements do. Here the whole event loop has a thread of its own
(`storage.sqlite.threads`), so nothing has to be crossed within a transaction.

SQLAlchemy's dialect for aiosqlite talks to these classes through its option `async_creator_fn`.
They have what the dialect uses of aiosqlite's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

DEFERRED = "BEGIN"
"""The statement that begins a transaction without a lock."""


class Cursor:
    """The part of an asynchronous DBAPI cursor that SQLAlchemy uses.

    `execute` fetches all rows at once and closes the cursor, so nothing is left to do afterwards.
    """

    arraysize = 1
    description: Any = None
    rowcount = -1
    lastrowid: int | None = None

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> None:
        with self._connection.guard() as raw:
            self._keep(raw.execute(operation, parameters))

    async def executemany(self, operation: str, parameters: Sequence[Any]) -> None:
        with self._connection.guard() as raw:
            self._keep(raw.executemany(operation, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        try:
            self.description = cursor.description
            self._rows = cursor.fetchall() if cursor.description else []
            # Known only after the rows of a RETURNING were fetched.
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        finally:
            cursor.close()

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """Do nothing: the cursor was closed when its rows were fetched."""


class Connection:
    """An open connection, used by the thread that opened it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # SQLAlchemy's dialect reads this name, to see whether the connection is open.
        self._connection = connection
        self._ended_by: sqlite3.Error | None = None

    @property
    def isolation_level(self) -> str | None:
        return self._connection.isolation_level

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun, and no error has ended it."""
        return self._connection.in_transaction

    def cursor(self) -> Cursor:
        return Cursor(self)

    @contextmanager
    def guard(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for a statement.

        An error such as a full disk may end the whole transaction. Then each further statement
        raises it, too, until the rollback. Outside a transaction it would be committed at once.
        """
        if self._ended_by is not None:
            raise self._ended_by
        was_in_transaction = self.in_transaction
        try:
            yield self._connection
        except sqlite3.Error as error:
            if was_in_transaction and not self.in_transaction:
                self._ended_by = error
            raise

    def begin_deferred(self) -> None:
        """Begin a transaction whose first statement takes the lock that it needs."""
        self._connection.execute(DEFERRED).close()

    async def create_function(self, *args: Any, **options: Any) -> None:
        self._connection.create_function(*args, **options)

    async def commit(self) -> None:
        """Commit. Raises `OperationalError` if an error has rolled back the transaction already.

        sqlite3 itself would do nothing then, and what is lost would be reported as saved.
        """
        if self._ended_by is not None:
            raise self._ended_by
        if not self._connection.in_transaction:
            raise sqlite3.OperationalError("the transaction was rolled back before its commit")
        self._connection.commit()

    async def rollback(self) -> None:
        self._ended_by = None
        self._connection.rollback()

    async def close(self) -> None:
        self._connection.close()

    def stop(self) -> None:
        """Close at once; SQLAlchemy calls it where nothing can be awaited."""
        self._connection.close()


def creator(pragmas: Sequence[str]) -> Callable[..., Any]:
    """Return a function that opens a connection and runs the pragmas first."""

    async def connect(database: str, **options: Any) -> Connection:
        # isolation_level=None turns off sqlite3's implicit BEGIN, which comes too late, is
        # deferred, and is missing before DDL. SQLAlchemy's "begin" event sends ours.
        connection = sqlite3.connect(database, isolation_level=None, **options)
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error:
            connection.close()
            raise
        return Connection(connection)

    return connect
