"""Where sessions can start: the grid of slots in the open hours, and what blocks starts. Pure.

- Slots start at the start of an open interval plus a multiple of the step in elapsed time.
- An open interval without a beginning (hours that cover the whole week, with no override before it)
  counts its steps from each local midnight, so that its slots have the same times every day.
- While a mentor travels, the grid is that of the clock which applies when a slot starts. A slot may
  last beyond the change to another clock if the hours do.
- The grid doesn't depend on what is busy. Busy spans and buffers block starts, on the grid or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from mentorship.availability.opening_hours import (
    OpenPiece,
    Schedule,
    first_occurrence,
    open_pieces,
)
from mentorship.time.intervals import Span, to_epoch
from mentorship.time.timezones import offset_spans

_DAY = 86_400

SlotRun = tuple[int, float, float]
"""(origin, earliest start, latest start): slots start at the origin plus a multiple of the step."""


def slot_runs(schedule: Schedule, begin: float, end: float, length: int) -> Iterator[SlotRun]:
    """Yield the runs of slots of `length` seconds that lie within `begin..end`, in order."""
    return runs_of_pieces(open_pieces(schedule, begin, end), begin, end, length)


def runs_of_pieces(
    pieces: Sequence[OpenPiece], begin: float, end: float, length: int
) -> Iterator[SlotRun]:
    """Yield the runs of slots that lie within `begin..end`, for the open hours around it."""
    for piece in pieces:
        earliest = max(piece.start, begin)
        latest = min(min(piece.until, end) - length, math.ceil(piece.end) - 1)
        if earliest > latest:
            continue
        if piece.opens is not None:
            yield piece.opens, earliest, latest
            continue
        origins = _midnights(piece.zone, earliest, latest)
        for origin, following in zip(origins, [*origins[1:], None], strict=True):
            yield origin, max(origin, earliest), latest if following is None else following - 1


def first_start(run: SlotRun, stride: int, since: float) -> float | None:
    """Return the first start of a run at or after an instant; None if there is none."""
    origin, earliest, latest = run
    start = next_on_grid(origin, stride, max(earliest, since))
    return start if start <= latest else None


def next_on_grid(origin: float, stride: int, since: float) -> float:
    """Return the first of `origin` plus multiples of `stride` that is at or after an instant."""
    return origin + int(-((origin - since) // stride)) * stride


def blocked_starts(
    busy: Iterable[Span], length: int, buffer_before: int, buffer_after: int
) -> Iterator[tuple[float, float]]:
    """Yield the open intervals (both ends excluded) in which no slot of `length` can start.

    Each is from a slot's length and the buffer after it before a busy span, to the buffer before a
    slot after it, all in seconds. Where two touch, a slot can start.
    """
    for span in busy:
        if span.end > span.start:
            yield to_epoch(span.start) - length - buffer_after, to_epoch(span.end) + buffer_before


def _midnights(zone: str, begin: float, end: float) -> list[int]:
    """Return each local midnight up to `end`, from the last one at or before `begin`."""
    first, last = int(begin // _DAY) - 2, int(end // _DAY) + 2
    spans = offset_spans(zone, (first - 2) * _DAY, (last + 2) * _DAY)
    midnights = [first_occurrence(spans, day * _DAY) for day in range(first, last + 1)]
    past = sum(1 for midnight in midnights if midnight <= begin)
    return [midnight for midnight in midnights[past - 1 :] if midnight <= end]
