"""SQLAlchemy engines for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import sqlite_driver
from storage.error_classes import is_unavailable
from storage.errors import DatabaseUnavailable

_CONCURRENT_ATTEMPTS = 2
"""How many attempts of a transaction run beside others before it gets the database to itself."""

_POOL_TIMEOUT_S = 60
"""Seconds that a use case waits for a connection that other use cases of this process hold."""


def create_sqlite_engine(
    url: str,
    *,
    begin: str,
    pragmas: Sequence[str] = (),
    pool_size: int = 1,
    busy_timeout: float = 5.0,
) -> AsyncEngine:
    """Create an engine for a SQLite file.

    Every transaction starts with the statement `begin`; every new connection runs `pragmas` first.
    `busy_timeout` is how many seconds a lock held by another process is waited for; a `timeout` in
    the URL takes precedence.
    """
    timeout = {} if "timeout" in make_url(url).query else {"timeout": busy_timeout}
    engine = create_async_engine(
        url,
        connect_args={"async_creator_fn": partial(sqlite_driver.connect, pragmas=pragmas)}
        | timeout,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_POOL_TIMEOUT_S,
        # Errors are logged. What people wrote, and the guilds' keys, must not be in a log.
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        if begin == sqlite_driver.DEFERRED:
            connection.connection.driver_connection.begin_read_only()
        else:
            connection.exec_driver_sql(begin)

    return engine


def create_postgresql_engine(
    url: str, isolation_level: str, *, pool_size: int = 1, read_only: bool = False
) -> AsyncEngine:
    """Create an engine for a PostgreSQL server; stale connections are detected at checkout."""
    return create_async_engine(
        url,
        isolation_level=isolation_level,
        execution_options={"postgresql_readonly": read_only},
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_POOL_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def create_engine(
    url: str, *, begin: str, isolation_level: str, pragmas: Sequence[str] = ()
) -> AsyncEngine:
    """Create an engine for a URL of either kind.

    `begin` and `pragmas` apply to SQLite only, `isolation_level` to PostgreSQL only.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return create_sqlite_engine(url, begin=begin, pragmas=pragmas)
    return create_postgresql_engine(url, isolation_level)


async def lock_for_attempt(connection: AsyncConnection, attempt: int) -> None:
    """Give a PostgreSQL transaction exclusive access once it has lost several conflicts.

    Must run before the transaction's first query. Does nothing on SQLite, where the write lock
    makes every transaction exclusive.

    PostgreSQL's serializable isolation reports false conflicts, above all in small tables, so one
    transaction among many could lose every time. All writers therefore share a table lock, which
    the later attempts take exclusively. A table lock is taken before the transaction's snapshot
    (https://www.postgresql.org/docs/current/sql-lock.html) and is granted in order of arrival. The
    table is Alembic's, which no use case touches.
    """
    if connection.dialect.name == "postgresql":
        mode = "ROW SHARE" if attempt <= _CONCURRENT_ATTEMPTS else "EXCLUSIVE"
        await connection.exec_driver_sql(f"LOCK TABLE alembic_version IN {mode} MODE")


@asynccontextmanager
async def connect(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection. Raises `DatabaseUnavailable` if the database can't be used at all."""
    try:
        async with engine.connect() as connection:
            yield connection
    except Exception as error:
        if not is_unavailable(error):
            raise
        raise unavailable_error(engine, error) from error


def unavailable_error(engine: AsyncEngine, error: Exception) -> DatabaseUnavailable:
    """Return `error` as one sentence that names the database, without its password."""
    reason = getattr(error, "orig", None) or error
    return DatabaseUnavailable(
        f"The database at {engine.url.render_as_string(hide_password=True)} "
        f"can't be used: {reason}."
    )
