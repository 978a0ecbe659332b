"""When a process is ready, asked over HTTP."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import make_url

from mentorbot.jobs.job import STALLED_GRACE_S, STALLED_INTERVALS, Job
from mentorbot.jobs.schedule import advance_sessions
from mentorbot.metrics.process_gauges import Role
from mentorbot.monitor import ProcessMonitor
from mentorship.statuses import SessionStatus
from storage import Database
from tests.conftest import Clock
from tests.mentorbot.support.broken_tables import missing_clock_column
from tests.mentorbot.support.scrapes import get, readiness, scrape, serve_monitor
from tests.mentorbot.support.sqlite_faults import full_disk, write_lock_held
from tests.mentorship.support.community import Community


class Seconds:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def test_without_a_database_it_is_live_but_not_ready(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/gone/mentorbot.db")
    async with serve_monitor(ProcessMonitor(database, Role.BOT)) as port:
        assert (await get(port, "healthz")).status_code == 200
        response = await get(port, "readyz")
    await database.close()
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "unavailable"
    assert str(tmp_path) not in response.text


async def test_not_ready_with_tables_of_another_version(sqlite_url: str) -> None:
    """As after an upgrade by a newer program, with which this process still runs."""
    database = Database(sqlite_url)
    async with serve_monitor(ProcessMonitor(database, Role.API)) as port:
        assert (await readiness(port))[0] == 200
        with closing(sqlite3.connect(make_url(sqlite_url).database or "")) as other, other:
            other.execute("UPDATE alembic_version SET version_num = '9999'")
        status, body = await readiness(port)
    await database.close()
    assert (status, body["code"]) == (503, "unavailable")


async def test_not_ready_while_the_write_lock_is_held(sqlite_url: str) -> None:
    database = Database(f"{sqlite_url}?timeout=0.01")
    await database.open()
    async with serve_monitor(ProcessMonitor(database, Role.API)) as port:
        with write_lock_held(sqlite_url):
            status, body = await readiness(port)
            assert (status, body["code"]) == (503, "unavailable")
        assert (await readiness(port))[0] == 200
    await database.close()


async def test_not_ready_with_a_full_disk(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.open()
    async with serve_monitor(ProcessMonitor(database, Role.API)) as port:
        with full_disk():
            status, body = await readiness(port)
        assert (status, body["code"]) == (503, "unavailable")
        assert (await readiness(port))[0] == 200
    await database.close()


async def test_readiness_tells_how_long_ago_each_job_succeeded(db: Database) -> None:
    seconds = Seconds()
    advance = Job("advance sessions", partial(advance_sessions, db), 30, clock=seconds)
    never = Job("housekeeping", partial(advance_sessions, db), 3600, clock=seconds)
    monitor = ProcessMonitor(db, Role.WORKER)
    monitor.jobs = (advance, never)
    await advance.run()
    seconds.now += 12.34
    async with serve_monitor(monitor) as port:
        status, body = await readiness(port)
    assert status == 200
    assert body == {"status": "ok", "jobs": {"advance sessions": 12.3, "housekeeping": None}}


@pytest.mark.parametrize("has_succeeded", [True, False])
async def test_not_ready_once_an_essential_job_has_stalled(
    sqlite_url: str, has_succeeded: bool
) -> None:
    """The job fails because a column is gone; before that it may have succeeded once."""
    database = Database(sqlite_url)
    seconds = Seconds()
    job = Job(
        "advance sessions",
        partial(advance_sessions, database),
        30,
        is_essential=True,
        clock=seconds,
    )
    monitor = ProcessMonitor(database, Role.WORKER)
    monitor.jobs = (job,)
    if has_succeeded:
        await job.run()
    with missing_clock_column(sqlite_url):
        await job.run()
    async with serve_monitor(monitor) as port:
        seconds.now += STALLED_INTERVALS * job.interval_s + STALLED_GRACE_S
        assert (await readiness(port))[0] == 200
        seconds.now += 1
        status, body = await readiness(port)
        assert (status, body["code"]) == (503, "jobs-stalled")
        assert "advance sessions" in body["detail"]
        assert body["jobs"] == {"advance sessions": 151.0 if has_succeeded else None}
        await job.run()
        assert (await readiness(port))[0] == 200
    await database.close()


async def test_a_stalled_job_that_nobody_waits_for_is_only_reported(db: Database) -> None:
    seconds = Seconds()
    monitor = ProcessMonitor(db, Role.ALL)
    monitor.jobs = (Job("housekeeping", partial(advance_sessions, db), 3600, clock=seconds),)
    seconds.now += 1_000_000
    async with serve_monitor(monitor) as port:
        status, body = await readiness(port)
    assert (status, body["jobs"]) == (200, {"housekeeping": None})


async def test_an_api_without_a_worker_stays_ready_and_shows_what_is_overdue(
    db: Database, clock: Clock
) -> None:
    town = Community(db, clock)
    await town.configure()
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    await town.session(SessionStatus.CONFIRMED, maya, oliver)
    clock.turn(hours=1)
    async with serve_monitor(ProcessMonitor(db, Role.API)) as port:
        assert (await readiness(port))[0] == 200
        seen = await scrape(port)
    assert (seen.value("mentorbot_notifications_overdue") or 0) > 0
    assert (seen.value("mentorbot_oldest_due_notification_seconds") or 0) >= timedelta(
        hours=1
    ).total_seconds()
