"""Slots: from opening hours, busy spans and booking limits to the starts that can be booked. Pure.

The rules (product: "Time", "Availability"), in addition to those in `opening_hours`:

- Slots start on the grid of `slot_grid` or, if the mentor wants so, where they fill a gap
  (`gap_slots`). A slot fits if its whole duration lies within the open interval and, widened by the
  buffers, doesn't overlap a busy span of the mentor. The buffers are the mentor's, for sessions:
  a mentee's busy spans, and the appointments in the mentor's own calendars, must not overlap the
  slot itself.
- Minimum notice, booking window, and daily and weekly limits apply on top. Days and weeks are those
  of the mentor's clock. An open reschedule request counts like the session that it may become.

Instants are aware datetimes, in UTC where returned. Durations, steps and buffers are elapsed
minutes. Time and memory grow linearly with days, busy spans, open intervals and slots.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, repeat
from operator import add

from mentorship.availability.busy_times import NO_BUSY_TIMES, BusyTimes
from mentorship.availability.gap_slots import gap_starts
from mentorship.availability.opening_hours import Schedule, sessions_outside_hours
from mentorship.availability.slot_grid import blocked_starts, first_start, next_on_grid, slot_runs
from mentorship.errors import NotBookableReason
from mentorship.time.intervals import Span, from_epoch, merge, to_epoch
from mentorship.time.timezones import offset_spans

_MINUTE = 60
_DAY = 86_400


# --- From open intervals to slots -----------------------------------------------------------------


def _check_arguments(duration: int, step: int, buffer_before: int, buffer_after: int) -> None:
    if duration < 1 or step < 1:
        raise ValueError(f"duration and step are at least a minute, not {duration} and {step}")
    if buffer_before < 0 or buffer_after < 0:
        raise ValueError("buffers cannot be negative")


def open_slots(
    schedule: Schedule,
    *,
    busy: Sequence[Span] = (),
    mentee_busy: Sequence[Span] = (),
    external_busy: BusyTimes = NO_BUSY_TIMES,
    window: tuple[datetime, datetime],
    duration: int,
    step: int = 30,
    buffer_before: int = 0,
    buffer_after: int = 0,
    fill_gaps: bool = False,
) -> list[datetime]:
    """Return the starts of all open slots of `duration` minutes in `window`, sorted.

    A slot starts at or after the window's start and ends at or before its end. The buffers keep a
    distance from `busy`, but not from `mentee_busy` and `external_busy`. The first two may come in
    any order and overlap; empty spans in them are ignored. Raises ValueError for naive instants and
    for minutes out of range.
    """
    _check_arguments(duration, step, buffer_before, buffer_after)
    begin, end = to_epoch(window[0]), to_epoch(window[1])
    length, stride = duration * _MINUTE, step * _MINUTE
    if end - begin < length:
        return []
    before, after = buffer_before * _MINUTE, buffer_after * _MINUTE
    last_start = end - length
    unbuffered = external_busy.blocked_starts(begin, last_start, length)
    if mentee_busy:
        also = blocked_starts(mentee_busy, length, 0, 0)
        unbuffered = _merged(unbuffered, also, begin, last_start)
    blocked = unbuffered
    if busy:
        also = blocked_starts(busy, length, before, after)
        blocked = _merged(unbuffered, also, begin, last_start)
    slots: list[datetime] = []
    stride_delta = timedelta(seconds=stride)
    next_block, blocks = 0, len(blocked)
    for origin, earliest, latest in slot_runs(schedule, begin, end, length):
        first = int(next_on_grid(origin, stride, earliest))
        if first > latest:
            continue
        more = int((latest - first) // stride)
        run = list(accumulate(repeat(stride_delta, more), add, initial=from_epoch(first)))
        # Of each run, the slots between blocks. There may be many more blocks than runs, and a
        # slice takes a fraction of the time of computing its instants.
        free_from = 0
        while next_block < blocks and (block := blocked[next_block])[0] < first:
            if block[1] > first:
                free_from = -((first - block[1]) // stride)
            next_block += 1
        last_block = bisect_left(blocked, (latest,), lo=next_block)
        for block_begins, block_ends in blocked[next_block:last_block]:
            slots += run[free_from : (block_begins - first) // stride + 1]
            free_from = -((first - block_ends) // stride)
        slots += run[free_from:] if free_from else run
        # What ends after this run may go on in the next.
        next_block = last_block
        while next_block and blocked[next_block - 1][1] > latest:
            next_block -= 1
    if fill_gaps:
        gaps = gap_starts(
            schedule,
            busy,
            begin=begin,
            end=last_start,
            length=length,
            stride=stride,
            buffer_before=before,
            buffer_after=after,
        )
        slots += [from_epoch(start) for start in gaps if not _is_within(unbuffered, start)]
        slots.sort()
    return slots


def _merged(
    blocked: Sequence[tuple[int, int]],
    also: Iterable[tuple[float, float]],
    begin: float,
    last_start: float,
) -> list[tuple[int, int]]:
    """Return the union of open intervals, and of those of others with starts in a window.

    Slots start at whole seconds, so the intervals are rounded to these.
    """
    within = [block for block in also if block[1] > begin and block[0] < last_start]
    merged = merge((*blocked, *within), touching=False)
    return [(math.floor(start), math.ceil(end)) for start, end in merged]


def _is_within(intervals: Sequence[tuple[float, float]], at: float) -> bool:
    """Return whether an instant lies within one of some open intervals.

    They are sorted by their starts and by their ends, so the last that starts before it ends last.
    """
    number = bisect_left(intervals, (at, -math.inf)) - 1
    return number >= 0 and at < intervals[number][1]


def _is_on_grid(schedule: Schedule, start: datetime, duration: int, step: int) -> bool:
    """Return whether the grid of the open hours has a slot at `start`, regardless of busy spans."""
    begin, length = to_epoch(start), duration * _MINUTE
    return any(
        first_start(run, step * _MINUTE, begin) == begin
        for run in slot_runs(schedule, begin, begin + length, length)
    )


def _fills_gap(
    schedule: Schedule,
    busy: Sequence[Span],
    start: datetime,
    duration: int,
    step: int,
    buffers: tuple[int, int],
) -> bool:
    """Return whether a slot at `start` would fill the gap after a busy span; see `gap_slots`."""
    before, after = buffers
    return bool(
        gap_starts(
            schedule,
            busy,
            begin=to_epoch(start),
            end=to_epoch(start),
            length=duration * _MINUTE,
            stride=step * _MINUTE,
            buffer_before=before * _MINUTE,
            buffer_after=after * _MINUTE,
        )
    )


def overlaps(
    busy: Iterable[Span],
    start: datetime,
    duration: int,
    buffer_before: int = 0,
    buffer_after: int = 0,
) -> bool:
    """Return whether a slot with its buffers overlaps a busy span."""
    begins = start - timedelta(minutes=buffer_before)
    ends = start + timedelta(minutes=duration + buffer_after)
    return any(span.start < ends and span.end > begins and span.end > span.start for span in busy)


def _is_external(external_busy: BusyTimes, start: datetime, duration: int) -> bool:
    begin = to_epoch(start)
    return external_busy.overlaps(begin, begin + duration * _MINUTE)


def is_open(
    schedule: Schedule,
    *,
    busy: Sequence[Span] = (),
    mentee_busy: Sequence[Span] = (),
    external_busy: BusyTimes = NO_BUSY_TIMES,
    start: datetime,
    duration: int,
    step: int = 30,
    buffer_before: int = 0,
    buffer_after: int = 0,
    fill_gaps: bool = False,
) -> bool:
    """Return whether `open_slots` has `start`, in a window that holds it, without listing slots."""
    _check_arguments(duration, step, buffer_before, buffer_after)
    buffers = buffer_before, buffer_after
    return (
        (
            _is_on_grid(schedule, start, duration, step)
            or (fill_gaps and _fills_gap(schedule, busy, start, duration, step, buffers))
        )
        and not overlaps(busy, start, duration, buffer_before, buffer_after)
        and not overlaps(mentee_busy, start, duration)
        and not _is_external(external_busy, start, duration)
    )


# --- Limits on bookings ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BookingLimits:
    """A mentor's limits on bookings, besides their hours.

    `step`, the buffers and `minimum_notice` are minutes. `horizon_days`, the booking window, is how
    far ahead of now a session may start, in days of 24 hours. `most_per_day` and `most_per_week`
    limit the mentor's sessions that start on one date, and in one week from Monday, on the mentor's
    clock. `fill_gaps` allows slots off the grid that fill gaps after bookings (`gap_slots`). Raises
    ValueError if out of range.
    """

    step: int = 30
    buffer_before: int = 0
    buffer_after: int = 0
    minimum_notice: int = 60
    horizon_days: int = 60
    most_per_day: int | None = None
    most_per_week: int | None = None
    fill_gaps: bool = False

    def __post_init__(self) -> None:
        if self.step < 1:
            raise ValueError(f"a step is at least a minute, not {self.step}")
        if min(self.buffer_before, self.buffer_after, self.minimum_notice, self.horizon_days) < 0:
            raise ValueError("buffers, notice and horizon cannot be negative")
        if any(cap is not None and cap < 1 for cap in (self.most_per_day, self.most_per_week)):
            raise ValueError("a cap is at least one session, or None")


def _local_days(schedule: Schedule, instants: Sequence[datetime]) -> list[int]:
    """Return the local date of each of some sorted instants, as days since 1970."""
    epochs = [to_epoch(instant) for instant in instants]
    if not epochs:
        return []
    return [
        day
        for clock in schedule.clocks(epochs[0], epochs[-1])
        for day in _days_in_zone(
            clock.zone,
            epochs[bisect_left(epochs, clock.start) : bisect_left(epochs, clock.end)],
        )
    ]


def _days_in_zone(zone: str, epochs: Sequence[float]) -> Iterator[int]:
    if not epochs:
        return
    spans = offset_spans(zone, int(epochs[0] // 1), int(epochs[-1] // 1) + 1)
    k = 0
    for epoch in epochs:
        while epoch >= spans[k].end:
            k += 1
        yield int((epoch + spans[k].offset) // _DAY)


def _week_of(day: int) -> int:
    """Return the number of the week, Monday first. Day 0, in 1970, was a Thursday."""
    return (day + 3) // 7


@dataclass(frozen=True, slots=True)
class _FullDates:
    """The local dates and weeks in which no further session may start, by their numbers."""

    days: frozenset[int]
    weeks: frozenset[int]


def _full_dates(
    schedule: Schedule,
    limits: BookingLimits,
    booked: Sequence[datetime],
    proposed: Sequence[tuple[datetime, datetime]],
) -> _FullDates:
    most_per_day, most_per_week = limits.most_per_day, limits.most_per_week
    if most_per_day is None and most_per_week is None:
        return _FullDates(frozenset(), frozenset())
    days = _local_days(schedule, sorted(booked))
    per_day, per_week = Counter(days), Counter(_week_of(day) for day in days)
    for pair in proposed:
        # A session counts once on a day or in a week, wherever on it the session will be.
        first, last = _local_days(schedule, sorted(pair))
        other = last if pair[0] <= pair[1] else first
        per_day[other] += first != last
        per_week[_week_of(other)] += _week_of(first) != _week_of(last)
    return _FullDates(
        frozenset(d for d, n in per_day.items() if most_per_day is not None and n >= most_per_day),
        frozenset(
            w for w, n in per_week.items() if most_per_week is not None and n >= most_per_week
        ),
    )


def bookable_slots(
    schedule: Schedule,
    limits: BookingLimits,
    *,
    now: datetime,
    busy: Sequence[Span] = (),
    mentee_busy: Sequence[Span] = (),
    external_busy: BusyTimes = NO_BUSY_TIMES,
    booked: Sequence[datetime] = (),
    proposed: Sequence[tuple[datetime, datetime]] = (),
    window: tuple[datetime, datetime],
    duration: int,
) -> list[datetime]:
    """Return the open slots in `window` that can be booked at `now` within the limits, sorted.

    `booked` are the starts of the mentor's own sessions, which the daily and weekly limits count:
    pass those of every week that the window overlaps. `proposed` are the current and the proposed
    starts of those with an open reschedule request. `busy` are the mentor's commitments, those of
    these sessions included, `mentee_busy` those of the person who would book, and `external_busy`
    when the mentor is busy by their own calendars.
    """
    horizon = now + timedelta(days=limits.horizon_days, minutes=duration)
    within = (
        max(window[0], now + timedelta(minutes=limits.minimum_notice)),
        min(window[1], horizon),
    )
    slots = open_slots(
        schedule,
        busy=busy,
        mentee_busy=mentee_busy,
        external_busy=external_busy,
        window=within,
        duration=duration,
        step=limits.step,
        buffer_before=limits.buffer_before,
        buffer_after=limits.buffer_after,
        fill_gaps=limits.fill_gaps,
    )
    full = _full_dates(schedule, limits, booked, proposed)
    if not full.days and not full.weeks:
        return slots
    return [
        slot
        for slot, day in zip(slots, _local_days(schedule, slots), strict=True)
        if day not in full.days and _week_of(day) not in full.weeks
    ]


def why_not_bookable(
    schedule: Schedule,
    limits: BookingLimits,
    *,
    now: datetime,
    busy: Sequence[Span] = (),
    mentee_busy: Sequence[Span] = (),
    external_busy: BusyTimes = NO_BUSY_TIMES,
    booked: Sequence[datetime] = (),
    proposed: Sequence[tuple[datetime, datetime]] = (),
    start: datetime,
    duration: int,
) -> NotBookableReason | None:
    """Return the first reason why `bookable_slots` doesn't have `start`, or None if it does."""
    _check_arguments(duration, limits.step, limits.buffer_before, limits.buffer_after)
    if start < now:
        return NotBookableReason.PAST
    if start < now + timedelta(minutes=limits.minimum_notice):
        return NotBookableReason.NOTICE
    if start > now + timedelta(days=limits.horizon_days):
        return NotBookableReason.HORIZON
    if not _is_on_grid(schedule, start, duration, limits.step):
        reason = _why_not_off_grid(schedule, limits, busy, start, duration)
        if reason is not None:
            return reason
    if overlaps(busy, start, duration, limits.buffer_before, limits.buffer_after):
        return NotBookableReason.BUSY
    if _is_external(external_busy, start, duration):
        return NotBookableReason.BUSY
    full = _full_dates(schedule, limits, booked, proposed)
    (day,) = _local_days(schedule, [start])
    if day in full.days:
        return NotBookableReason.DAY_FULL
    if _week_of(day) in full.weeks:
        return NotBookableReason.WEEK_FULL
    return NotBookableReason.MENTEE_BUSY if overlaps(mentee_busy, start, duration) else None


def _why_not_off_grid(
    schedule: Schedule, limits: BookingLimits, busy: Sequence[Span], start: datetime, duration: int
) -> NotBookableReason | None:
    """Return why a start that the grid lacks can't be booked, or None if it fills a gap."""
    if not limits.fill_gaps:
        return NotBookableReason.HOURS
    buffers = limits.buffer_before, limits.buffer_after
    if _fills_gap(schedule, busy, start, duration, limits.step, buffers):
        return None
    # Somebody else may have booked the slot since it was offered.
    session = Span(start, start + timedelta(minutes=duration))
    if sessions_outside_hours(schedule, [session]) or not overlaps(busy, start, duration, *buffers):
        return NotBookableReason.HOURS
    return NotBookableReason.BUSY
