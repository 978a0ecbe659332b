"""The work that is done again and again while the program runs.

What is due stands in the tables, so a job is a plain function that may run at any time and as often
as one likes. APScheduler calls it at an interval; runs that were missed count as one.
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
from bot.guilds.meeting_rooms import tend_places
from bot.guilds.membership import look_for
from bot.notifications.delivery import deliver_due
from mentorbot import metrics
from mentorbot.settings import JobSettings
from mentorship.delivery import outbox
from mentorship.operations import health, housekeeping
from mentorship.sessions import transitions
from storage import Database

log = logging.getLogger(__name__)

DAY = 86_400.0
COUNT_EVERY = 30.0
"""Seconds between two looks at the tables for the metrics."""

LOOK_AHEAD = timedelta(minutes=10)
"""How long before a session it is looked whether its two people are still there."""

SHORTEST_PAUSE = 1.0
"""Seconds before delivery looks again at what is due and could not be sent just now."""


@dataclass(slots=True)
class Runs:
    """How a job has done since the program was started. Durations are seconds."""

    done: int = 0
    failed: int = 0
    last_seconds: float = 0.0
    all_seconds: float = 0.0


@dataclass(slots=True)
class Job:
    """Work that is done again and again, never twice at once.

    A run that fails is logged, and the next one tries again. `work` returns how many things it has
    done, and a run that did some is logged as well.
    """

    name: str
    work: Callable[[], Awaitable[int]]
    running: asyncio.Lock = field(default_factory=asyncio.Lock)
    runs: Runs = field(default_factory=Runs)

    async def run(self) -> None:
        """Do it now, or as soon as the run that is under way is over."""
        async with self.running:
            started = time.perf_counter()
            try:
                done = await self.work()
            except Exception:
                self.runs.failed += 1
                log.exception("a job failed", extra={"job": self.name})
                return
            finally:
                self.runs.last_seconds = time.perf_counter() - started
                self.runs.all_seconds += self.runs.last_seconds
            self.runs.done += 1
            took = round(self.runs.last_seconds * 1_000, 1)
            level = logging.INFO if done else logging.DEBUG
            log.log(level, "a job ran", extra={"job": self.name, "done": done, "ms": took})


@asynccontextmanager
async def jobs(
    settings: JobSettings, bot: MentorBot, database: Database, *, grace: float
) -> AsyncIterator[tuple[Job, ...]]:
    """The jobs, running: notices are delivered, sessions moved on, places to meet tended, those who
    left noticed, figures counted, old data tidied away.

    Delivery also runs as soon as a commit has written a notice, and when the next one is due. At
    the end, running jobs have `grace` seconds to finish.
    """

    async def deliver_all() -> int:
        # Until Discord has told of its guilds, roles can't be given.
        return await deliver_due(bot, database) if bot.is_ready() else 0

    async def advance_all() -> int:
        # One call takes each due session one step further, and so many sessions at most.
        moved = 0
        while step := await database.run(transitions.advance):
            moved += step
        return moved

    async def tend_all() -> int:
        return await tend_places(bot, database) if bot.is_ready() else 0

    async def look_before_sessions() -> int:
        return await look_for(bot, database, LOOK_AHEAD) if bot.is_ready() else 0

    async def look_for_everybody() -> int:
        return await look_for(bot, database) if bot.is_ready() else 0

    async def count_all() -> int:
        metrics.counted(await database.read(health.counts))
        return 0

    deliver = Job("deliver", deliver_all)
    advance = Job("advance", advance_all)
    tend = Job("tend places", tend_all)
    look = Job("look before sessions", look_before_sessions)
    roll_call = Job("look for everybody", look_for_everybody)
    count = Job("count", count_all)
    tidy = Job("tidy", lambda: tidied(database))
    every = {
        deliver.name: (deliver, settings.deliver),
        advance.name: (advance, settings.advance),
        tend.name: (tend, settings.advance),
        look.name: (look, LOOK_AHEAD.total_seconds() / 2),
        roll_call.name: (roll_call, DAY),
        count.name: (count, COUNT_EVERY),
        tidy.name: (tidy, DAY),
    }
    scheduler = AsyncIOScheduler(timezone=UTC)
    for job, seconds in every.values():
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
    waking = asyncio.create_task(_wake(database, deliver, settings), name="wake delivery")
    listening = asyncio.create_task(database.listen(), name="listen for notices")
    try:
        yield tuple(job for job, _ in every.values())
    finally:
        scheduler.pause()
        try:
            async with asyncio.timeout(grace), AsyncExitStack() as finished:
                for job, _ in every.values():
                    await finished.enter_async_context(job.running)
        except TimeoutError:
            log.warning("a job took too long to finish; it is cut off")
        waking.cancel()
        listening.cancel()
        # APScheduler cancels what waits for its turn, which is nothing that has begun.
        scheduler.shutdown(wait=False)


async def tidied(database: Database) -> int:
    """What is done once a day: old records and the data of servers that are gone for good go.
    Returns how many servers that were."""
    while (await database.run(housekeeping.tidy)).notices:
        pass
    purged = [
        guild_id
        for guild_id in await database.read(housekeeping.to_purge)
        if await database.run(housekeeping.purge, guild_id)
    ]
    for guild_id in purged:
        log.info("the data of a server that removed the bot are gone", extra={"guild": guild_id})
    if purged:
        await database.vacuum()
    await database.optimize()
    return len(purged)


async def _wake(database: Database, deliver: Job, settings: JobSettings) -> None:
    """Deliver after each commit that wrote a notice, and whenever one comes due."""
    while True:
        try:
            due = await database.read(outbox.next_due)
        except Exception:
            log.exception("the outbox can't be looked at")
            due = None
        pause = settings.deliver
        if due is not None:
            pause = max(SHORTEST_PAUSE, (due - database.now()).total_seconds())
        try:
            async with asyncio.timeout(pause):
                await database.outbox_changed.wait()
        except TimeoutError:
            pass
        database.outbox_changed.clear()
        await deliver.run()
