"""Busy times: many spans in a form that is fast to compute slots with. Pure.

People who live by their calendar have hundreds of appointments ahead of them, and a mentor's slots
are computed at every keystroke. So the spans are sorted numbers, which are searched by bisection.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from mentorship.time.intervals import Span, from_epoch, merge, to_epoch


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """Disjoint busy spans, sorted: their starts and their ends, in seconds since 1970.

    Parts of a second are busy seconds.
    """

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    @classmethod
    def of(cls, spans: Iterable[Span]) -> BusyTimes:
        """Return the union of spans in any order; empty ones are ignored."""
        merged = merge(
            (math.floor(to_epoch(span.start)), math.ceil(to_epoch(span.end))) for span in spans
        )
        return cls(tuple(start for start, _ in merged), tuple(end for _, end in merged))

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans, as instants in UTC."""
        pairs = zip(self.starts, self.ends, strict=True)
        return tuple(Span(from_epoch(start), from_epoch(end)) for start, end in pairs)

    def without(self, span: Span) -> BusyTimes:
        """Return these spans without one that is exactly `span`."""
        start, end = to_epoch(span.start), to_epoch(span.end)
        number = bisect_left(self.starts, start)
        if self.starts[number : number + 1] != (start,) or self.ends[number] != end:
            return self
        return BusyTimes(
            self.starts[:number] + self.starts[number + 1 :],
            self.ends[:number] + self.ends[number + 1 :],
        )

    def overlaps(self, start: float, end: float) -> bool:
        """Return whether one of the spans overlaps the interval, in seconds since 1970."""
        number = bisect_right(self.ends, start)
        return number < len(self.starts) and self.starts[number] < end

    def blocked_starts(self, begin: float, end: float, length: int) -> list[tuple[int, int]]:
        """Return the open intervals in which no slot of `length` seconds can start.

        Those that overlap `begin..end`, sorted by their starts and by their ends. They may overlap
        each other. See `slot_grid.blocked_starts`.
        """
        first, last = bisect_right(self.ends, begin), bisect_left(self.starts, end + length)
        starts, ends = self.starts[first:last], self.ends[first:last]
        return [(start - length, finish) for start, finish in zip(starts, ends, strict=True)]


NO_BUSY_TIMES = BusyTimes()
