"""Dates, times, durations and periods as ICS files write them (RFC 5545, section 3.3); pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.calendars.ics_lines import Property
from integrations.calendars.ics_zones import UTC_CLOCK, Clock, Zones


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a time as a naive wall-clock time, with the clock that shows it.

    A date is the midnight at which it begins.
    """

    local: datetime
    clock: Clock
    is_date: bool

    @property
    def epoch(self) -> int:
        """The instant, in seconds since 1970."""
        return self.clock.to_epoch(self.local)

    def on(self, clock: Clock) -> datetime:
        """Return what another clock shows then. A date is the same date on every clock."""
        if self.is_date or clock is self.clock:
            return self.local
        return clock.to_local(self.epoch)


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration: days, which follow the clock, and exact seconds (RFC 5545, 3.3.6)."""

    days: int
    seconds: int

    def after(self, start: Moment) -> int:
        """Return the instant at which it ends, in seconds since 1970."""
        local = start.local + timedelta(days=self.days)
        return start.clock.to_epoch(local) + self.seconds


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file's times are read: TZIDs, times without one, and dates."""

    zones: Zones
    floating: Clock
    dates: Clock

    def moments(self, found: Property) -> Iterator[Moment]:
        """Yield the dates and times of a property. Raises ValueError."""
        for text in found.value.split(","):
            if text.strip():
                yield self.moment(found, text)

    def moment(self, found: Property, text: str) -> Moment:
        """Return the date or time that `text`, a value of a property, says. Raises ValueError."""
        match = _MOMENT.fullmatch(text.strip())
        if match is None:
            raise ValueError("a date or time can't be read")
        year, month, day, hour, minute, second, utc = match.groups()
        local = datetime(int(year), int(month), int(day))  # noqa: DTZ001
        if hour is None:
            return Moment(local, self.dates, is_date=True)
        # Some write 24:00 as the end of a day. A leap second is the one before it.
        local += timedelta(hours=int(hour), minutes=int(minute), seconds=min(int(second or 0), 59))
        if int(hour) > 24 or int(minute) > 59 or int(second or 0) > 60:
            raise ValueError("a time is out of range")
        if utc:
            return Moment(local, UTC_CLOCK, is_date=False)
        tzid = found.params.get("TZID")
        clock = self.zones.find(tzid) if tzid else self.floating
        if found.params.get("VALUE", "").upper() == "DATE":
            return Moment(local.replace(hour=0, minute=0, second=0), self.dates, is_date=True)
        return Moment(local, clock, is_date=False)

    def periods(self, found: Property) -> Iterator[tuple[Moment, int]]:
        """Yield the periods of a property: their starts, and when they end. Raises ValueError."""
        for text in found.value.split(","):
            if not text.strip():
                continue
            first, slash, last = text.partition("/")
            if not slash:
                raise ValueError("a period has no end")
            start = self.moment(found, first)
            if last.strip().upper().lstrip("+-").startswith("P"):
                yield start, parse_duration(last).after(start)
            else:
                yield start, self.moment(found, last).epoch


def parse_duration(text: str) -> Duration:
    """Return the duration that `P1DT2H` says. Raises ValueError."""
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None or not any(match.group(*range(2, 7))):
        raise ValueError("a duration can't be read")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.group(*range(2, 7)))
    sign = -1 if match[1] == "-" else 1
    days = sign * (weeks * 7 + days)
    if abs(days) > _MAX_DAYS:
        raise ValueError("a duration is too long")
    return Duration(days, sign * (hours * 3600 + minutes * 60 + seconds))


_MAX_DAYS = 366 * 100
_MOMENT = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2}):?(\d{2})?(?:\.\d+)?(Z)?)?", re.IGNORECASE
)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?"
)
