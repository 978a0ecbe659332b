"""Jobs continue when the system clock is set."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from apscheduler.schedulers import base
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from mentorbot.jobs.clock_leaps import run_jobs_after_leaps


class SystemClock:
    """The system clock, as APScheduler and the program read it. It can be set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set_by = timedelta()
        clock = self

        class Datetime(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return datetime.now(tz) + clock.set_by

        monkeypatch.setattr(base, "datetime", Datetime)

    def seconds(self) -> float:
        return time.time() + self.set_by.total_seconds()


@asynccontextmanager
async def running_job(clock: SystemClock) -> AsyncIterator[asyncio.Queue[float]]:
    """A job that runs every 20 ms; yields a queue that grows by one with each run."""
    runs: asyncio.Queue[float] = asyncio.Queue()

    async def run() -> None:
        runs.put_nowait(time.monotonic())

    scheduler = AsyncIOScheduler(timezone=UTC)
    # As in `mentorbot.jobs.schedule`.
    scheduler.add_job(
        run,
        "interval",
        seconds=0.02,
        next_run_time=datetime.now(UTC),
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    watching = asyncio.create_task(
        run_jobs_after_leaps(scheduler, wall_clock=clock.seconds, interval=0.05)
    )
    yield runs
    watching.cancel()
    scheduler.shutdown(wait=False)


@pytest.mark.parametrize("hours", [-2, 2], ids=["back", "ahead"])
async def test_jobs_continue_when_the_clock_is_set(
    hours: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SystemClock(monkeypatch)
    async with running_job(clock) as runs, asyncio.timeout(10):
        await runs.get()
        clock.set_by = timedelta(hours=hours)
        while "the system clock was set" not in caplog.text:
            await asyncio.sleep(0.01)
        while not runs.empty():
            runs.get_nowait()
        for _ in range(3):
            await runs.get()
    (record,) = [each for each in caplog.records if "clock was set" in each.message]
    assert vars(record)["seconds"] == hours * 3_600


async def test_small_clock_corrections_are_ignored(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SystemClock(monkeypatch)
    async with running_job(clock) as runs, asyncio.timeout(10):
        clock.set_by = timedelta(seconds=-0.5)
        for _ in range(10):
            await runs.get()
    assert "clock was set" not in caplog.text
