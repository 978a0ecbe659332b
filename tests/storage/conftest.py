"""Fixtures for tests that run on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storage import Database
from tests.conftest import Clock, truncate
from tests.storage.on_postgresql.server import PostgresServer


@pytest.fixture
async def postgresql_db(server: PostgresServer, clock: Clock) -> AsyncIterator[Database]:
    """An empty PostgreSQL database that uses the test's clock."""
    url = server.url("tests")
    await truncate(url)
    async with _open(url, clock) as database:
        yield database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def any_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of each kind."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return url
    server: PostgresServer = request.getfixturevalue("server")
    return server.url("tests")


@pytest.fixture
async def any_db(any_url: str, clock: Clock) -> AsyncIterator[Database]:
    """An empty database of each kind that uses the test's clock."""
    if any_url.startswith("postgresql"):
        await truncate(any_url)
    async with _open(any_url, clock) as database:
        yield database


@asynccontextmanager
async def _open(url: str, clock: Clock) -> AsyncIterator[Database]:
    database = Database(url, clock=clock)
    await database.open()
    yield database
    await database.close()
