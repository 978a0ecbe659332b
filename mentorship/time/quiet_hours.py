"""Quiet hours: a part of each day in which a person gets only notifications that can't wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mentorship.time import timezones

MINUTES_A_DAY = 1_440


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end`, in minutes of the day. An end before the start is on the next day."""

    start: int
    end: int

    def ends(self, now: datetime, zone: str) -> datetime | None:
        """Return when the quiet hours around `now` end, or None outside of them.

        They are wall-clock times: one that the clock skips moves forward by the length of the gap;
        of a repeated one they start with the first occurrence and end with the last.
        """
        today = timezones.to_local(now, zone).date()
        days = (today - timedelta(days=1), today, today + timedelta(days=1))
        spans = (self._span(day, zone) for day in days)
        return next((end for start, end in spans if start <= now < end), None)

    def _span(self, day: date, zone: str) -> tuple[datetime, datetime]:
        last_day = day if self.start < self.end else day + timedelta(days=1)
        start = timezones.from_wall_clock(_on(day, self.start), zone)
        end = timezones.from_wall_clock(_on(last_day, self.end), zone)
        return start.first, end.last


def _on(day: date, minute: int) -> datetime:
    """Return the wall-clock time of a minute of the day."""
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001
