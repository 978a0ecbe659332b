"""Both kinds of database, for tests of what both must do."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage import Database
from storage.migrations import upgrade
from tests.conftest import Clock
from tests.storage import postgresql
from tests.storage.postgresql import Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server with all tables in its database `tests`; skips where there is none."""
    if importlib.util.find_spec("asyncpg") is None:
        pytest.skip("asyncpg is not installed: pip install 'mentorbot[postgresql]'")
    programs = postgresql.programs()
    if programs is None:
        pytest.skip(postgresql.MISSING)
    with postgresql.server(programs) as running:
        running.create("tests")
        asyncio.run(upgrade(running.url("tests")))
        yield running


@pytest.fixture
async def postgresql_db(server: Server, clock: Clock) -> AsyncIterator[Database]:
    """A PostgreSQL database with nothing in its tables, on the test's clock."""
    url = server.url("tests")
    await _empty(url)
    async with _opened(url, clock) as database:
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def any_url(request: pytest.FixtureRequest) -> str:
    """The same test on each kind of database."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("database_url")
        return url
    server: Server = request.getfixturevalue("server")
    return server.url("tests")


@pytest.fixture
async def any_db(any_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A database of each kind with nothing in its tables, on the test's clock."""
    if any_url.startswith("postgresql"):
        await _empty(any_url)
    async with _opened(any_url, clock) as database:
        yield database


@asynccontextmanager
async def _opened(url: str, clock: Clock) -> AsyncIterator[Database]:
    database = Database(url, clock=clock)
    await database.open()
    yield database
    await database.close()


async def _empty(url: str) -> None:
    """Some times faster than a new database for each test."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        # Everything belongs to a guild.
        await connection.execute(text("TRUNCATE guilds RESTART IDENTITY CASCADE"))
    await engine.dispose()
