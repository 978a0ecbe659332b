"""Intervals of time, merged and subtracted, and instants as seconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PointT = TypeVar("PointT", int, float, datetime)
"""What the bounds of an interval are counted in, such as seconds or minutes, or instants."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """An interval between two aware instants, `end` exclusive.

    Raises ValueError for naive datetimes, and for an end before the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span's ends must be aware")
        if self.end < self.start:
            raise ValueError(f"a span cannot end before it starts: {self.start} to {self.end}")


def merge(
    intervals: Iterable[tuple[PointT, PointT]], *, touching: bool = True
) -> list[tuple[PointT, PointT]]:
    """Return the union of (start, end) intervals: sorted, disjoint, without empty ones.

    Intervals of which one starts where the other ends become one, unless `touching` is false.
    """
    merged: list[tuple[PointT, PointT]] = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if merged:
            last_start, last_end = merged[-1]
            if start < last_end or (touching and start == last_end):
                if end > last_end:
                    merged[-1] = (last_start, end)
                continue
        merged.append((start, end))
    return merged


def subtract(
    interval: tuple[PointT, PointT], removed: Iterable[tuple[PointT, PointT]]
) -> Iterator[tuple[PointT, PointT]]:
    """Yield the parts of an interval outside the intervals `removed`, which must be sorted."""
    start, end = interval
    for removed_start, removed_end in removed:
        if removed_start < end and removed_end > start:
            if removed_start > start:
                yield start, removed_start
            start = max(start, removed_end)
    if start < end:
        yield start, end


def to_epoch(instant: datetime) -> float:
    """Return the seconds since 1970 of an instant. Raises ValueError for a naive datetime."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant must be aware, this one is naive: {instant!r}")
    return instant.timestamp()


def from_epoch(seconds: float) -> datetime:
    """Return the UTC instant so many seconds after 1970 began."""
    return EPOCH + timedelta(seconds=seconds)
