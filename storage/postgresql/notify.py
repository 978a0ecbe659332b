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

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines
from storage.postgresql.limits import SERVING, Limits

log = logging.getLogger(__name__)

_CHANNEL = "mentorbot_outbox"

RECONNECT_DELAY_S = 2.0
"""Seconds before a listener that lost its connection opens a new one."""

HEARTBEAT_S = 5.0
"""Seconds between two checks that the server still answers a listener. A listener that is cut
off would receive nothing and raise no error."""


async def notify_processes(connection: AsyncConnection) -> None:
    """Signal all listening processes when the current transaction commits."""
    await connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")


async def listen(url: str, outbox_changed: asyncio.Event, limits: Limits = SERVING) -> None:
    """Set `outbox_changed` on each signal, and whenever one may have been missed.

    Runs until cancelled, whatever goes wrong meanwhile.
    """
    last_problem = None
    while True:
        connected = asyncio.Event()
        try:
            await _listen_while_connected(url, outbox_changed, connected, limits)
            problem = "the connection was closed"
        # The errors of the driver and its protocol have no common class, and a task that ends here
        # would leave the process without signals.
        except Exception as error:
            problem = str(error) or type(error).__name__
        # A server that stays away is one event, not one every two seconds.
        if connected.is_set() or problem != last_problem:
            log.warning("outbox listener disconnected", extra={"problem": problem})
        last_problem = problem
        await asyncio.sleep(RECONNECT_DELAY_S)


async def _listen_while_connected(
    url: str, outbox_changed: asyncio.Event, connected: asyncio.Event, limits: Limits
) -> None:
    """Listen until the connection is closed, or raise what is wrong with it."""
    from storage.postgresql.connections import PING

    engine = engines.create_postgresql_engine(url, "AUTOCOMMIT", limits=limits)
    disconnected = asyncio.Event()
    try:
        async with engines.connect(engine) as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            raw.add_termination_listener(lambda _connection: disconnected.set())
            try:
                await raw.add_listener(_CHANNEL, lambda *_signal: outbox_changed.set())
                connected.set()
                outbox_changed.set()
                while not await _is_set_within(disconnected, HEARTBEAT_S):
                    await raw.execute(PING, timeout=limits.ping)
            finally:
                # Not given back to the pool, which would wait for a server that may be silent.
                raw.terminate()
                await connection.invalidate()
    finally:
        await engine.dispose()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    """Return whether an event is set within some seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
