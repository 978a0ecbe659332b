"""One job: its runs, and when it last succeeded."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mentorbot.metrics import counters

log = logging.getLogger(__name__)

STALLED_INTERVALS = 3
STALLED_GRACE_S = 60.0
"""A job has stalled if it hasn't succeeded for so many intervals, and so many seconds more."""


@dataclass(slots=True)
class Job:
    """A function that is called every `interval_s` seconds, never twice at the same time.

    It returns how many items it has processed; the run is logged at INFO if there were any. An
    exception is logged and counted, and the next run tries again. `is_essential` says that people
    wait for what it does. `clock` (seconds) is one that nobody can set.
    """

    name: str
    function: Callable[[], Awaitable[int]]
    interval_s: float
    is_essential: bool = False
    clock: Callable[[], float] = time.monotonic
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _scheduled_at: float = field(init=False)
    _succeeded_at: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._scheduled_at = self.clock()
        counters.prepare_job(self.name)

    @property
    def seconds_since_scheduled(self) -> float:
        """Seconds since this process began to call the job."""
        return self.clock() - self._scheduled_at

    @property
    def seconds_since_success(self) -> float | None:
        """Seconds since the job last succeeded or made progress; None if it never has."""
        return None if self._succeeded_at is None else self.clock() - self._succeeded_at

    @property
    def is_stalled(self) -> bool:
        """Whether the job should have succeeded by now."""
        seconds = self.seconds_since_success
        if seconds is None:
            seconds = self.seconds_since_scheduled
        return seconds > STALLED_INTERVALS * self.interval_s + STALLED_GRACE_S

    def record_progress(self) -> None:
        """Record that a long run has completed a part. Otherwise it would look stalled."""
        self._succeeded_at = self.clock()

    async def run(self) -> None:
        """Run the job now, or as soon as its current run is over."""
        async with self.lock:
            started = time.perf_counter()
            try:
                processed = await self.function()
            except Exception:
                counters.record_job_run(self.name, time.perf_counter() - started, failed=True)
                log.exception("job failed", extra={"job": self.name})
                return
            seconds = time.perf_counter() - started
            counters.record_job_run(self.name, seconds, failed=False)
            self.record_progress()
            log.log(
                logging.INFO if processed else logging.DEBUG,
                "job finished",
                extra={"job": self.name, "processed": processed, "ms": round(seconds * 1_000, 1)},
            )

    async def repeat(self) -> None:
        """Run the job again and again, with `interval_s` between two runs, until cancelled."""
        while True:
            await self.run()
            await asyncio.sleep(self.interval_s)
