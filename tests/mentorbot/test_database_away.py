"""A database that can't be reached for a moment while the program starts."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from mentorbot import database
from mentorbot.database import open_or_create
from storage import DatabaseUnavailable, UseCaseMetrics
from storage.encryption import NO_CIPHER
from tests.storage.on_postgresql.server import PostgresServer


def ignore(_metrics: UseCaseMetrics) -> None:
    """Measurements don't matter here."""


def url_through(folder: Path) -> str:
    """Return the URL of the test server, as seen through a link to its folder."""
    return f"postgresql+asyncpg://mentorbot@/tests?host={folder}"


async def test_startup_waits_for_an_unreachable_server(
    server: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger=database.__name__)
    way = tmp_path / "server"

    async def open_it() -> None:
        async with open_or_create(url_through(way), observe=ignore, cipher=NO_CIPHER):
            pass

    opening = asyncio.create_task(open_it())
    async with asyncio.timeout(30):
        while "waiting for the database" not in caplog.text:
            await asyncio.wait([opening], timeout=0.02)
            assert not opening.done()
        way.symlink_to(server.folder)
        await opening


async def test_startup_fails_if_the_server_stays_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAIT_FOR_SERVER_S", 0.4)
    with pytest.raises(DatabaseUnavailable):
        async with open_or_create(
            url_through(tmp_path / "nobody"), observe=ignore, cipher=NO_CIPHER
        ):
            pass
