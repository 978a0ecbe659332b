"""Members' own calendars: the jobs that read them, and that write sessions into them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from integrations.calendars import lazy_caldav
from integrations.calendars.ics_fetcher import IcsFetcher
from integrations.calendars.ics_worker import IcsWorker
from integrations.calendars.importing import CalendarImporter, Fetcher
from integrations.egress import Egress
from mentorbot.jobs.job import Job
from mentorship.calendars.external_calendars import CalendarKind
from storage import Database

NAME = "read calendars"

INTERVAL_S = 5.0
"""Seconds between two looks for calendars that are due: one index lookup, if there are none."""

WRITE_INTERVAL_S = 3.0
"""Seconds between two looks for entries of calendars to write: one index lookup, if none is due."""


@asynccontextmanager
async def open_importer(
    database: Database, *, allow_private: bool = False
) -> AsyncIterator[CalendarImporter]:
    """Open what reads calendars. The process that reads files starts with the first of them.

    `allow_private` is that of `Egress`.
    """
    async with Egress(allow_private=allow_private) as egress:
        worker = IcsWorker()
        fetchers: dict[str, Fetcher] = {
            CalendarKind.ICS: IcsFetcher(egress),
            CalendarKind.CALDAV: lazy_caldav.LazyFetcher(database, egress),
        }
        try:
            yield CalendarImporter(database, fetchers, worker)
        finally:
            worker.close()


def create_import_job(importer: CalendarImporter) -> Job:
    """Return the job that reads calendars when they are due."""

    async def run() -> int:
        return await importer.run(job.record_progress)

    job = Job(NAME, run, INTERVAL_S)
    return job


def create_writing_job(database: Database, *, allow_private: bool) -> Job:
    """Return the job that writes sessions into calendars. `allow_private` is that of `Egress`."""
    create_egress = partial(Egress, allow_private=allow_private)

    async def write() -> int:
        return await lazy_caldav.write_entries(database, create_egress, job.record_progress)

    job = Job("write calendar entries", write, WRITE_INTERVAL_S)
    return job
