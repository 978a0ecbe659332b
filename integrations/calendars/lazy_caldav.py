"""CalDAV for programs in which nobody may use it.

The library for CalDAV takes a tenth of the program's start. It is loaded in a thread once somebody
connects an account, or has connected one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from integrations.calendars.importing import Fetched, NotModified
from integrations.egress import Egress
from mentorship.calendars import entry_work
from mentorship.calendars.accounts import DiscoveredCalendar
from mentorship.calendars.busy_import import DueCalendar
from mentorship.time.intervals import Span
from storage import Database

if TYPE_CHECKING:
    from integrations.calendars.caldav_directory import CalDavDirectory
    from integrations.calendars.caldav_entries import EntryWriter
    from integrations.calendars.caldav_fetcher import CalDavFetcher


async def _load(module: str) -> Any:
    return await asyncio.to_thread(import_module, f"integrations.calendars.{module}")


@dataclass(frozen=True, slots=True)
class LazyDirectory:
    """Finds the calendars of accounts, as `CalDavDirectory`."""

    create_egress: Callable[[], Egress]

    async def discover(
        self, server: str, username: str, password: str
    ) -> tuple[DiscoveredCalendar, ...]:
        directory: CalDavDirectory = (await _load("caldav_directory")).CalDavDirectory(
            self.create_egress
        )
        return await directory.discover(server, username, password)


@dataclass(frozen=True, slots=True)
class LazyFetcher:
    """Reads the calendars of kind `caldav`, as `CalDavFetcher`."""

    database: Database
    egress: Egress

    async def fetch(
        self, calendar: DueCalendar, window: Span, *, is_known: bool
    ) -> Fetched | NotModified:
        fetcher: CalDavFetcher = (await _load("caldav_fetcher")).CalDavFetcher(
            self.database, self.egress
        )
        return await fetcher.fetch(calendar, window, is_known=is_known)


async def write_entries(
    database: Database, create_egress: Callable[[], Egress], after_step: Callable[[], None]
) -> int:
    """Write or remove all entries that are due, as `EntryWriter.run`."""
    if not await database.read(entry_work.has_due):
        return 0
    writer: EntryWriter = (await _load("caldav_entries")).EntryWriter(database, create_egress)
    return await writer.run(after_step)
