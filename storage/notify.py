"""Signals between processes that the outbox has new notifications.

PostgreSQL delivers the signal with the commit, or not at all
(https://www.postgresql.org/docs/current/sql-notify.html). A signal may be lost with a connection,
so a listener also treats each new connection as a signal, and delivery polls the outbox now and
then. SQLite has no such mechanism: there, other processes find new notifications when they poll.
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

RECONNECT_DELAY_S = 2.0
"""Seconds before a listener that lost its connection opens a new one."""


async def notify_processes(connection: AsyncConnection) -> None:
    """Signal all listening processes when the current transaction commits."""
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")


async def listen(url: str, outbox_changed: asyncio.Event) -> None:
    """Set `outbox_changed` on each signal, and whenever one may have been missed.

    Runs until cancelled; returns at once for SQLite.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return
    while True:
        try:
            await _listen_while_connected(url, outbox_changed)
        except (DatabaseUnavailable, DBAPIError, OSError) as error:
            log.warning("outbox listener disconnected", extra={"problem": str(error)})
        await asyncio.sleep(RECONNECT_DELAY_S)


async def _listen_while_connected(url: str, outbox_changed: asyncio.Event) -> None:
    engine = engines.create_postgresql_engine(url, "AUTOCOMMIT")
    disconnected = asyncio.Event()
    try:
        async with engines.connect(engine) as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            raw.add_termination_listener(lambda _connection: disconnected.set())
            await raw.add_listener(_CHANNEL, lambda *_signal: outbox_changed.set())
            outbox_changed.set()
            await disconnected.wait()
            await connection.invalidate()
    finally:
        await engine.dispose()
