"""Fixtures for all tests: databases, and a clock that only moves when a test turns it."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
from collections.abc import AsyncIterator, Generator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage import Database
from storage.encryption import Cipher, generate_key
from storage.migrations import upgrade
from tests import speedups
from tests.storage.on_postgresql import server as postgresql
from tests.storage.on_postgresql.server import PostgresServer

# Speed is measured by `make bench`. A deadline fails tests on a machine that is busy elsewhere.
hypothesis.settings.register_profile("mentorbot", deadline=None)
hypothesis.settings.load_profile("mentorbot")

CIPHER = Cipher([generate_key()])
"""Encrypts what tests store, with a key of this run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--engine postgresql`, which runs tests on PostgreSQL unless they need a SQLite file.

    `--rounds` is how often the long crash test kills the program.
    """
    engines = ("sqlite", "postgresql")
    parser.addoption("--engine", choices=engines, default="sqlite", help="the database's engine")
    parser.addoption(
        "--second-bot",
        choices=("before", "after"),
        help="connect another bot in the journeys, which hears everything before or after the "
        "first; journeys about what one process remembers or logs fail then",
    )
    parser.addoption(
        "--pseudo",
        action="store_true",
        help="let the bot speak a language made of English, and fail journeys that show texts "
        "which are glued or not translated",
    )
    parser.addoption(
        "--update-snapshots",
        action="store_true",
        help="write what people see in the stories of tests/journeys/languages",
    )
    parser.addoption("--rounds", type=int, default=50, help="kills in the long test of crashes")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("pseudo"):
        from tests.pseudo_locale import plugin

        plugin.activate()
        config.pluginmanager.register(plugin)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Run 50% more workers than `-n auto` would.

    Tests spend part of their time waiting for processes to start and servers to stop.
    """
    cores = yield
    return cores + (cores + 1) // 2


SLOW = (
    "tests/mentorbot/",
    "tests/simulated_day/",
    "tests/crash/",
    "tests/alerts/",
    "tests/scale/",
    "tests/api/clients/",
    "tests/api/test_openapi.py",
    "tests/fuzz/",
    "tests/test_rest_guide.py",
)
"""What begins first, so that no worker is left with a slow test when the others have finished."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))


def pytest_collection_finish() -> None:
    speedups.share_compiled_statements()
    speedups.copy_payloads_directly()
    speedups.reduce_garbage_collection()


CIPHER = Cipher([generate_key()])
"""The cipher of the tests' databases."""


class Clock:
    """A clock that only moves when `turn` is called."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Move the clock by a `timedelta` with these arguments."""
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """Monday 2 March 2026, 12:00 UTC. No DST change that week; America's is on the 8th."""
    return Clock(datetime(2026, 3, 2, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, as a template to copy."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server with all tables in its database `tests`; skips if not installed."""
    if importlib.util.find_spec("asyncpg") is None:
        pytest.skip("asyncpg is not installed: pip install 'mentorbot[postgresql]'")
    programs = postgresql.find_programs()
    if programs is None:
        pytest.skip(postgresql.INSTALL_HINT)
    with postgresql.run_server(programs) as running:
        running.create("tests")
        asyncio.run(upgrade(running.url("tests")))
        yield running


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of a new SQLite file, for tests that need one whatever `--engine` says."""
    path = tmp_path / "mentorbot.db"
    shutil.copy(migrated_file, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of the engine that `--engine` says."""
    if request.config.getoption("engine") == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return url
    server: PostgresServer = request.getfixturevalue("server")
    url = server.url("tests")
    asyncio.run(truncate(url))
    return url


async def truncate(url: str) -> None:
    """Empty a PostgreSQL database, which is faster than creating a new one for each test."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        # All other data belongs to a guild.
        tables = "guilds, service_clock, dm_budgets, faults, handled_interactions, backups"
        tables += ", event_feed, event_cursors, figure_progress"
        statement = f"TRUNCATE {tables} RESTART IDENTITY CASCADE"
        await connection.execute(text(statement))
        # Its only row stays, but no session was compared with any zone rules.
        await connection.execute(text("UPDATE installation SET tz_version = NULL"))
        await connection.execute(text("UPDATE installation SET tz_comparing = NULL"))
    await engine.dispose()


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A database that uses the test's clock."""
    database = Database(database_url, clock=clock, cipher=CIPHER)
    await database.open()
    yield database
    await database.close()
