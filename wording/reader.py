"""The person a text is written for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from wording import catalogues
from wording.cldr import Formats

InstantFormatter = Callable[[datetime], str]
"""Writes an aware instant inside a sentence, such as "in 3 days"."""


class TimeStyle(StrEnum):
    """How a reader writes the time of day."""

    TWELVE_HOURS = "12h"
    TWENTY_FOUR_HOURS = "24h"


@dataclass(frozen=True, slots=True)
class Reader:
    """What a text depends on apart from its facts.

    `locale` is a BCP 47 tag. Numbers, dates and lists follow it; the language of the texts around
    them is set by `wording.translation.speaking`. `timezone` is an IANA name, None while it is
    unknown.
    """

    locale: str = "en"
    timezone: str | None = None
    time_style: TimeStyle = TimeStyle.TWENTY_FOUR_HOURS

    @classmethod
    def of(cls, locale: str | None, timezone: str | None = None) -> Reader:
        """Return a reader with the habits of a Discord locale, such as `en-US`.

        These are the clocks of Discord's own timestamps in that language, so that a card which
        holds both never mixes two styles. Without a locale, times have 24 hours.
        """
        style = (
            TimeStyle.TWELVE_HOURS
            if locale in _TWELVE_HOUR_LOCALES
            else TimeStyle.TWENTY_FOUR_HOURS
        )
        return cls(locale or "en", timezone, style)

    @property
    def formats(self) -> Formats:
        """How this reader writes numbers, dates and lists."""
        return catalogues.find(self.locale).formats


_TWELVE_HOUR_LOCALES = frozenset({"en-US", "ar", "el", "hi", "ko", "zh-TW"})
"""Discord's languages whose short time has am and pm, by CLDR's `timeFormat-short`."""

EVERY_HABIT = (
    Reader.of("en-GB"),
    Reader.of("en-US"),
    Reader("en-GB", time_style=TimeStyle.TWELVE_HOURS),
)
"""A reader with each way to write times that the texts have, for reading them back."""

ENGLISH = Reader()
"""For text without a particular reader, such as the log, and for text without times."""


def in_utc(instant: datetime) -> str:
    """Write an instant for a reader whose time zone is unknown."""
    return f"on {instant:%d %b %Y at %H:%M} UTC"
