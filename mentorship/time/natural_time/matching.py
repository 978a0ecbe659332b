"""Slots that match a time in plain words."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mentorship.time.intervals import Span
from mentorship.time.natural_time.resolution import ParsedTime


def best_matches(slots: Sequence[datetime], time: ParsedTime, limit: int) -> list[datetime]:
    """Return at most `limit` slots that match a time best.

    First those within its spans, in order, then the others by their distance from the nearest
    span, and the earlier one first of two equally far ones.
    """

    def order(slot: datetime) -> tuple[timedelta, datetime]:
        return min(_distance(slot, span) for span in time.spans), slot

    return sorted(slots, key=order)[:limit]


def matches(slots: Sequence[datetime], time: ParsedTime) -> list[datetime]:
    """Return the slots that start within the time's spans, or at its instants."""
    return [slot for slot in slots if any(not _distance(slot, span) for span in time.spans)]


def _distance(slot: datetime, span: Span) -> timedelta:
    if span.start <= slot < span.end or slot == span.start:
        return timedelta()
    # At the exclusive end of a span, a slot is outside of it, although it is at no distance.
    return span.start - slot if slot < span.start else slot - span.end + timedelta.resolution
