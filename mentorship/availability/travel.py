"""Travel: the dates on which a mentor's hours follow the clock of another zone. Pure.

Each instant belongs to exactly one clock (docs/decisions/0042-travel-changes-the-clock.md):

- Each date belongs to the zone of the trip on that date, or to the home zone.
- Where the next date belongs to another zone, the clock changes at the later of two midnights: the
  one that ends the old date in the old zone, and the one that begins the new date in the new zone.
  A day that has begun is not cut off, and no day begins before its date does.

Instants are seconds since 1970.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from mentorship.time.intervals import to_epoch
from mentorship.time.timezones import ZoneName, day_bounds

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Travel:
    """A trip: from the date `first` to the date `last`, hours follow the clock of `zone`.

    Raises ValueError if `last` is before `first`.
    """

    first: date
    last: date
    zone: ZoneName

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a trip cannot end before it starts: {self.first} to {self.last}")

    def overlaps(self, other: Travel) -> bool:
        """Return whether the two trips have a date in common."""
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class ClockSpan:
    """A span of time in which a mentor's hours follow the clock of `zone`; `end` is exclusive."""

    start: float
    end: float
    zone: ZoneName


def clock_spans(
    home: ZoneName, travel: tuple[Travel, ...], begin: float, end: float
) -> Iterator[ClockSpan]:
    """Yield the clock spans that overlap `begin..end`, both included, in order and without gaps.

    They are not cut. The trips must have no date in common.
    """
    for span in _all_clock_spans(home, travel):
        if span.start <= end and span.end > begin:
            yield span


def trips_since(home: ZoneName, travel: tuple[Travel, ...], at: float) -> tuple[Travel, ...]:
    """Return the trips that aren't over at an instant, sorted: those that decide the clock then.

    A trip ends after its last date is over there, once the next date has begun in the next zone.
    """
    return tuple(
        stay for stay, end in _stays_with_ends(home, travel) if stay in travel and end > at
    )


@lru_cache(maxsize=4096)
def _all_clock_spans(home: ZoneName, travel: tuple[Travel, ...]) -> tuple[ClockSpan, ...]:
    spans: list[ClockSpan] = []
    start = -math.inf
    for stay, end in _stays_with_ends(home, travel):
        if start < end:
            spans.append(ClockSpan(start, end, stay.zone))
        start = end
    return (*spans, ClockSpan(start, math.inf, home))


def _stays_with_ends(home: ZoneName, travel: tuple[Travel, ...]) -> Iterator[tuple[Travel, float]]:
    """Yield the trips and the times at home, but the last one, with the end of each."""
    end = -math.inf
    for stay, following in pairwise(_stays(home, travel)):
        # Over the date line, the new date may be over there before the old one is over here.
        end = max(
            end,
            to_epoch(day_bounds(stay.last, stay.zone)[1]),
            to_epoch(day_bounds(following.first, following.zone)[0]),
        )
        yield stay, end


def _stays(home: ZoneName, travel: tuple[Travel, ...]) -> Iterator[Travel]:
    """Yield the trips, and the times at home before, between and after them, in order."""
    since = date.min
    for trip in sorted(travel):
        if since < trip.first:
            yield Travel(since, trip.first - _ONE_DAY, home)
        yield trip
        since = trip.last + _ONE_DAY
    yield Travel(since, date.max, home)
