"""The zone behind a time: `15:00 EST`, `01:45 UTC+5:45`, `15:00 EST (UTC-5)`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Self

from mentorship.errors import TimeProblem
from mentorship.time import timezones
from mentorship.time.natural_time.resolution import ParsedTime, Reading
from mentorship.time.zone_input import parse_offset

_OFFSET = re.compile(r"(?<=[\d\w])\s*\(?(utc\s?[+-]\s?\d{1,2}(?::\d\d)?|utc|gmt[+-]\d{1,2})\)?$")
_ABBREVIATION = re.compile(r"(?<=[\d\w])\s+([a-z]{3,5})$")


@dataclass(frozen=True, slots=True)
class ZoneSuffix:
    """A text without the zone behind it, and the zone in which the rest has to be read.

    `abbreviation` and `offset`, in seconds east of UTC, must be those of the zone at the time that
    the text names: somebody in New York who writes EST in July may mean either.
    """

    text: str
    zone: str
    abbreviation: str | None = None
    offset: int | None = None

    @classmethod
    def split(cls, text: str, zone: str, now: datetime) -> Self:
        """Divide a normalized text, typed by somebody in `zone`."""
        offset: int | None = None
        match = _OFFSET.search(text)
        if match is not None and re.search(r"\d", text[: match.start()]):
            text, written = text[: match.start()].strip(), match[1].replace(" ", "")
            is_utc = written == "utc"
            minutes = 0 if is_utc else parse_offset(written)
            offset = None if minutes is None else minutes * 60
            is_same_date = (
                timezones.to_local(now, zone).date() == timezones.to_local(now, "UTC").date()
            )
            if is_utc and is_same_date:
                zone = "UTC"
        match = _ABBREVIATION.search(text)
        if match is not None and match[1] in _abbreviations(zone, now.year):
            return cls(text[: match.start()].strip(), zone, match[1], offset)
        return cls(text, zone, None, offset)

    def checked(self, reading: Reading) -> Reading | None:
        """Return a reading if its zone is the one that was written, None if it isn't.

        Of a time that the clock shows twice only the one with that zone is left.
        """
        if self.abbreviation is None and self.offset is None:
            return reading
        spans = tuple(span for span in reading.time.spans if self._fits(span.start))
        if not spans:
            return None
        is_decided = reading.problem is TimeProblem.REPEATED and len(spans) == 1
        problem = None if is_decided else reading.problem
        time = ParsedTime(spans, reading.time.exact, reading.time.unusual)
        return Reading(time, problem)

    def _fits(self, instant: datetime) -> bool:
        local = timezones.to_local(instant, self.zone)
        if self.offset is not None and local.utcoffset() != timedelta(seconds=self.offset):
            return False
        return self.abbreviation in (None, (local.tzname() or "").lower())


@lru_cache(maxsize=512)
def _abbreviations(zone: str, year: int) -> frozenset[str]:
    """Return the abbreviations of a zone in a year and the next, in lower case."""
    months = [datetime(year + later, month, 1) for later in (0, 1) for month in range(1, 13)]  # noqa: DTZ001
    names = (
        timezones.to_local(timezones.from_wall_clock(month, zone).first, zone).tzname() or ""
        for month in months
    )
    return frozenset(name.lower() for name in names if name.isalpha())
