"""What the program tells the bot and the API of calendars, from its configuration."""

from __future__ import annotations

from dataclasses import dataclass

from mentorship.calendars.accounts import CalendarDirectory


@dataclass(frozen=True, slots=True)
class CalendarOptions:
    """Which calendars people can use.

    `public_url` is the address of the API to the outside, empty for no feeds. `directory` finds the
    calendars of accounts; None for no accounts. Calendars at private addresses can be added if
    `allow_private`.
    """

    public_url: str = ""
    directory: CalendarDirectory | None = None
    allow_private: bool = False
