"""What every test can ask for: a real database file, and a clock that the test turns."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import Database
from storage.migrations import upgrade


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    """Monday 2 March 2026, 12:00 UTC. No clocks change that week; America's do on the 8th."""
    return Clock(datetime(2026, 3, 2, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of a database of the test's own."""
    path = tmp_path / "mentorbot.db"
    shutil.copy(migrated_file, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A database on the test's clock."""
    database = Database(database_url, clock=clock)
    await database.open()
    yield database
    await database.close()
