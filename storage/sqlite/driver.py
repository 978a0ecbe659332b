"""A SQLite driver for SQLAlchemy's asynchronous engines that runs each statement at once.

A use case runs in a thread of its own (`storage.sqlite.threads`), where nothing else could run
while SQLite works. So there is nothing to wait for, and a statement needs no greenlet and no second
layer of cursors, which take twice the CPU time of everything else (docs/decisions/0041).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

DRIVER = "sqlite+direct"
"""The name of this driver in SQLAlchemy's URLs."""


class Cursor:
    """A DBAPI cursor. `execute` fetches all rows at once, so nothing is left open afterwards."""

    arraysize = 1
    description: Any = None
    rowcount = -1
    lastrowid: int | None = None

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Iterator[Any] = iter(())

    def execute(self, operation: str, parameters: Any = ()) -> None:
        self._run(sqlite3.Connection.execute, operation, parameters)

    def executemany(self, operation: str, parameters: Sequence[Any]) -> None:
        self._run(sqlite3.Connection.executemany, operation, parameters)

    def _run(self, execute: Callable[..., sqlite3.Cursor], operation: str, parameters: Any) -> None:
        connection = self._connection
        raw = connection.require_usable()
        was_in_transaction = raw.in_transaction
        try:
            cursor = execute(raw, operation, parameters)
            try:
                self.description = cursor.description
                self._rows = iter(cursor.fetchall() if cursor.description else ())
                # Known only after the rows of a RETURNING were fetched.
                self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()
        except Exception as error:
            # Not only sqlite3's own: SQLite's lack of memory is a MemoryError.
            connection.note_error(error, was_in_transaction)
            raise

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return list(islice(self._rows, self.arraysize if size is None else size))

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def close(self) -> None:
        """Do nothing: the cursor was closed when its rows were fetched."""


class Connection:
    """An open DBAPI connection, used by the thread that opened it.

    An error such as a full disk may end the whole transaction. Then each further statement raises
    it, too, until the rollback. Outside a transaction it would be committed at once.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ended_by: Exception | None = None

    @property
    def isolation_level(self) -> str | None:
        return self._connection.isolation_level

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun, and no error has ended it."""
        return self._connection.in_transaction

    def require_usable(self) -> sqlite3.Connection:
        """Return the connection for a statement. Raises the error that has ended a transaction."""
        if self._ended_by is not None:
            raise self._ended_by
        return self._connection

    def note_error(self, error: Exception, was_in_transaction: bool) -> None:
        """Note an error of a statement, which may have ended the transaction."""
        if was_in_transaction and not self.in_transaction:
            self._ended_by = error

    def cursor(self) -> Cursor:
        return Cursor(self)

    def begin(self, statement: str) -> None:
        """Begin a transaction with a statement, such as `BEGIN IMMEDIATE`."""
        self.require_usable().execute(statement).close()

    def create_function(self, *args: Any, **options: Any) -> None:
        self._connection.create_function(*args, **options)

    def commit(self) -> None:
        """Commit. Raises `OperationalError` if an error has rolled back the transaction already.

        sqlite3 itself would do nothing then, and what is lost would be reported as saved.
        """
        if not self.require_usable().in_transaction:
            raise sqlite3.OperationalError("the transaction was rolled back before its commit")
        self._connection.commit()

    def rollback(self) -> None:
        self._ended_by = None
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


class Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for this driver.

    `begin_statement` is the one that begins a transaction. SQLAlchemy suggests a listener to its
    event "begin" instead, but with any listener it does more for each statement.
    """

    driver = "direct"
    is_async = True
    supports_statement_cache = True

    begin_statement = "BEGIN"

    def connect(self, database: str, *, pragmas: Sequence[str] = (), **options: Any) -> Any:
        """Open a connection and run the pragmas first."""
        # isolation_level=None turns off sqlite3's implicit BEGIN, which comes too late, is
        # deferred, and is missing before DDL.
        connection = sqlite3.connect(database, isolation_level=None, **options)
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error:
            connection.close()
            raise
        return Connection(connection)

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.begin(self.begin_statement)


registry.register(DRIVER.replace("+", "."), __name__, Dialect.__name__)


class DirectConnection(AsyncConnection):
    """An asynchronous connection that runs statements without a greenlet."""

    async def execute(self, *args: Any, **options: Any) -> CursorResult[Any]:
        assert self.sync_connection is not None
        return self.sync_connection.execute(*args, **options)

    async def exec_driver_sql(self, *args: Any, **options: Any) -> CursorResult[Any]:
        assert self.sync_connection is not None
        return self.sync_connection.exec_driver_sql(*args, **options)


class DirectEngine(AsyncEngine):
    """An engine whose connections are `DirectConnection`s."""

    _connection_cls = DirectConnection
