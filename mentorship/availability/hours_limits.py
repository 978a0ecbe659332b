"""Limits for a mentor's hours, since every slot query reads them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise

from mentorship.availability.opening_hours import DateOverride, WeeklyHours
from mentorship.availability.travel import Travel
from mentorship.errors import Field, InvalidField, Problem

MAX_OVERRIDE_DATES = 400
"""Dates from today on with an override. Nobody can be booked further than a year ahead."""

MAX_RANGES_A_DAY = 24
"""Ranges of hours of a weekday, or of one date."""

MAX_TRIPS = 20
"""Trips of a mentor that aren't over."""

MAX_TRIP_DAYS = 731
"""How many days a trip can last, and how many days ahead it can end."""

DAYS_BACK = 7
"""How many past days' overrides are still read. Slots are counted from the beginning of the open
hours, which may lie on an earlier date."""

DAYS_AHEAD = 368
"""How many coming days' overrides are read where all slots are wanted: the longest booking window,
a session's length, and the days by which local dates differ."""


def require_few_ranges(hours: Iterable[WeeklyHours | DateOverride]) -> None:
    """Raise `InvalidField` if a day has more than `MAX_RANGES_A_DAY`."""
    counts: Counter[int | date] = Counter()
    for each in hours:
        if isinstance(each, DateOverride):
            counts[each.date] += len(each.hours)
        else:
            counts[each.weekday] += 1
    most = max(counts.values(), default=0)
    if most > MAX_RANGES_A_DAY:
        raise InvalidField(Field.DAY_HOURS, Problem.TOO_MANY, most=MAX_RANGES_A_DAY, count=most)


def require_few_dates(count: int) -> None:
    """Raise `InvalidField` if a mentor would have overrides on more than `MAX_OVERRIDE_DATES`."""
    if count > MAX_OVERRIDE_DATES:
        raise InvalidField(
            Field.DATE_OVERRIDES, Problem.TOO_MANY, most=MAX_OVERRIDE_DATES, count=count
        )


def require_possible_travel(trips: Iterable[Travel], now: datetime) -> None:
    """Raise `InvalidField` for trips of a mentor that overlap, or are too long, late or many.

    Trips that are over don't count towards `MAX_TRIPS`.
    """
    trips = sorted(trips)
    for trip, following in pairwise(trips):
        if trip.overlaps(following):
            raise InvalidField(Field.TRAVEL, Problem.OVERLAPPING, date=following.first)
    today = now.date()
    longest = timedelta(days=MAX_TRIP_DAYS)
    for trip in trips:
        if trip.last > today + longest or trip.last - trip.first > longest:
            raise InvalidField(Field.TRAVEL, Problem.TOO_LATE, date=trip.last)
    count = sum(trip.last >= today for trip in trips)
    if count > MAX_TRIPS:
        raise InvalidField(Field.TRAVEL, Problem.TOO_MANY, most=MAX_TRIPS, count=count)


def first_date_read(now: datetime) -> date:
    """Return the first date whose override may matter at `now`, in whatever time zone."""
    return (now - timedelta(days=DAYS_BACK)).date()


def last_date_read(until: datetime) -> date:
    """Return the last date whose override may matter until an instant, in whatever time zone."""
    return (until + timedelta(days=2)).date()
