"""Reading the calendars that visitors of the demo add, and writing sessions into them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from integrations.calendars.importing import CalendarImporter
from mentorbot.jobs.calendar_import import create_import_job, create_writing_job, open_importer
from storage import Database


@asynccontextmanager
async def read_calendars(database: Database) -> AsyncIterator[CalendarImporter]:
    """Read calendars when they are due, and write sessions into them, while the context is open.

    That is looked at by the visitor's clock: skipping a week doesn't read them every 15 minutes of
    it. A calendar may be on the visitor's computer.
    """
    async with open_importer(database, allow_private=True) as importer:
        jobs = (create_import_job(importer), create_writing_job(database, allow_private=True))
        tasks = [asyncio.create_task(job.repeat(), name=job.name) for job in jobs]
        try:
            yield importer
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
