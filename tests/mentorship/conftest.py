"""A guild that is set up, for the stories of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage import Database
from tests.conftest import Clock
from tests.mentorship.support.community import OTHER_GUILD, Community, books_balance


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A database on the test's clock, which need not survive a loss of power.

    Whatever happens in a story, its books balance at the end.
    """
    database = Database(database_url, clock=clock, synchronous="OFF")
    await database.open()
    yield database
    await database.read(books_balance)
    await database.close()


@pytest.fixture
async def town(db: Database, clock: Clock) -> Community:
    """A guild where people can apply."""
    town = Community(db, clock)
    await town.settle()
    return town


@pytest.fixture
async def village(db: Database, clock: Clock) -> Community:
    """Another guild in the same database."""
    village = Community(db, clock, OTHER_GUILD)
    await village.settle()
    return village
