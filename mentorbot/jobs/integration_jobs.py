"""The jobs that connect sessions with other services: meeting providers and calendars.

They run beside the jobs of `mentorbot.jobs.schedule`, on an event loop that they share with the
bot, and wait for other servers most of the time. What they do goes through tables with leases, so
any number of processes may run them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from integrations.calendars.importing import CalendarImporter
from integrations.egress import Egress
from integrations.meetings import requests
from integrations.meetings.worker import MeetingWorker
from mentorbot import meeting_providers
from mentorbot.jobs import calendar_import, figures_job
from mentorbot.jobs.job import Job
from mentorbot.settings import Settings
from mentorship.calendars import entries
from mentorship.meetings import planning
from mentorship.webhooks import cursors, feed
from mentorship.webhooks.cursors import Handler
from storage import Database

log = logging.getLogger(__name__)

FOLLOW_INTERVAL_S = 2.0
"""Seconds between two looks for new events."""

MEETINGS_INTERVAL_S = 1.0
"""Seconds between two looks for meetings to make, to change or to remove."""

MAX_STEPS = 500
"""Transactions in one run for each consumer, at most. The next run continues."""

FOLLOWERS: Mapping[str, Handler] = {
    planning.CURSOR: planning.handle,
    entries.CURSOR: entries.follow_event,
}
"""The consumers of events, by the names of their cursors."""


async def follow_events(database: Database, after_step: Callable[[], None] = lambda: None) -> int:
    """Give new events their positions, and hand them to all consumers. Returns how many."""
    if await database.read(cursors.has_unpositioned):
        for _ in range(MAX_STEPS):
            if not await database.run(feed.assign):
                break
            after_step()
    handled = 0
    for name, handler in FOLLOWERS.items():
        if not await database.read(cursors.is_behind, name):
            continue
        for _ in range(MAX_STEPS):
            count = await database.run(cursors.follow, name, handler)
            handled += count
            after_step()
            if count < cursors.BATCH_SIZE:
                break
    return handled


def create_integration_jobs(
    settings: Settings, database: Database, importer: CalendarImporter, egress: Egress
) -> tuple[Job, ...]:
    """Return the jobs, in the order in which they begin. `egress` leads to meeting providers."""

    async def follow() -> int:
        return await follow_events(database, following.record_progress)

    worker = MeetingWorker(database, meeting_providers.create(settings, egress))

    async def keep_meetings() -> int:
        return await worker.run(meetings.record_progress)

    async def keep_figures() -> int:
        return await figures_job.keep_figures(database, figures.record_progress)

    following = Job("follow events", follow, FOLLOW_INTERVAL_S)
    figures = Job("keep figures", keep_figures, figures_job.INTERVAL_S)
    meetings = Job("keep meetings", keep_meetings, MEETINGS_INTERVAL_S)
    jobs = [following, meetings, figures]
    # Without a key nobody has calendars, and their addresses couldn't be read.
    if database.cipher.is_available:
        jobs.append(calendar_import.create_import_job(importer))
        allow_private = settings.egress.allow_private
        jobs.append(calendar_import.create_writing_job(database, allow_private=allow_private))
    return tuple(jobs)


@asynccontextmanager
async def run_integration_jobs(
    settings: Settings, database: Database, importer: CalendarImporter, *, grace_seconds: float
) -> AsyncIterator[tuple[Job, ...]]:
    """Run the jobs while the context is open; yields them.

    On exit, runs that aren't over have `grace_seconds` to finish. Those that are cut off are done
    again once their leases end.
    """
    async with Egress(timeout_s=requests.TIMEOUT_S) as egress:
        jobs = create_integration_jobs(settings, database, importer, egress)
        tasks = {asyncio.create_task(job.repeat(), name=job.name) for job in jobs}
        try:
            yield jobs
        finally:
            try:
                async with asyncio.timeout(grace_seconds):
                    for job in jobs:
                        await job.lock.acquire()
            except TimeoutError:
                log.warning("a job took too long to finish and is cancelled")
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
