"""Which calendars people can use, by the configuration."""

from __future__ import annotations

from functools import partial

from integrations.calendars.lazy_caldav import LazyDirectory
from integrations.egress import Egress
from mentorbot.settings import Settings
from mentorship.calendars.options import CalendarOptions


def calendar_options(settings: Settings) -> CalendarOptions:
    """Return what the bot and the API have to know of calendars."""
    return _options(settings.calendars.public_url, settings.egress.allow_private)


def demo_options(api_address: str) -> CalendarOptions:
    """Return the same for the demo, whose API and whose visitor are on this computer."""
    return _options(api_address, allow_private=True)


def _options(public_url: str, allow_private: bool) -> CalendarOptions:
    directory = LazyDirectory(partial(Egress, allow_private=allow_private))
    return CalendarOptions(public_url, directory, allow_private)
