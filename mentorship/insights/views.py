"""What mentors and moderators see of a community's figures. Pure.

Everything is by calendar months in UTC, the smallest unit that figures are kept for. A session
counts in the month of its start, a booking or a request in the month in which it was made, and a
review in the month in which it was written. All figures are whole numbers; means, shares and
medians are computed here, and are None where there is nothing to compute them from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum, auto
from math import ceil

HALF_HOURS = 7 * 48
"""The half hours of a week, from Monday 00:00 on."""

ANSWER_LIMITS = (15, 60, 120, 240, 480, 1440, 2880)
"""Upper limits of the classes of response times, in minutes. A last class has all longer ones."""

WAIT_LIMITS = (1, 2, 4, 7, 14, 30)
"""Upper limits of the classes of waiting times, in days. A last class has all longer ones."""


class InsightsRange(StrEnum):
    """How far back insights look. The current month counts, although it isn't over."""

    MONTH = auto()
    QUARTER = auto()
    YEAR = auto()
    ALL = auto()

    @property
    def months(self) -> int | None:
        """The number of calendar months, None for all that there are."""
        return {"month": 1, "quarter": 3, "year": 12}.get(self.value)


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many values are in each class: `counts` has one more item than `limits`."""

    limits: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many values there are."""
        return sum(self.counts)

    @property
    def median_limit(self) -> int | None:
        """The upper limit of the class with the median.

        None without values, or if the median is above all limits (`is_median_above`).
        """
        index = self._median_class
        return None if index is None or index == len(self.limits) else self.limits[index]

    @property
    def is_median_above(self) -> bool:
        """Whether the median is longer than the highest limit."""
        return self._median_class == len(self.limits)

    @property
    def _median_class(self) -> int | None:
        middle, seen = ceil(self.total / 2), 0
        for index, count in enumerate(self.counts):
            seen += count
            if count and seen >= middle:
                return index
        return None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Minutes by half hour of the week, in the reader's zone, from Monday 00:00 on.

    `offered` are the minutes of open hours, `used` those of them in which the mentor had a session,
    both of days that are over. A zone whose offset isn't a multiple of half an hour is rounded.
    """

    offered: tuple[int, ...]
    used: tuple[int, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no hours were offered."""
        return not any(self.offered)

    @property
    def share(self) -> float | None:
        """The share of the offered time that was used, 0 to 1."""
        offered = sum(self.offered)
        return sum(self.used) / offered if offered else None

    def share_at(self, weekday: int, hour: int) -> float | None:
        """The share of an hour of the week, 0 to 1. Weekday 0 is Monday."""
        first = (weekday * 24 + hour) * 2
        offered = sum(self.offered[first : first + 2])
        return sum(self.used[first : first + 2]) / offered if offered else None


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """The figures of a month, or of several (`total`), of one mentor or of a whole guild.

    `sessions` took place; a group session counts once. `minutes` are theirs, and `attendees` are
    the people in them, each as often as they came. `cancelled_*` are one-to-one sessions that were
    called off after they had been confirmed. `missed_*` are those to which one side didn't come,
    and `refunded` those whose dispute ended with a full refund; of a group session, each seat
    counts, but the mentor's no-show counts once. `bookings` are sessions that were booked, seats in
    group sessions included. `requests` are those of them that the mentor had to answer: they are
    `answered`, `expired`, or still open or withdrawn. `stars` is the sum of the stars of `reviews`,
    hidden ones excluded.

    `mentees` are the different people who had a session with the mentor in that month, and
    `returning_mentees` those for whom it wasn't only their first one. In sums over several months,
    or over the mentors of a guild, somebody counts once in each.
    """

    month: date | None
    sessions: int = 0
    minutes: int = 0
    attendees: int = 0
    mentees: int = 0
    returning_mentees: int = 0
    cancelled_by_mentor: int = 0
    cancelled_by_mentee: int = 0
    missed_by_mentor: int = 0
    missed_by_mentee: int = 0
    refunded: int = 0
    bookings: int = 0
    requests: int = 0
    answered: int = 0
    expired: int = 0
    reviews: int = 0
    stars: int = 0
    thanks: int = 0

    @property
    def hours(self) -> float:
        """The hours of the sessions."""
        return self.minutes / 60

    @property
    def rating(self) -> float | None:
        """The mean stars of the reviews."""
        return self.stars / self.reviews if self.reviews else None

    @property
    def no_shows(self) -> int:
        """Sessions to which one side didn't come."""
        return self.missed_by_mentor + self.missed_by_mentee


