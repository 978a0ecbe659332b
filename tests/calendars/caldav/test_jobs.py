"""The program's own jobs, which are killed with it, at work on a real calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mentorbot.jobs.calendar_import import open_importer
from mentorbot.jobs.integration_jobs import run_integration_jobs
from mentorbot.metrics import counters
from mentorbot.settings import EgressSettings, Settings
from mentorship.actors import Actor
from mentorship.calendars import accounts
from mentorship.sessions import transitions
from storage import Database
from tests.calendars.caldav.people import account_of
from tests.calendars.caldav.servers import Calendar
from tests.conftest import CIPHER, Clock
from tests.mentorship.support.community import Community

POLL_S = 0.2


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(POLL_S)


async def test_the_jobs_of_the_program_keep_a_calendar(
    database_url: str, calendar: Calendar
) -> None:
    now = datetime.now(UTC)
    settings = Settings(egress=EgressSettings(allow_private=True))
    db = Database(database_url, cipher=CIPHER, observe=counters.record_use_case)
    await db.open()
    town = Community(db, Clock(now))
    await town.configure()
    oliver: Actor = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    async with (
        open_importer(db, allow_private=True) as importer,
        run_integration_jobs(settings, db, importer, grace_seconds=5) as jobs,
    ):
        assert "write calendar entries" in {job.name for job in jobs}
        await db.run(accounts.connect, oliver, account_of(calendar), allow_private=True)
        session = await town.book(maya, oliver, start)
        await until(lambda: len(calendar.events()) == 1)
        await db.run(transitions.cancel, maya, session.id)
        await until(lambda: calendar.events() == {})
    await db.close()
