"""One job: its runs are counted, and its last success is known."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import pytest

from mentorbot.job import Job
from mentorbot.jobs import advance_sessions
from mentorbot.metrics.process_gauges import Role
from mentorbot.monitor import ProcessMonitor
from mentorship.statuses import SessionStatus
from storage import Database
from tests.conftest import Clock
from tests.mentorbot.support.broken_tables import missing_clock_column
from tests.mentorbot.support.scrapes import Scrape, scrape, serve_monitor
from tests.mentorship.support.community import Community

LAST_SUCCESS = "mentorbot_job_last_success_timestamp_seconds"


def runs(seen: Scrape, job: Job, outcome: str) -> float | None:
    return seen.value("mentorbot_job_runs_total", name=job.name, outcome=outcome)


async def test_failed_runs_are_counted_and_the_next_one_succeeds(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A column is missing for a while."""
    database = Database(sqlite_url)
    # A name of its own, since the counters are those of the whole process.
    job = Job("advance with a missing column", partial(advance_sessions, database), 30)
    monitor = ProcessMonitor(database, Role.WORKER)
    monitor.jobs = (job,)
    async with serve_monitor(monitor) as port:
        seen = await scrape(port)
        assert runs(seen, job, "failed") == runs(seen, job, "succeeded") == 0
        assert seen.value(LAST_SUCCESS, name=job.name) is None
        assert seen.value("mentorbot_job_interval_seconds", name=job.name) == 30
        scheduled = seen.value("mentorbot_job_scheduled_timestamp_seconds", name=job.name)
        assert scheduled == pytest.approx(time.time(), abs=30)
        with missing_clock_column(sqlite_url):
            await job.run()
            await job.run()
        seen = await scrape(port)
        assert (runs(seen, job, "failed"), runs(seen, job, "succeeded")) == (2, 0)
        assert seen.value(LAST_SUCCESS, name=job.name) is None
        await job.run()
        seen = await scrape(port)
    await database.close()
    assert (runs(seen, job, "failed"), runs(seen, job, "succeeded")) == (2, 1)
    assert seen.value(LAST_SUCCESS, name=job.name) == pytest.approx(time.time(), abs=30)
    assert seen.value("mentorbot_job_seconds_count", name=job.name) == 3
    errors = [vars(record)["job"] for record in caplog.records if record.levelname == "ERROR"]
    assert errors == [job.name, job.name]


async def test_a_long_run_shows_its_progress(db: Database, clock: Clock) -> None:
    town = Community(db, clock)
    await town.configure()
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    seconds = 0.0
    ages: list[float | None] = []

    def after_step() -> None:
        job.record_progress()
        ages.append(job.seconds_since_success)

    async def advance() -> int:
        nonlocal seconds
        seconds += 1_000
        return await advance_sessions(db, after_step=after_step)

    job = Job("advance sessions", advance, 30, clock=lambda: seconds)
    clock.now = session.starts_at
    await job.run()
    assert ages == [0.0]


async def test_a_job_never_runs_twice_at_once() -> None:
    running, maximum = 0, 0

    async def work() -> int:
        nonlocal running, maximum
        running += 1
        maximum = max(maximum, running)
        await asyncio.sleep(0.01)
        running -= 1
        return 0

    job = Job("advance sessions", work, 30)
    await asyncio.gather(job.run(), job.run(), job.run())
    assert maximum == 1
