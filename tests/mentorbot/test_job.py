"""One job: its runs are counted, and its last success is known."""

from __future__ import annotations

import asyncio
import itertools
import time
from functools import partial

import pytest

from mentorbot.jobs.job import Job
from mentorbot.jobs.schedule import PRE_SESSION_CHECK, advance_sessions, create_jobs
from mentorbot.metrics.process_gauges import Role
from mentorbot.monitor import ProcessMonitor
from mentorbot.settings import JobSettings, RetentionSettings
from mentorship.statuses import SessionStatus
from storage import Database
from tests.conftest import Clock
from tests.journeys.sessions.test_meeting_rooms import enable_rooms
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import simulated_guild
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


@pytest.mark.parametrize("hours", [-2, 2], ids=["back", "ahead"])
async def test_the_age_of_a_success_does_not_change_when_the_clock_is_set(
    db: Database, clock: Clock, hours: int
) -> None:
    job = Job("advance sessions", partial(advance_sessions, db), 30)
    monitor = ProcessMonitor(db, Role.WORKER)
    monitor.jobs = (job,)
    await job.run()
    clock.turn(hours=hours)
    async with serve_monitor(monitor) as port:
        seen = await scrape(port)
    now = clock.now.timestamp()
    for name in (LAST_SUCCESS, "mentorbot_job_scheduled_timestamp_seconds"):
        assert seen.value(name, name=job.name) == pytest.approx(now, abs=60)


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


async def test_jobs_show_the_progress_of_long_runs(database_url: str) -> None:
    """A job reads its clock once when a run succeeds, and once for each part of it."""
    readings = itertools.count()
    async with simulated_guild(database_url) as guild:
        jobs = {
            job.name: job
            for job in create_jobs(
                JobSettings(),
                RetentionSettings(),
                guild.bot,
                guild.db,
                clock=lambda: float(next(readings)),
            )
        }

        async def parts(name: str) -> int:
            before = next(readings)
            await jobs[name].run()
            return next(readings) - before - 2

        await enable_rooms(guild, "thread")
        oliver = await approved_mentor(guild, "Oliver")
        maya = await guild.add_member("Maya", zone="Europe/London", points=500)
        starts = guild.now.replace(hour=15)
        await book_and_confirm(guild, maya, oliver, starts)
        await guild.env.advance_time((starts - PRE_SESSION_CHECK - guild.now).total_seconds())
        # Delivery waits until the clock of service time has ticked.
        await jobs["advance sessions"].run()
        assert await parts("deliver notifications") >= 1
        assert await parts("deliver notifications") == 0
        assert await parts("check participants") == 2
        assert await parts("manage session channels") == 1
        advanced = 0
        # A longer pause would count as a downtime, in which no session starts.
        while guild.now <= starts:
            await guild.env.advance_time(60)
            advanced += await parts("advance sessions")
        assert advanced == 1


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
