"""Which calendars people can use, by the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from integrations.egress import Egress
from mentorbot.settings import Settings
from mentorship.calendars.accounts import DiscoveredCalendar
from mentorship.calendars.options import CalendarOptions


def calendar_options(settings: Settings) -> CalendarOptions:
    """Return what the bot and the API have to know of calendars."""
    return _options(settings.calendars.public_url, settings.egress.allow_private)


def demo_options(api_address: str) -> CalendarOptions:
    """Return the same for the demo, whose API and whose visitor are on this computer."""
    return _options(api_address, allow_private=True)


def _options(public_url: str, allow_private: bool) -> CalendarOptions:
    directory = _LazyDirectory(allow_private)
    return CalendarOptions(public_url, directory, allow_private)


@dataclass(frozen=True, slots=True)
class _LazyDirectory:
    """Finds the calendars of accounts. Loads the library for CalDAV when it is first used."""

    allow_private: bool

    async def discover(
        self, server: str, username: str, password: str
    ) -> tuple[DiscoveredCalendar, ...]:
        from integrations.calendars.caldav_directory import CalDavDirectory

        directory = CalDavDirectory(partial(Egress, allow_private=self.allow_private))
        return await directory.discover(server, username, password)
