"""News of a commit that wrote a notice, from one process to the others.

PostgreSQL carries it (https://www.postgresql.org/docs/current/sql-notify.html) and lets it out with
the commit, or not at all. It may get lost with a connection, so whoever listens looks for itself
each time it has connected anew, and now and then. A SQLite file has nothing of the kind: there the
others find it at their next look.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines
from storage.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

_CHANNEL = "mentorbot_outbox"

PAUSE = 2.0
"""Seconds until a listener that lost its connection makes a new one."""


async def tell(connection: AsyncConnection) -> None:
    """Let the other processes know with this transaction's commit that the outbox has changed."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")


async def listen(url: str, changed: asyncio.Event) -> None:
    """Set `changed` whenever another process has committed a notice, and whenever one may have been
    missed. Goes on until it is cancelled; returns at once for a database that can't tell."""
    if make_url(url).get_backend_name() == "sqlite":
        return
    while True:
        try:
            await _listen_while_connected(url, changed)
        except (DatabaseUnavailable, DBAPIError, OSError) as error:
            log.warning("can't hear of notices", extra={"problem": str(error)})
        await asyncio.sleep(PAUSE)


async def _listen_while_connected(url: str, changed: asyncio.Event) -> None:
    engine = engines.postgresql(url, "AUTOCOMMIT")
    lost = asyncio.Event()
    try:
        async with engines.connected(engine) as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            raw.add_termination_listener(lambda _connection: lost.set())
            await raw.add_listener(_CHANNEL, lambda *_about: changed.set())
            changed.set()
            await lost.wait()
            await connection.invalidate()
    finally:
        await engine.dispose()
