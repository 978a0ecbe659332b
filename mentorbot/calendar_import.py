"""Reading members' own calendars: the importer, and the job that keeps it at work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from integrations.calendars.caldav_fetcher import CalDavFetcher
from integrations.calendars.ics_fetcher import IcsFetcher
from integrations.calendars.ics_worker import IcsWorker
from integrations.calendars.importing import CalendarImporter, Fetcher
from integrations.egress import Egress
from mentorbot.job import Job
from mentorship.calendars.external_calendars import CalendarKind
from storage import Database

NAME = "read calendars"

INTERVAL_S = 5.0
"""Seconds between two looks for calendars that are due: one index lookup, if there are none."""


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
            CalendarKind.CALDAV: CalDavFetcher(database, egress),
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
