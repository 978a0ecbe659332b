"""Slots that fill the gap after a booking, which the grid would waste. Pure.

A mentor can allow them. After a booking and its buffer, a slot can then also start at the next
quarter hour on the mentor's clock. It is offered if more sessions of its length, one after the
other, fit in from there than on the grid: until the next booking, the end of the open hours, or a
day later, whichever is first. Slots of the grid are never left out.

Instants are seconds since 1970; lengths, steps and buffers are seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial

from mentorship.availability.opening_hours import OpenPiece, Schedule, open_pieces
from mentorship.availability.slot_grid import SlotRun, blocked_starts, first_start, runs_of_pieces
from mentorship.time.intervals import Span, from_epoch, merge, to_epoch
from mentorship.time.timezones import offset_at

QUARTER = 900
REACH = 86_400
"""How far after a slot the sessions are counted that fit in: hours may never end."""


def gap_starts(
    schedule: Schedule,
    busy: Sequence[Span],
    *,
    begin: float,
    end: float,
    length: int,
    stride: int,
    buffer_before: int,
    buffer_after: int,
) -> list[float]:
    """Return the starts from `begin` to `end`, both included, that fill a gap after a busy span.

    Sorted, and without starts of the grid. `busy` are the mentor's commitments, and `stride` is the
    step of the grid.
    """
    buffer = max(buffer_before, buffer_after)
    starts = {
        start
        for span in busy
        if span.end > span.start
        and begin <= (start := _next_quarter(schedule, to_epoch(span.end) + buffer)) <= end
    }
    if not starts:
        return []
    blocked = merge(blocked_starts(busy, length, buffer_before, buffer_after), touching=False)
    around = min(starts), max(starts) + REACH + length
    pieces = open_pieces(schedule, *around)
    gaps = []
    for start in sorted(starts):
        last = min(_last_open_start(pieces, start, length), start + REACH)
        next_block = bisect_right(blocked, start, key=lambda block: block[1])
        if next_block < len(blocked):
            last = min(last, blocked[next_block][0])
        runs = list(runs_of_pieces(pieces, start, last + length, length))
        if start > last or _first_start_of(runs, stride, start) == start:
            continue
        by_quarters = partial(_next_quarter, schedule)
        by_grid = partial(_first_start_of, runs, stride)
        step = length + buffer
        if _count(by_quarters, start, last, step) > _count(by_grid, start, last, step):
            gaps.append(start)
    return gaps


def _first_start_of(runs: Sequence[SlotRun], stride: int, since: float) -> float:
    """Return the first start of the grid at or after an instant; infinity if there is none."""
    starts = (first_start(run, stride, since) for run in runs)
    return min((start for start in starts if start is not None), default=math.inf)


def _count(find_next: Callable[[float], float], start: float, last: float, step: int) -> int:
    """Count the sessions that fit in up to the start `last`, each at the next start after one."""
    count = 0
    while (start := find_next(start)) <= last:
        count += 1
        start += step
    return count


def _next_quarter(schedule: Schedule, at: float) -> float:
    """Return the next quarter hour at or after an instant, on the mentor's clock at that time."""
    instant = from_epoch(at)
    wall = at + offset_at(instant, schedule.zone_at(instant))
    return at + -wall % QUARTER


def _last_open_start(pieces: Sequence[OpenPiece], start: float, length: int) -> float:
    """Return the last start with which a session lies within the open hours around `start`."""
    for piece in pieces:
        if piece.start <= start < piece.end:
            return piece.until - length
    return -math.inf
