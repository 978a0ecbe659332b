"""Dates that a text names, seen from a day."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from mentorship.time.natural_time.vocabulary import Edge

_RECENT = timedelta(days=31)
_LONGEST_RANGE = timedelta(days=366)


class Recurrence(Enum):
    """What happens to days that are past."""

    NONE = auto()
    WEEKLY = auto()
    """Those of the next week are meant."""


@dataclass(frozen=True, slots=True)
class Days:
    """The local dates from `first` to `last`.

    `weekday` is the weekday if nothing else was said: 0 is Monday. `is_week` says that they are a
    week, of which one day may be named; `is_unusual`, that the week starts on another day than
    most people think, so that it is one only together with a day.
    """

    first: date
    last: date
    recurrence: Recurrence = Recurrence.NONE
    weekday: int | None = None
    is_week: bool = False
    is_unusual: bool = False

    def both(self, other: Days) -> Days | None:
        """Return the days that two expressions beside each other name; None if they disagree.

        A weekday in a week is its day in it; otherwise both have to be the same date.
        """
        for day, days in ((self, other), (other, self)):
            if day.weekday is None or days.weekday is not None:
                continue
            if days.is_week:
                return one_day(
                    days.first + timedelta(days=(day.weekday - days.first.weekday()) % 7)
                )
            return days if days.first == days.last and days.first.weekday() == day.weekday else None
        return self if (self.first, self.last) == (other.first, other.last) else None


def one_day(day: date) -> Days:
    """Return the days of one date."""
    return Days(day, day)


def weekday_ahead(weekday: int, today: date) -> Days:
    """Return the next such weekday, today included."""
    day = today + timedelta(days=(weekday - today.weekday()) % 7)
    return Days(day, day, Recurrence.WEEKLY, weekday)


def week(weeks_ahead: int, today: date, start: int = 0) -> Days:
    """Return the week that starts on a weekday, so many weeks from this one."""
    first = today - timedelta(days=(today.weekday() - start) % 7) + timedelta(weeks=weeks_ahead)
    return Days(first, first + timedelta(days=6), is_week=True)


def weekend(weeks_ahead: int, today: date, start: int = 5) -> Days:
    """Return the two days of a week from a weekday on, which are a weekend."""
    first = week(weeks_ahead, today).first + timedelta(days=start)
    return Days(first, first + timedelta(days=1))


def month(first: date) -> Days:
    """Return the month of a date."""
    start = first.replace(day=1)
    return Days(start, (start + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def month_ahead(number: int, today: date) -> Days:
    """Return the next such month, this one included."""
    year = today.year + (number < today.month)
    return month(date(year, number, 1))


def month_from(months_ahead: int, today: date) -> Days:
    """Return the month before this one, this one or the next one, for -1, 0 and 1."""
    this = month(today)
    if months_ahead == 0:
        return this
    return month(
        this.last + timedelta(days=1) if months_ahead > 0 else this.first - timedelta(days=1)
    )


def from_to(first: Days, last: Days, today: date) -> Iterator[Days]:
    """Yield the days from one date to another, none if they aren't in order.

    `mon-fri` on a Wednesday can be the rest of this week, or the next one.
    """
    end = last.last
    if end < first.first and last.weekday is not None:
        end += timedelta(weeks=1)
    if end <= first.first or end - first.first > _LONGEST_RANGE:
        return
    if first.weekday is None or last.weekday is None:
        yield Days(first.first, end)
        return
    yield Days(first.first, end, Recurrence.WEEKLY)
    week_before = timedelta(weeks=1)
    if first.first - week_before < today <= end - week_before:
        yield Days(today, end - week_before)


def dated(year: int | None, month: int, day: int, today: date) -> Days | None:
    """Return a date, None if it doesn't exist; without a year the next one.

    A date without a year that was up to a month ago is past: nobody means the one in a year.
    """
    try:
        if year is not None:
            return one_day(date(year, month, day))
        recent = today - _RECENT
        years = (recent.year, recent.year + 1, recent.year + 2)
        candidates = [date(each, month, day) for each in years if _exists(each, month, day)]
        return next((one_day(each) for each in candidates if each >= recent), None)
    except ValueError:
        return None


def _exists(year: int, month: int, day: int) -> bool:
    return (month, day) != (2, 29) or isleap(year)


def day_of_month(day: int, today: date) -> Days | None:
    """Return the next such day of a month, today included."""
    first = today.replace(day=1)
    for _ in range(3):
        try:
            candidate = first.replace(day=day)
        except ValueError:
            candidate = None
        if candidate is not None and candidate >= today:
            return one_day(candidate)
        first = (first + timedelta(days=32)).replace(day=1)
    return None


def edge(days: Days, part: Edge) -> Days:
    """Return the beginning, middle or end of a week or a month.

    Of a week Monday and Tuesday, Tuesday to Thursday, and Thursday to Sunday; of a month the days
    until the 10th, those until the 20th, and the others.
    """
    first, last = days.first, days.last
    if days.is_week:
        firsts = {Edge.BEGINNING: 0, Edge.MIDDLE: 1, Edge.END: 3}
        lasts = {Edge.BEGINNING: 1, Edge.MIDDLE: 3, Edge.END: 6}
        monday = first
        return Days(monday + timedelta(days=firsts[part]), monday + timedelta(days=lasts[part]))
    if part is Edge.BEGINNING:
        return Days(first, first.replace(day=10))
    if part is Edge.MIDDLE:
        return Days(first.replace(day=11), first.replace(day=20))
    return Days(first.replace(day=21), last)
