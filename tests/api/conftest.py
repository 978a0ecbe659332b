"""A guild with its settings, and the API that serves it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mentorship.statuses import SessionStatus
from storage import Database
from tests.api.operation_table import ROWS, Row, Scene, create_scene
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


@pytest.fixture(scope="session")
def scenes(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[SessionStatus, Scene]:
    """A SQLite file for each status of the session. Creating the cast takes longer than a row."""
    scenes = {}
    for status in {row.status for row in ROWS}:
        file = Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("scene") / "mentorbot.db"))
        scenes[status] = asyncio.run(create_scene(file, status))
    return scenes


@pytest.fixture
def scene(
    row: Row, scenes: dict[SessionStatus, Scene], sqlite_url: str, tmp_path: Path, clock: Clock
) -> Scene:
    """A copy of the scene of a row, in the test's database and at its time."""
    scene = scenes[row.status]
    shutil.copy(scene.file, tmp_path / "mentorbot.db")
    clock.now = scene.now
    return scene


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The URL of the database, a SQLite file for tests of a scene: it's the same on any engine."""
    if "scene" not in request.fixturenames:
        return database_url
    request.getfixturevalue("scene")
    url: str = request.getfixturevalue("sqlite_url")
    return url
