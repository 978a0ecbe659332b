"""Which calendars people can use, by the configuration."""

from __future__ import annotations

from functools import partial

from integrations.calendars.caldav_directory import CalDavDirectory
from integrations.egress import Egress
from mentorbot.settings import Settings
from mentorship.calendars.options import CalendarOptions


def calendar_options(settings: Settings) -> CalendarOptions:
    """Return what the bot and the API have to know of calendars."""
    allow_private = settings.egress.allow_private
    return CalendarOptions(
        public_url=settings.calendars.public_url,
        directory=CalDavDirectory(partial(Egress, allow_private=allow_private)),
        allow_private=allow_private,
    )


def demo_options(api_address: str) -> CalendarOptions:
    """Return the same for the demo, whose API and whose visitor are on this computer."""
    directory = CalDavDirectory(partial(Egress, allow_private=True))
    return CalendarOptions(public_url=api_address, directory=directory, allow_private=True)
