"""Quiet hours: a stretch of each day on a person's own clock in which what can wait, waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mentorship.time import timezones

MINUTES_A_DAY = 1_440


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end`, in minutes of the day; an end before the start is on the next day."""

    start: int
    end: int

    def ends(self, now: datetime, zone: str) -> datetime | None:
        """When the quiet hours that `now` lies in are over, None outside of them.

        They follow the person's clock through its changes: a time that the clock skips moves
        forward by the length of the gap; of a time that comes twice, they begin with the first and
        end with the last.
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
    """A minute of the day as a wall clock shows it."""
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001
