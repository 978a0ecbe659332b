"""Problems of processes and of their connection to Discord."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import update

from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.tables import Session
from tests.alerts.arrangements import Arrangement, meanwhile
from tests.alerts.problems.people import grant, request_session


@asynccontextmanager
async def freeze(arrangement: Arrangement, role: str) -> AsyncIterator[None]:
    """SIGSTOP the process with a role."""
    with arrangement.frozen(arrangement.process_for(role)):
        yield
    await arrangement.wait_until_up()


@asynccontextmanager
async def kill(arrangement: Arrangement, role: str) -> AsyncIterator[None]:
    """SIGKILL the process with a role."""
    process = arrangement.process_for(role)
    await arrangement.kill(process)
    yield
    arrangement.start(process)
    await arrangement.wait_until_up()


@asynccontextmanager
async def kill_worker_of_due_notifications(arrangement: Arrangement) -> AsyncIterator[None]:
    """Kill the worker before it sends a notification, of which the API knows."""
    async with kill(arrangement, "worker"):
        await grant(arrangement, 101)
        yield


@asynccontextmanager
async def restart_again_and_again(arrangement: Arrangement) -> AsyncIterator[None]:
    """Kill and start the process that runs the jobs, each time as soon as it is up."""
    process = arrangement.process_for("worker")
    instance = arrangement.instance_of(process)

    async def restart() -> None:
        started = f'mentorbot_start_timestamp_seconds{{instance="{instance}"}}'
        (before,) = await arrangement.prometheus.query(started)
        await arrangement.restart(process)
        await arrangement.prometheus.until(f"{started} > {before}")

    async with meanwhile(restart, 0):
        yield
    if process not in arrangement.running:
        arrangement.start(process)
    await arrangement.wait_until_up()


@asynccontextmanager
async def cut_gateway(arrangement: Arrangement) -> AsyncIterator[None]:
    """Close all connections to the gateway, and refuse new ones."""
    await arrangement.discord.disconnect()
    yield
    arrangement.discord.refuses_connections = False


@asynccontextmanager
async def start_without_gateway(arrangement: Arrangement) -> AsyncIterator[None]:
    """Start the process with the jobs while the gateway is away, and let a notification be due."""
    await arrangement.discord.disconnect()
    await arrangement.restart(arrangement.process_for("worker"))
    await grant(arrangement, 102)
    yield
    arrangement.discord.refuses_connections = False


@asynccontextmanager
async def advance_once_an_hour(arrangement: Arrangement) -> AsyncIterator[None]:
    """Let sessions be advanced once an hour only, and a request expire meanwhile."""
    process = arrangement.process_for("worker")
    restarted_at = time.time()
    await arrangement.restart(process, MENTORBOT_JOBS__ADVANCE="3600")
    instance = arrangement.instance_of(process)
    has_advanced = (
        "mentorbot_job_last_success_timestamp_seconds"
        f'{{name="advance sessions", instance="{instance}"}} > {restarted_at}'
    )
    # Until then, Prometheus has the last success of the process before.
    await arrangement.prometheus.until(has_advanced)
    session_id = await request_session(arrangement)

    async def let_expire(tx: Transaction) -> None:
        # Later than the tolerance that the program itself has.
        past = tx.now - timedelta(minutes=6)
        await tx.connection.execute(
            update(Session)
            .where(Session.id == session_id, Session.status == SessionStatus.SCHEDULED)
            .values(next_at=past)
        )

    await arrangement.database.run(let_expire)
    yield
    await arrangement.restart(process)
    await arrangement.wait_until_up()
