"""Keeps the jobs running when the system clock is set.

APScheduler waits until a time of the system clock. If the clock is set back by two hours, no job
would run for two hours.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.base import BaseScheduler

log = logging.getLogger(__name__)

CHECK_INTERVAL_S = 5.0
"""Seconds between two comparisons of the system clock with one that nobody can set."""

LEAP_S = 2.0
"""By how many seconds the system clock has to leap. Less than that is a correction."""


async def run_jobs_after_leaps(
    scheduler: BaseScheduler,
    *,
    wall_clock: Callable[[], float] = time.time,
    interval: float = CHECK_INTERVAL_S,
) -> None:
    """Run all jobs whenever the system clock was set, and schedule them from then. Never returns.

    `wall_clock` is the system clock, in seconds since 1970.
    """
    offset = wall_clock() - time.monotonic()
    while True:
        await asyncio.sleep(interval)
        leap = wall_clock() - time.monotonic() - offset
        if abs(leap) < LEAP_S:
            continue
        offset += leap
        log.warning("the system clock was set", extra={"seconds": round(leap)})
        now = datetime.fromtimestamp(wall_clock(), UTC)
        for job in scheduler.get_jobs():
            job.modify(next_run_time=now)
