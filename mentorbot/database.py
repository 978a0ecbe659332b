"""Opening the configured database, for `mentorbot run` and for the commands."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

from mentorbot.errors import CannotStart
from mentorbot.settings import Settings
from storage import Database, DatabaseUnavailable, DatabaseUnusable, UseCaseMetrics, engines
from storage.encryption import Cipher
from storage.migrations import upgrade
from storage.postgresql.limits import COMMANDS

log = logging.getLogger(__name__)

WAIT_FOR_SERVER_S = 60.0
"""Seconds that `mentorbot run` waits for a server that can't be reached, such as one that starts at
the same time. After that the program ends, so that its supervisor notices."""


def check_driver(url: str) -> None:
    """Raise `CannotStart` if the library for this kind of database isn't installed."""
    driver = make_url(url).get_driver_name()
    if not importlib.util.find_spec(driver):
        raise CannotStart(
            f"That database needs {driver}, which isn't installed: pip install {driver}."
        )


@asynccontextmanager
async def open_or_create(
    url: str, *, observe: Callable[[UseCaseMetrics], None], cipher: Cipher
) -> AsyncIterator[Database]:
    """Open the database at `url`. A SQLite file that doesn't exist, or is empty, is created.

    `observe` receives the measurements of each use case, and `cipher` is that of `Database`. A
    database of an older version is not upgraded, since the operator may want a backup first. A
    server that is away is waited for, for `WAIT_FOR_SERVER_S`. Raises `CannotStart` or
    `storage.StorageError`.
    """
    check_driver(url)
    file = engines.sqlite_path(url)
    if file is not None and _is_missing_or_empty(file):
        await upgrade(url)
        log.info("database created", extra={"file": str(file)})
    database = Database(url, observe=observe, cipher=cipher)
    try:
        await _open_when_available(database, WAIT_FOR_SERVER_S if file is None else 0)
        yield database
    finally:
        await database.close()


async def _open_when_available(database: Database, wait_s: float) -> None:
    """Open a database, for up to `wait_s` seconds again and again while it can't be reached."""
    give_up_at = time.monotonic() + wait_s
    delay = 0.25
    while True:
        try:
            await database.open()
            return
        except DatabaseUnavailable as error:
            if isinstance(error, DatabaseUnusable) or time.monotonic() + delay > give_up_at:
                raise
            log.warning("waiting for the database", extra={"problem": str(error)})
        await asyncio.sleep(delay)
        delay = min(2 * delay, 5.0)


@asynccontextmanager
async def open_existing(settings: Settings) -> AsyncIterator[Database]:
    """Open the configured database, which must exist and have this program's version.

    Raises `CannotStart` or `storage.StorageError`.
    """
    url = settings.database.url.get_secret_value()
    check_driver(url)
    file = engines.sqlite_path(url)
    if file is not None and not file.exists():
        raise CannotStart(f"There is no database at {file} yet. `mentorbot migrate` creates one.")
    database = Database(url, limits=COMMANDS, cipher=settings.encryption.cipher)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


def _is_missing_or_empty(file: Path) -> bool:
    return not file.exists() or file.stat().st_size == 0
