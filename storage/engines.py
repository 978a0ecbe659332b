"""How each kind of database is spoken to, and what is said when it can't be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import sqlite_driver
from storage.errors import DatabaseUnavailable

# PostgreSQL's codes, https://www.postgresql.org/docs/current/errcodes-appendix.html: "another
# transaction came between, try again"; and those by which the server refuses or is lost
# (connection, read-only, authorization, unknown database, resources, shutdown). A host whose disk
# is nearly full makes it read-only, and so is a standby.
_CONFLICTS = frozenset({"40001", "40P01"})
_UNAVAILABLE = ("08", "25006", "28", "3D", "53", "57P")

_TOGETHER = 2
"""How often a transaction is tried beside others before it is tried alone."""

_QUEUE = 60
"""Seconds that a use case waits for others of this process to let a connection go."""


def sqlite(
    url: str, *, begin: str, pragmas: Sequence[str] = (), size: int = 1, patience: float = 5.0
) -> AsyncEngine:
    """An engine whose transactions start with `begin`, on connections that got `pragmas` first.

    `patience` is how many seconds another process's hold on the file is waited for, unless the URL
    has a `timeout` that says so.
    """
    waits = {} if "timeout" in make_url(url).query else {"timeout": patience}
    engine = create_async_engine(
        url,
        connect_args={"async_creator_fn": partial(sqlite_driver.connect, pragmas=pragmas), **waits},
        pool_size=size,
        max_overflow=0,
        pool_timeout=_QUEUE,
    )

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        if begin == sqlite_driver.DEFERRED:
            connection.connection.driver_connection.begin_to_look()
        else:
            connection.exec_driver_sql(begin)

    return engine


def postgresql(
    url: str, isolation_level: str, *, size: int = 1, read_only: bool = False
) -> AsyncEngine:
    """An engine that notices a server's restart before it hands out a connection from before."""
    return create_async_engine(
        url,
        isolation_level=isolation_level,
        execution_options={"postgresql_readonly": read_only},
        pool_size=size,
        max_overflow=0,
        pool_timeout=_QUEUE,
        pool_pre_ping=True,
    )


def of(url: str, *, begin: str, isolation_level: str, pragmas: Sequence[str] = ()) -> AsyncEngine:
    """An engine for a URL of either kind: a file's transactions start with `begin` on connections
    that got `pragmas`, a server's have the isolation level."""
    if make_url(url).get_backend_name() == "sqlite":
        return sqlite(url, begin=begin, pragmas=pragmas)
    return postgresql(url, isolation_level)


async def take_turn(connection: AsyncConnection, attempt: int) -> None:
    """Let a transaction that has lost several conflicts have the database to itself, before it
    looks at anything; SQLite's write lock gives that to everybody anyway.

    PostgreSQL finds conflicts where there are none, too, above all in small tables, so that among
    many one could lose for ever. A lock on a table is taken before the transaction's snapshot
    (https://www.postgresql.org/docs/current/sql-lock.html), those who wait for one get it in the
    order they came, and Alembic's table is one that no use case touches.
    """
    if connection.dialect.name == "postgresql":
        mode = "ROW SHARE" if attempt <= _TOGETHER else "EXCLUSIVE"
        await connection.exec_driver_sql(f"LOCK TABLE alembic_version IN {mode} MODE")


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection. What the database can't do at all is raised as `DatabaseUnavailable`."""
    try:
        async with engine.connect() as connection:
            yield connection
    except (DBAPIError, OSError, PoolTimeout) as error:
        if not _is_unavailable(error):
            raise
        raise unavailable(engine, error) from error


def unavailable(engine: AsyncEngine, error: Exception) -> DatabaseUnavailable:
    """The error in a sentence that names the database and no password."""
    reason = getattr(error, "orig", None) or error
    return DatabaseUnavailable(
        f"The database at {engine.url.render_as_string(hide_password=True)} "
        f"can't be used: {reason}."
    )


def is_conflict(error: DBAPIError) -> bool:
    """Whether the same transaction may well succeed when it is tried again."""
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        # A unique or exclusion constraint can report a race before serialisation does; the second
        # try then sees the other's rows and refuses in its own words.
        return code in _CONFLICTS or isinstance(error, IntegrityError)
    return isinstance(error, OperationalError) and "locked" in str(error.orig)


def _is_unavailable(error: DBAPIError | OSError | PoolTimeout) -> bool:
    # Whoever waits in vain for a connection that others hold is as badly off as without a database.
    if isinstance(error, OSError | PoolTimeout):
        return True
    if is_conflict(error):
        return False
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return bool(code.startswith(_UNAVAILABLE))
    # SQLite says with the plain class that a file is broken or something else than a database.
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError
