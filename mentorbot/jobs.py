"""Jobs: work that runs again and again while the program is up.

What is due is stored in the tables, so a job is a plain function that may run at any time and as
often as needed. APScheduler calls it at an interval; several missed runs count as one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.client import MentorBot
from bot.guilds.meeting_rooms import update_meeting_rooms
from bot.guilds.membership import detect_departures
from bot.guilds.roll_call import check_everyone
from bot.notifications.delivery import deliver_due
from mentorbot import metrics
from mentorbot.clock_leaps import run_jobs_after_leaps
from mentorbot.housekeeping import HOUR_S, Housekeeping
from mentorbot.settings import JobSettings, RetentionSettings
from mentorship import faults
from mentorship.delivery import outbox
from mentorship.notifications import reminders
from mentorship.operations import erasure_steps, health
from mentorship.sessions import departures, service_time, transitions
from storage import Database
from storage.batches import run_in_batches

log = logging.getLogger(__name__)

DAY_S = 86_400.0

ERASURES_INTERVAL_S = 60.0
"""Seconds between two looks for erasures that were begun and not completed."""

METRICS_INTERVAL_S = 30.0
"""Seconds between two updates of the metrics that are counted from the database."""

PRE_SESSION_CHECK = timedelta(minutes=10)
"""How long before a session starts its participants are checked to be still in the server."""

MAX_DELIVERY_HOLD_S = 120.0
"""Seconds that delivery waits, at most, for the clock of service time after a leap of the system
clock or a downtime. A wrong clock would drop reminders as too late."""

MIN_DELIVERY_DELAY_S = 1.0
"""Seconds before delivery retries notifications that are due but couldn't be sent just now."""


@dataclass(slots=True)
class JobStats:
    """Runs of a job since the program started. Durations are in seconds."""

    succeeded: int = 0
    failed: int = 0
    last_seconds: float = 0.0
    total_seconds: float = 0.0


@dataclass(slots=True)
class Job:
    """A function that is called again and again, never twice at the same time.

    It returns how many items it has processed; the run is logged at INFO if there were any. An
    exception is logged, and the next run tries again.
    """

    name: str
    function: Callable[[], Awaitable[int]]
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    stats: JobStats = field(default_factory=JobStats)

    async def run(self) -> None:
        """Run the job now, or as soon as its current run is over."""
        async with self.lock:
            started = time.perf_counter()
            try:
                processed = await self.function()
            except Exception:
                self.stats.failed += 1
                log.exception("job failed", extra={"job": self.name})
                return
            finally:
                self.stats.last_seconds = time.perf_counter() - started
                self.stats.total_seconds += self.stats.last_seconds
            self.stats.succeeded += 1
            ms = round(self.stats.last_seconds * 1_000, 1)
            level = logging.INFO if processed else logging.DEBUG
            log.log(
                level,
                "job finished",
                extra={"job": self.name, "processed": processed, "ms": ms},
            )


@dataclass(slots=True)
class DeliveryHold:
    """Holds delivery while the system clock may be wrong, for `MAX_DELIVERY_HOLD_S` at most.

    So a clock that leaps for one run drops no reminders, and a job that fails to tick stops no
    messages.
    """

    database: Database
    tolerance: timedelta
    _since: float | None = None

    async def is_on(self) -> bool:
        """Return whether delivery has to wait now."""
        if await self.database.read(service_time.is_near_last_tick, self.tolerance):
            self._since = None
            return False
        if self._since is None:
            self._since = time.monotonic()
        return time.monotonic() - self._since < MAX_DELIVERY_HOLD_S


async def advance_sessions(database: Database, tolerance: timedelta = service_time.DOWNTIME) -> int:
    """Advance the sessions that are due, and return how many steps that were.

    The clock of service time ticks first, with this `tolerance`. Rows that reads have left
    out are recorded here, since reads can't write.
    """
    if database.unreadable:
        noted, database.unreadable = database.unreadable, {}
        await database.run(faults.record_noted, noted)
    advanced = 0
    # One call advances each due session by one step, up to a maximum number of sessions.
    while step := await database.run(transitions.advance, tolerance):
        advanced += step
    return advanced


async def finish_changes(database: Database) -> int:
    """Finish changes to more rows than one transaction writes. Returns the number of steps."""
    ended = await run_in_batches(database, departures.end_next)
    return ended + await run_in_batches(database, reminders.replace_next)


@asynccontextmanager
async def run_jobs(
    settings: JobSettings,
    retention: RetentionSettings,
    bot: MentorBot,
    database: Database,
    *,
    grace_seconds: float,
) -> AsyncIterator[tuple[Job, ...]]:
    """Run all jobs while the context is open; yields them.

    They deliver notifications, advance sessions, manage the channels of sessions, notice members
    who left, update the metrics, and delete old data. Delivery also runs right after a commit that
    wrote notifications, and when the next one comes due. On exit, jobs that are running have
    `grace_seconds` to finish.
    """

    # A longer interval between two ticks of service time needs a more patient clock.
    tolerance = max(service_time.DOWNTIME, timedelta(seconds=3 * settings.advance))
    hold = DeliveryHold(database, tolerance)

    async def deliver_all() -> int:
        # Until Discord has sent the bot its guilds, roles can't be assigned.
        if not bot.is_ready() or await hold.is_on():
            return 0
        return await deliver_due(bot, database)

    async def advance_all() -> int:
        return await advance_sessions(database, tolerance)

    async def finish_all() -> int:
        return await finish_changes(database)

    async def manage_rooms() -> int:
        return await update_meeting_rooms(bot, database) if bot.is_ready() else 0

    async def check_participants() -> int:
        return await detect_departures(bot, database, PRE_SESSION_CHECK) if bot.is_ready() else 0

    async def check_members() -> int:
        return await check_everyone(bot, database) if bot.is_ready() else 0

    async def resume_erasures() -> int:
        return await finish_erasures(database)

    async def update_metrics() -> int:
        metrics.update_counts(await database.read(health.load_counts))
        return 0

    delivery = Job("deliver notifications", deliver_all)
    jobs_with_interval = (
        (delivery, settings.deliver),
        (Job("advance sessions", advance_all), settings.advance),
        (Job("finish changes", finish_all), settings.advance),
        (Job("manage session channels", manage_rooms), settings.advance),
        (Job("check participants", check_participants), PRE_SESSION_CHECK.total_seconds() / 2),
        (Job("check all members", check_members), DAY_S),
        (Job("resume erasures", resume_erasures), ERASURES_INTERVAL_S),
        (Job("update metrics", update_metrics), METRICS_INTERVAL_S),
        (Job("housekeeping", Housekeeping(database, retention, tolerance).run_if_due), HOUR_S),
    )
    scheduler = AsyncIOScheduler(timezone=UTC)
    for job, seconds in jobs_with_interval:
        scheduler.add_job(
            job.run,
            "interval",
            id=job.name,
            seconds=seconds,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()
    jobs = tuple(job for job, _ in jobs_with_interval)
    delivering = asyncio.create_task(
        _deliver_when_due(database, delivery, settings), name="deliver when due"
    )
    listening = asyncio.create_task(database.listen(), name="listen for notifications")
    watching = asyncio.create_task(run_jobs_after_leaps(scheduler), name="watch the clock")
    try:
        yield jobs
    finally:
        scheduler.pause()
        try:
            async with asyncio.timeout(grace_seconds), AsyncExitStack() as idle:
                for job in jobs:
                    await idle.enter_async_context(job.lock)
        except TimeoutError:
            log.warning("a job took too long to finish and is cancelled")
        delivering.cancel()
        listening.cancel()
        watching.cancel()
        # APScheduler cancels the runs that wait for a job's lock, none of which has begun.
        scheduler.shutdown(wait=False)


async def finish_erasures(database: Database) -> int:
    """Complete erasures that were left unfinished, such as by a crash. Returns how many.

    The process that begins an erasure normally completes it. If one fails, the others are still
    completed; its error is raised at the end.
    """
    unfinished = await database.read(erasure_steps.list_unfinished)
    failed: Exception | None = None
    for erasure_id in unfinished:
        try:
            await run_in_batches(database, erasure_steps.step, erasure_id)
        except Exception as error:
            failed = error
            log.warning("an erasure can't be completed", extra={"erasure": erasure_id})
    if failed is not None:
        raise failed
    return len(unfinished)


async def _deliver_when_due(database: Database, delivery: Job, settings: JobSettings) -> None:
    """Run delivery after each commit that wrote notifications, and when the next one is due."""
    while True:
        try:
            due_at = await database.read(outbox.next_due)
        except Exception:
            log.exception("can't read the outbox")
            due_at = None
        delay = settings.deliver
        if due_at is not None:
            delay = max(MIN_DELIVERY_DELAY_S, (due_at - database.now()).total_seconds())
        try:
            async with asyncio.timeout(delay):
                await database.outbox_changed.wait()
        except TimeoutError:
            pass
        database.outbox_changed.clear()
        await delivery.run()