NUMBERS = tuple(name for name in MonthFigures.__slots__ if name != "month")
"""The names of the numbers of `MonthFigures`."""


def total(months: Iterable[MonthFigures]) -> MonthFigures:
    """Return the sums of several months."""
    sums = dict.fromkeys(NUMBERS, 0)
    for each in months:
        for name in NUMBERS:
            sums[name] += getattr(each, name)
    return MonthFigures(None, **sums)


@dataclass(frozen=True, slots=True)
class VainSearches:
    """How often people looked for a slot of a mentor and found none.

    `weekday` (0 is Monday) and `part_of_day` are when they wanted one, None if they didn't say.
    """

    weekday: int | None
    part_of_day: str | None
    count: int


@dataclass(frozen=True, slots=True)
class MentorInsights:
    """The figures of a mentor.

    `months` are consecutive, the oldest first, with those in which nothing happened; the last one
    is the current month. `mentees` are the different people of all time, `returning_mentees` those
    with more than one session. The heat map is of the last twelve months at most; `offered_since`
    is its first month with open hours, None without one.
    """

    range: InsightsRange
    months: tuple[MonthFigures, ...]
    total: MonthFigures
    mentees: int
    returning_mentees: int
    answer_times: Distribution
    heat_map: HeatMap
    offered_since: date | None
    vain_searches: tuple[VainSearches, ...]
    timezone: str


@dataclass(frozen=True, slots=True)
class GuildMonth:
    """A month of a guild. `active_mentors` and `active_members` had a session that took place.

    In sums over several months, somebody counts once in each. Points are those that moved in that
    month: `issued` by grants and starting balances, `withdrawn` by deductions and erasures, `held`
    for bookings, `refunded`, `paid` to mentors, kept as `fees`, and `given` from member to member,
    tips included.
    """

    figures: MonthFigures
    active_mentors: int = 0
    active_members: int = 0
    issued: int = 0
    withdrawn: int = 0
    held: int = 0
    refunded: int = 0
    paid: int = 0
    fees: int = 0
    given: int = 0


@dataclass(frozen=True, slots=True)
class ExpertiseDemand:
    """The demand for an expertise: what members looked for and didn't find.

    `tag` is None for all expertise that isn't named. `searches` found no mentor in the range,
    `requests` for help are open now. `mentors` can be found for it now, counted up to
    `MAX_MENTORS`.
    """

    tag: str | None
    searches: int
    requests: int
    mentors: int


MAX_MENTORS = 100
"""Up to how many mentors of an expertise are counted."""


@dataclass(frozen=True, slots=True)
class QuietMentor:
    """An approved mentor without a session for a long time.

    `last_active_at` is the end of their last session, or when they were approved.
    """

    user_id: int
    name: str
    last_active_at: datetime


@dataclass(frozen=True, slots=True)
class GuildInsights:
    """The figures of a guild. `months` are as in `MentorInsights`.

    `waits` are the days between booking and start, of bookings that weren't called off. `held_now`
    are the points on hold. `demand` has the greatest first, `quiet_mentors` those first who have
    been quiet longest; both are cut.
    """

    range: InsightsRange
    months: tuple[GuildMonth, ...]
    total: MonthFigures
    answer_times: Distribution
    waits: Distribution
    heat_map: HeatMap
    offered_since: date | None
    held_now: int
    demand: tuple[ExpertiseDemand, ...]
    quiet_mentors: tuple[QuietMentor, ...]
    timezone: str


# --- Months and classes ---------------------------------------------------------------------------


def month_of(instant: datetime | date) -> date:
    """Return the first day of the month of a date, or of an instant in UTC."""
    return date(instant.year, instant.month, 1)


def shift(month: date, months: int) -> date:
    """Return the first day of the month that is `months` later, or earlier if negative."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def months_between(first: date, last: date) -> list[date]:
    """Return the first days of the months from `first` to `last`, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [shift(first, number) for number in range(count)]


def class_of(value: float, limits: Sequence[int]) -> int:
    """Return the number of the class of a value: the first whose limit isn't below it."""
    for number, limit in enumerate(limits):
        if value <= limit:
            return number
    return len(limits)


def rotate(minutes: Sequence[int], offset_minutes: int) -> tuple[int, ...]:
    """Return the half hours of a week in UTC as those of a zone, given its offset in minutes."""
    steps = round(offset_minutes / 30) % HALF_HOURS
    return tuple(minutes[(index - steps) % HALF_HOURS] for index in range(HALF_HOURS))
