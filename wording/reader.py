"""The person a text is written for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

InstantFormatter = Callable[[datetime], str]
"""Writes an aware instant inside a sentence, such as "in 3 days"."""


class TimeStyle(StrEnum):
    """How a reader writes the time of day."""

    TWELVE_HOURS = "12h"
    TWENTY_FOUR_HOURS = "24h"


@dataclass(frozen=True, slots=True)
class Reader:
    """What a text depends on apart from its facts.

    `locale` is a BCP 47 tag; every text is in English so far, with the order of day and month that
    the locale has. `timezone` is an IANA name, None while it is unknown.
    """

    locale: str = "en"
    timezone: str | None = None
    time_style: TimeStyle = TimeStyle.TWENTY_FOUR_HOURS


ENGLISH = Reader()
"""For callers that don't know their reader yet."""


def in_utc(instant: datetime) -> str:
    """Write an instant for a reader whose time zone is unknown."""
    return f"on {instant:%d %b %Y at %H:%M} UTC"
