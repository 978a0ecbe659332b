"""A guild with its settings, and the API that serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage import Database
from tests.api.server import ApiServer, serve_api
from tests.conftest import CIPHER, Clock
from tests.mentorship.support.community import OTHER_GUILD, Community, assert_ledger_consistent


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A database on the test's clock, without fsync."""
    database = Database(database_url, clock=clock, synchronous="OFF", cipher=CIPHER)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def community(db: Database, clock: Clock) -> AsyncIterator[Community]:
    """A guild where members can apply. After each test, its accounts must balance."""
    community = Community(db, clock)
    await community.configure()
    yield community
    await db.read(assert_ledger_consistent)


@pytest.fixture
async def other_community(db: Database, clock: Clock) -> Community:
    """Another guild in the same database."""
    other_community = Community(db, clock, OTHER_GUILD)
    await other_community.configure()
    return other_community


@pytest.fixture
async def api(db: Database) -> AsyncIterator[ApiServer]:
    """The API on a real socket. The scope `moderator` is enough to be one."""
    async with serve_api(db) as api:
        yield api
