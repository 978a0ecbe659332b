"""SQLAlchemy engines for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, NullPool, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.error_classes import is_conflict, is_unavailable, is_unusable, leaves_outcome_open
from storage.errors import DatabaseUnavailable, DatabaseUnusable, OutcomeUnknown
from storage.postgresql.limits import UNLIMITED, Limits
from storage.sqlite import driver

_POOL_TIMEOUT_S = 60
"""Seconds that a use case waits for a connection to SQLite that others of this process hold."""


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite URL, or None for a URL of a server."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def sqlite_url(file: Path) -> str:
    """Return the URL of a SQLite file. Its name may contain any character."""
    return URL.create("sqlite+aiosqlite", database=str(file)).render_as_string()


def shown_url(url: str) -> str:
    """Return a URL as it may be shown: without its password."""
    return make_url(url).render_as_string(hide_password=True)


def create_sqlite_engine(
    url: str,
    *,
    begin: str,
    pragmas: Sequence[str] = (),
    busy_timeout: float = 5.0,
) -> AsyncEngine:
    """Create an engine for a SQLite file.

    Every transaction starts with the statement `begin`; every new connection runs `pragmas` first.
    `busy_timeout` is how many seconds a lock held by another process is waited for; a `timeout` in
    the URL takes precedence.
    """
    parsed = make_url(url)
    timeout = {} if "timeout" in parsed.query else {"timeout": busy_timeout}
    engine = sqlalchemy.create_engine(
        parsed.set(drivername=driver.DRIVER),
        connect_args={"pragmas": pragmas} | timeout,
        # Each thread keeps its connection open by itself.
        poolclass=NullPool,
        # Errors are logged. What people wrote, and the guilds' keys, must not be in a log.
        hide_parameters=True,
    )
    # As people know it, for messages.
    engine.url = parsed
    assert isinstance(engine.dialect, driver.Dialect)
    engine.dialect.begin_statement = begin
    return driver.DirectEngine(engine)


def create_postgresql_engine(
    url: str,
    isolation_level: str,
    *,
    pool_size: int = 1,
    read_only: bool = False,
    limits: Limits = UNLIMITED,
) -> AsyncEngine:
    """Create an engine for a PostgreSQL server; dead connections are replaced at checkout."""
    from storage.postgresql import connections

    engine = create_async_engine(
        url,
        connect_args={"async_creator_fn": partial(connections.connect, limits=limits)},
        isolation_level=isolation_level,
        execution_options={"postgresql_readonly": read_only},
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=limits.checkout,
        hide_parameters=True,
    )
    connections.check_at_checkout(engine.sync_engine, limits)
    return engine


def create_engine(
    url: str, *, begin: str, isolation_level: str, pragmas: Sequence[str] = ()
) -> AsyncEngine:
    """Create an engine for a URL of either kind, without time limits.

    `begin` and `pragmas` apply to SQLite only, `isolation_level` to PostgreSQL only.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return create_sqlite_engine(url, begin=begin, pragmas=pragmas)
    return create_postgresql_engine(url, isolation_level)


async def refuse_transaction_pooling(engine: AsyncEngine, limits: Limits = UNLIMITED) -> None:
    """Raise `TransactionPooling` for a pooler that mentorbot can't work with.

    Does nothing for SQLite. Raises `DatabaseUnavailable` if the database can't be reached.
    """
    if engine.dialect.name != "postgresql":
        return
    from storage.postgresql import connections

    with translate_outages(engine):
        await connections.refuse_transaction_pooling(engine, limits)


@asynccontextmanager
async def connect(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection. Raises `DatabaseUnavailable` if the database can't be used at all."""
    with translate_outages(engine):
        async with engine.connect() as connection:
            yield connection


@asynccontextmanager
async def connect_once(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection for work that isn't tried again.

    Raises `DatabaseUnavailable` for a conflict as well, such as with another program's lock.
    """
    try:
        async with connect(engine) as connection:
            yield connection
    except DBAPIError as error:
        if not is_conflict(error):
            raise
        raise unavailable_error(engine, error) from error


@contextmanager
def translate_outages(engine: AsyncEngine) -> Iterator[None]:
    """Raise errors that mean that the database can't be used as `DatabaseUnavailable`."""
    try:
        yield
    except Exception as error:
        if not is_unavailable(error):
            raise
        raise unavailable_error(engine, error) from error


def unavailable_error(engine: AsyncEngine, error: Exception) -> DatabaseUnavailable:
    """Return `error` as one sentence that names the database, without its password."""
    reason = str(getattr(error, "orig", None) or error)
    if not reason and isinstance(error, TimeoutError):
        reason = "it doesn't answer"
    kind = DatabaseUnusable if is_unusable(error) else DatabaseUnavailable
    if leaves_outcome_open(error):
        kind = OutcomeUnknown
    return kind(
        f"The database at {engine.url.render_as_string(hide_password=True)} "
        f"can't be used: {reason or type(error).__name__}."
    )
