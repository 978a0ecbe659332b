"""A mentor and a mentee whose calendars are on a real server, and the work of the program."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from integrations.calendars.caldav_entries import EntryWriter
from integrations.calendars.caldav_fetcher import CalDavFetcher
from integrations.calendars.ics_worker import IcsWorker
from integrations.calendars.importing import CalendarImporter
from integrations.egress import Egress
from mentorship.actors import Actor
from mentorship.calendars import accounts, busy_import, entries
from mentorship.calendars.accounts import CalendarAccount
from mentorship.calendars.external_calendars import CalendarKind, ExternalCalendarView
from mentorship.notifications.catalogue import NotificationKind
from mentorship.webhooks import cursors, feed
from storage import Transaction
from storage.tables import CalendarEntry, ExternalBusy, ExternalCalendar
from tests.calendars.caldav.servers import Calendar
from tests.mentorship.support.community import Community

QUESTIONS = (NotificationKind.ENTRY_MOVED, NotificationKind.ENTRY_DELETED)


@dataclass
class People:
    """A mentor with a calendar, and a mentee without one."""

    town: Community
    egress: Egress
    oliver: Actor
    maya: Actor
    calendar: Calendar
    worker: IcsWorker
    connected: ExternalCalendarView = field(init=False)

    async def connect(self, person: Actor | None = None, **changes: Any) -> ExternalCalendarView:
        """Connect the calendar, by default as the mentor."""
        self.connected = await self.town.db.run(
            accounts.connect,
            person or self.oliver,
            account_of(self.calendar, **changes),
            allow_private=True,
        )
        return self.connected

    async def follow(self) -> None:
        """Hand all events to what marks entries, as the job does."""
        while await self.town.db.run(feed.assign):
            pass
        while await self.town.db.run(cursors.follow, entries.CURSOR, entries.follow_event):
            pass

    async def write(self) -> int:
        """Bring all entries up to date that are due."""
        return await EntryWriter(self.town.db, partial(Egress, allow_private=True)).run()

    async def sync(self) -> int:
        """Follow events, and write entries."""
        await self.follow()
        return await self.write()

    async def read(self) -> None:
        """Read all calendars, as the job does every quarter of an hour."""
        self.town.clock.now += busy_import.INTERVAL
        fetchers = {CalendarKind.CALDAV: CalDavFetcher(self.town.db, self.egress)}
        await CalendarImporter(self.town.db, fetchers, self.worker).run()

    async def busy(self) -> list[tuple[datetime, datetime]]:
        """Return when the mentor is busy by their own calendar."""
        return [(row.starts_at, row.ends_at) for row in await self._rows(ExternalBusy)]

    async def questions(self, person: Actor | None = None) -> list[NotificationKind]:
        """Return which questions about their calendar a person was asked, by default the mentor."""
        rows = await self.town.notifications(*QUESTIONS)
        user_id = (person or self.oliver).user_id
        return [NotificationKind(row.kind) for row in rows if row.user_id == user_id]

    async def entries(self) -> list[Any]:
        return await self._rows(CalendarEntry)

    async def calendars(self) -> list[Any]:
        return await self._rows(ExternalCalendar)

    async def _rows(self, table: Any) -> list[Any]:
        async def query_rows(tx: Transaction) -> list[Any]:
            return list((await tx.connection.execute(select(table).order_by(table.id))).all())

        return await self.town.db.read(query_rows)

    async def change(self, statement: Any) -> None:
        """Change the database behind the program's back."""

        async def execute(tx: Transaction) -> None:
            await tx.connection.execute(statement)

        await self.town.db.run(execute)


def account_of(calendar: Calendar, **changes: Any) -> CalendarAccount:
    """Return what connects a calendar."""
    values: dict[str, Any] = {
        "calendar_url": calendar.url,
        "username": calendar.account.user,
        "password": calendar.account.password,
        "label": "Work",
    }
    return CalendarAccount(**(values | changes))
