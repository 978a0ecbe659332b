"""Reading the calendars that visitors of the demo add."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from integrations.calendars.importing import CalendarImporter
from mentorbot.calendar_import import INTERVAL_S, create_import_job, open_importer
from mentorbot.job import Job
from storage import Database


@asynccontextmanager
async def read_calendars(database: Database) -> AsyncIterator[CalendarImporter]:
    """Read calendars when they are due, while the context is open.

    That is looked at by the visitor's clock: skipping a week doesn't read them every 15 minutes of
    it. A calendar may be on the visitor's computer.
    """
    async with open_importer(database, allow_private=True) as importer:
        reading = asyncio.create_task(
            _run_again_and_again(create_import_job(importer)), name="demo calendars"
        )
        try:
            yield importer
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def _run_again_and_again(job: Job) -> None:
    while True:
        await job.run()
        await asyncio.sleep(INTERVAL_S)
