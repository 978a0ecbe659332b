"""A CalDAV server, and a mentor whose calendar is there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
import simcord

from integrations.calendars.caldav_entries import EntryWriter
from integrations.calendars.caldav_fetcher import CalDavFetcher
from integrations.calendars.ics_worker import IcsWorker
from integrations.calendars.importing import CalendarImporter
from integrations.egress import Egress
from mentorship.calendars import accounts, entries, external_calendars
from mentorship.calendars.external_calendars import CalendarKind
from mentorship.webhooks import cursors, feed
from tests.calendars.caldav import servers
from tests.calendars.caldav.people import account_of
from tests.calendars.caldav.servers import CalDavServer, Calendar
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild


@dataclass
class CalendarWorld:
    """A mentor with a calendar on a server, and the program's jobs for calendars."""

    guild: SimulatedGuild
    oliver: simcord.MemberActor
    calendar: Calendar
    egress: Egress
    worker: IcsWorker

    async def connect(self) -> None:
        await self.guild.db.run(
            accounts.connect,
            actor_of(self.guild, self.oliver),
            account_of(self.calendar),
            allow_private=True,
        )
        await self.run_jobs()

    async def run_jobs(self) -> None:
        """Do what the program does within a quarter of an hour, and deliver what follows."""
        db = self.guild.db
        mentor = actor_of(self.guild, self.oliver)
        for calendar in await db.read(external_calendars.list_own, mentor):
            await db.run(external_calendars.check_now, mentor, calendar.id)
        while await db.run(feed.assign):
            pass
        while await db.run(cursors.follow, entries.CURSOR, entries.follow_event):
            pass
        fetchers = {CalendarKind.CALDAV: CalDavFetcher(db, self.egress)}
        await CalendarImporter(db, fetchers, self.worker).run()
        await EntryWriter(db, partial(Egress, allow_private=True)).run()
        await self.guild.deliver()

    async def pass_time(self) -> None:
        """Let so much time pass that calendars are read again, then run the jobs."""
        await self.guild.env.advance_time(120)
        await self.run_jobs()


@pytest.fixture(scope="session")
def caldav_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with servers.radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def ics_worker() -> Iterator[IcsWorker]:
    worker = IcsWorker()
    yield worker
    worker.close()


@pytest.fixture
async def world(
    guild: SimulatedGuild, caldav_server: CalDavServer, ics_worker: IcsWorker
) -> AsyncIterator[CalendarWorld]:
    calendar = caldav_server.new_user().make_calendar()
    async with Egress(allow_private=True) as egress:
        oliver = await approved_mentor(guild, "Oliver")
        world = CalendarWorld(guild, oliver, calendar, egress, ics_worker)
        await world.run_jobs()
        yield world
