"""The dates of a series: the same time of the week on the mentor's clock. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from mentorship.availability.opening_hours import Schedule
from mentorship.availability.travel import Travel
from mentorship.time import timezones
from mentorship.time.timezones import ZoneName

INTERVALS = (1, 2)
"""Every how many weeks a series can repeat."""

FEWEST_SESSIONS, MOST_SESSIONS = 2, 12
"""Sessions of a series."""


def series_dates(
    schedule: Schedule, first: datetime, every_weeks: int, count: int
) -> tuple[datetime, ...]:
    """Return the `count` starts of a series that begins at `first`, in UTC.

    They have the weekday and wall-clock time that the mentor's clock shows at `first`. The clock of
    a date is that of the mentor's trip on it, if there is one, otherwise that of their home zone. A
    time that the clock skips moves forward by the gap; of one that it repeats, the first counts.
    """
    local = timezones.to_local(first, schedule.zone_at(first)).replace(tzinfo=None)
    wall_times = [local + timedelta(weeks=every_weeks * number) for number in range(1, count)]
    return (
        first,
        *(
            timezones.from_wall_clock(
                wall_time, zone_on(wall_time.date(), schedule.zone, schedule.travel)
            ).first
            for wall_time in wall_times
        ),
    )


def zone_on(day: date, home: ZoneName, travel: Sequence[Travel]) -> ZoneName:
    """Return the zone on whose clock a mentor's hours of a date are."""
    return next((trip.zone for trip in travel if trip.first <= day <= trip.last), home)


def can_be_moved_to(planned: datetime, start: datetime, every_weeks: int) -> bool:
    """Return whether a session of a series may start at `start` instead of at `planned`.

    It stays nearer to its own date than to its neighbours', so that a series can't be used to book
    any time beyond the mentor's booking window.
    """
    return abs(start - planned) <= timedelta(weeks=every_weeks) / 2
