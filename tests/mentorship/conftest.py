"""Configured guilds, for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage import Database
from tests.conftest import CIPHER, Clock
from tests.mentorship.support.community import OTHER_GUILD, Community, assert_ledger_consistent


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A database with the test's clock, which doesn't have to survive a loss of power.

    After each test, its points ledger must be consistent.
    """
    database = Database(database_url, clock=clock, synchronous="OFF", cipher=CIPHER)
    await database.open()
    yield database
    await database.read(assert_ledger_consistent)
    await database.close()


@pytest.fixture
async def town(db: Database, clock: Clock) -> Community:
    """A guild in which members can apply."""
    town = Community(db, clock)
    await town.configure()
    return town


@pytest.fixture
async def village(db: Database, clock: Clock) -> Community:
    """Another guild in the same database."""
    village = Community(db, clock, OTHER_GUILD)
    await village.configure()
    return village
