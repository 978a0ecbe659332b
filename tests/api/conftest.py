"""A guild that is set up, and the API over it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage import Database
from tests.api.server import Api, served
from tests.conftest import Clock
from tests.mentorship.support.community import OTHER_GUILD, Community, books_balance


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A database on the test's clock, which need not survive a loss of power."""
    database = Database(database_url, clock=clock, synchronous="OFF")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def town(db: Database, clock: Clock) -> AsyncIterator[Community]:
    """A guild where people can apply; at the end of each story its books balance."""
    town = Community(db, clock)
    await town.settle()
    yield town
    await db.read(books_balance)


@pytest.fixture
async def village(db: Database, clock: Clock) -> Community:
    """Another guild in the same database."""
    village = Community(db, clock, OTHER_GUILD)
    await village.settle()
    return village


@pytest.fixture
async def api(db: Database) -> AsyncIterator[Api]:
    """The API at a real socket; tokens are believed about who moderates."""
    async with served(db) as api:
        yield api
