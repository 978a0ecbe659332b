"""An asynchronous SQLite driver that runs each statement at once, in the thread of its event loop.

aiosqlite gives each connection a thread and crosses to it and back for every statement, which takes
longer than most statements do. Here the whole event loop has a thread of its own
(`storage.sqlite_threads`), so nothing has to be crossed within a transaction.

SQLAlchemy's dialect for aiosqlite talks to these classes through its option `async_creator_fn`.
They have what the dialect uses of aiosqlite's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Self


class Cursor:
    """The part of an asynchronous DBAPI cursor that SQLAlchemy uses.

    `execute` fetches all rows at once and closes the cursor, so nothing is left to do afterwards.
    """

    arraysize = 1
    description: Any = None
    rowcount = -1
    lastrowid: int | None = None

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> None:
        self._keep(self._connection.execute(operation, parameters))

    async def executemany(self, operation: str, parameters: Sequence[Any]) -> None:
        self._keep(self._connection.executemany(operation, parameters))

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

    @property
    def isolation_level(self) -> str | None:
        return self._connection.isolation_level

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun, and no error has ended it."""
        return self._connection.in_transaction

    def cursor(self) -> Cursor:
        return Cursor(self._connection)

    async def create_function(self, *args: Any, **options: Any) -> None:
        self._connection.create_function(*args, **options)

    async def commit(self) -> None:
        """Commit. Raises `OperationalError` if an error has rolled back the transaction already.

        sqlite3 itself would do nothing then, and what is lost would be reported as saved.
        """
        if not self._connection.in_transaction:
            raise sqlite3.OperationalError("the transaction was rolled back before its commit")
        self._connection.commit()

    async def rollback(self) -> None:
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
