"""When a mentor can be booked: opening hours, busy spans and limits to open slots, pure.

The rules (product: "Time", "Availability"), beside those of opening hours in `schedules`:

- Slots start at an opening's start plus whole steps of elapsed time, and fit when their whole
  duration lies in the opening and, widened by the buffers, meets nothing busy.
- An opening without a beginning (hours that cover the whole week, and no override before it that
  closes) starts afresh at each local midnight as far as steps go, so that the slots of such a
  mentor stand at the same clock times every day.
- Minimum notice, horizon and caps come on top; days and weeks are those of the mentor's clock.

Instants are aware datetimes, in UTC where returned; durations, steps and buffers are elapsed
minutes. Time and memory grow linearly with days, busy spans, openings and slots.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import accumulate, repeat
from operator import add

from mentorship.availability.opening_hours import (
    DateOverride,
    Openings,
    Schedule,
    WeeklyHours,
    at_same_instants,
    epoch_of,
    first_pass,
    instant_of,
    openings,
    openings_around,
    outside_hours,
)
from mentorship.time.intervals import Span
from mentorship.time.timezones import offset_spans

__all__ = [
    "BookingLimits",
    "DateOverride",
    "Refusal",
    "Schedule",
    "Span",
    "WeeklyHours",
    "at_same_instants",
    "bookable_slots",
    "is_open",
    "open_slots",
    "openings",
    "outside_hours",
    "why_not_bookable",
]

_MINUTE = 60
_DAY = 86_400


# --- Openings to slots ----------------------------------------------------------------------------


def _check_request(duration: int, step: int, buffer_before: int, buffer_after: int) -> None:
    if duration < 1 or step < 1:
        raise ValueError(f"duration and step are at least a minute, not {duration} and {step}")
    if buffer_before < 0 or buffer_after < 0:
        raise ValueError("buffers cannot be negative")


def _step_origins(zone: str, begin: float, end: float) -> list[int]:
    """Where steps begin in an opening without a beginning: each local midnight, from the last
    at or before `begin`."""
    first, last = int(begin // _DAY) - 2, int(end // _DAY) + 2
    spans = offset_spans(zone, (first - 2) * _DAY, (last + 2) * _DAY)
    midnights = [first_pass(spans, day * _DAY) for day in range(first, last + 1)]
    past = sum(1 for midnight in midnights if midnight <= begin)
    return [midnight for midnight in midnights[past - 1 :] if midnight <= end]


def _runs(
    schedule: Schedule, found: Openings, begin: float, end: float, duration: int
) -> Iterator[tuple[int, float, float]]:
    """(origin, earliest start, latest start) of the slots in each opening, in order."""
    for number, (lo, hi) in enumerate(found.stretches):
        earliest, latest = max(lo, begin), min(hi, end) - duration
        if earliest > latest:
            continue
        if not (found.endless and number == 0):
            yield lo, earliest, latest
            continue
        origins = _step_origins(schedule.zone, earliest, latest)
        for origin, following in zip(origins, [*origins[1:], None], strict=True):
            yield origin, max(origin, earliest), latest if following is None else following - 1


def open_slots(
    schedule: Schedule,
    *,
    busy: Sequence[Span] = (),
    window: tuple[datetime, datetime],
    duration: int,
    step: int = 30,
    buffer_before: int = 0,
    buffer_after: int = 0,
) -> list[datetime]:
    """The starts of all open slots of `duration` minutes in `window`, sorted.

    A slot starts at or after the window's start and ends at or before its end. `busy` may come
    in any order and overlap; an empty span in it blocks nothing. Raises ValueError for naive
    instants and for minutes out of range.
    """
    _check_request(duration, step, buffer_before, buffer_after)
    begin, end = epoch_of(window[0]), epoch_of(window[1])
    length, stride = duration * _MINUTE, step * _MINUTE
    if end - begin < length:
        return []
    before, after = buffer_before * _MINUTE, buffer_after * _MINUTE
    reach_from = window[0] - timedelta(seconds=before)
    reach_until = window[1] + timedelta(seconds=after)
    blocked = _blocked(
        [s for s in busy if s.end > reach_from and s.start < reach_until], before, length + after
    )
    slots: list[datetime] = []
    stride_delta = timedelta(seconds=stride)
    next_block = 0
    for origin, earliest, latest in _runs(
        schedule, openings_around(schedule, begin, end), begin, end, length
    ):
        at = origin + int(-((origin - earliest) // stride)) * stride
        while at <= latest:
            while next_block < len(blocked) and blocked[next_block][1] <= at:
                next_block += 1
            until = latest
            if next_block < len(blocked):
                block_begins, block_ends = blocked[next_block]
                if block_begins < at:
                    at += int(-((at - block_ends) // stride)) * stride
                    continue
                until = min(latest, block_begins)
            more = int((until - at) // stride)
            slots += accumulate(repeat(stride_delta, more), add, initial=instant_of(at))
            at += (more + 1) * stride
    return slots


def _blocked(busy: Sequence[Span], before: int, after: int) -> list[tuple[float, float]]:
    """The open intervals in which no slot can start, sorted and disjoint: from `after` seconds
    (the length of a slot with its buffer) before a busy span to `before` seconds after it."""
    spans = sorted(
        (epoch_of(s.start) - after, epoch_of(s.end) + before) for s in busy if s.end > s.start
    )
    blocked: list[tuple[float, float]] = []
    for begins, ends in spans:
        if blocked and begins < blocked[-1][1]:
            if ends > blocked[-1][1]:
                blocked[-1] = (blocked[-1][0], ends)
        else:
            blocked.append((begins, ends))
    return blocked


def _fits_hours(schedule: Schedule, start: datetime, duration: int, step: int) -> bool:
    """Whether a slot of the schedule starts at `start`, whatever is busy."""
    begin = epoch_of(start)
    end = begin + duration * _MINUTE
    runs = _runs(schedule, openings_around(schedule, begin, end), begin, end, duration * _MINUTE)
    return any(
        earliest <= begin <= latest and (begin - origin) % (step * _MINUTE) == 0
        for origin, earliest, latest in runs
    )


def _meets_busy(
    busy: Iterable[Span], start: datetime, duration: int, buffer_before: int, buffer_after: int
) -> bool:
    begins = start - timedelta(minutes=buffer_before)
    ends = start + timedelta(minutes=duration + buffer_after)
    return any(span.start < ends and span.end > begins and span.end > span.start for span in busy)


def is_open(
    schedule: Schedule,
    *,
    busy: Sequence[Span] = (),
    start: datetime,
    duration: int,
    step: int = 30,
    buffer_before: int = 0,
    buffer_after: int = 0,
) -> bool:
    """Whether `open_slots` would list `start` in a window that holds the slot, without listing."""
    _check_request(duration, step, buffer_before, buffer_after)
    return _fits_hours(schedule, start, duration, step) and not _meets_busy(
        busy, start, duration, buffer_before, buffer_after
    )


# --- Limits on bookings ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BookingLimits:
    """What a mentor asks of bookings beside the hours.

    `step`, buffers and `minimum_notice` are minutes; `horizon_days` is how far ahead of now a
    session may start, in days of 24 hours; the caps count the mentor's sessions that start on one
    date, and in one week from Monday, on the mentor's clock. Raises ValueError if out of range.
    """

    step: int = 30
    buffer_before: int = 0
    buffer_after: int = 0
    minimum_notice: int = 60
    horizon_days: int = 60
    most_per_day: int | None = None
    most_per_week: int | None = None

    def __post_init__(self) -> None:
        if self.step < 1:
            raise ValueError(f"a step is at least a minute, not {self.step}")
        if min(self.buffer_before, self.buffer_after, self.minimum_notice, self.horizon_days) < 0:
            raise ValueError("buffers, notice and horizon cannot be negative")
        if any(cap is not None and cap < 1 for cap in (self.most_per_day, self.most_per_week)):
            raise ValueError("a cap is at least one session, or None")


class Refusal(Enum):
    """Why a start cannot be booked; the first that applies, in this order."""

    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    HOURS = "hours"
    BUSY = "busy"
    DAY_FULL = "day_full"
    WEEK_FULL = "week_full"


def _days(zone: str, instants: Sequence[datetime]) -> list[int]:
    """The local date of each of these sorted instants, as days since 1970."""
    epochs = [epoch_of(instant) for instant in instants]
    if not epochs:
        return []
    spans = offset_spans(zone, int(epochs[0] // 1), int(epochs[-1] // 1) + 1)
    days = []
    k = 0
    for epoch in epochs:
        while epoch >= spans[k].end:
            k += 1
        days.append(int((epoch + spans[k].offset) // _DAY))
    return days


def _week_of(day: int) -> int:
    """The number of the week, Monday first; 1970 began on a Thursday."""
    return (day + 3) // 7


@dataclass(frozen=True, slots=True)
class _Full:
    """The local dates and weeks in which no further session may start."""

    days: frozenset[int]
    weeks: frozenset[int]


def _full(zone: str, limits: BookingLimits, booked: Sequence[datetime]) -> _Full:
    if limits.most_per_day is None and limits.most_per_week is None:
        return _Full(frozenset(), frozenset())
    days = Counter(_days(zone, sorted(booked)))
    weeks: Counter[int] = Counter()
    for day, sessions in days.items():
        weeks[_week_of(day)] += sessions
    by_day, by_week = limits.most_per_day, limits.most_per_week
    return _Full(
        frozenset(d for d, n in days.items() if by_day is not None and n >= by_day),
        frozenset(w for w, n in weeks.items() if by_week is not None and n >= by_week),
    )


def bookable_slots(
    schedule: Schedule,
    limits: BookingLimits,
    *,
    now: datetime,
    busy: Sequence[Span] = (),
    booked: Sequence[datetime] = (),
    window: tuple[datetime, datetime],
    duration: int,
) -> list[datetime]:
    """The open slots in `window` that the limits let somebody book at `now`, sorted.

    `booked` is the starts of the mentor's own sessions, for the caps; give those of every week
    that the window touches. `busy` is what no slot may meet, those sessions included.
    """
    horizon = now + timedelta(days=limits.horizon_days, minutes=duration)
    within = (
        max(window[0], now + timedelta(minutes=limits.minimum_notice)),
        min(window[1], horizon),
    )
    slots = open_slots(
        schedule,
        busy=busy,
        window=within,
        duration=duration,
        step=limits.step,
        buffer_before=limits.buffer_before,
        buffer_after=limits.buffer_after,
    )
    full = _full(schedule.zone, limits, booked)
    if not full.days and not full.weeks:
        return slots
    return [
        slot
        for slot, day in zip(slots, _days(schedule.zone, slots), strict=True)
        if day not in full.days and _week_of(day) not in full.weeks
    ]


def why_not_bookable(
    schedule: Schedule,
    limits: BookingLimits,
    *,
    now: datetime,
    busy: Sequence[Span] = (),
    booked: Sequence[datetime] = (),
    start: datetime,
    duration: int,
) -> Refusal | None:
    """The first reason why `start` is not among `bookable_slots`, or None if it is."""
    _check_request(duration, limits.step, limits.buffer_before, limits.buffer_after)
    if start < now:
        return Refusal.PAST
    if start < now + timedelta(minutes=limits.minimum_notice):
        return Refusal.NOTICE
    if start > now + timedelta(days=limits.horizon_days):
        return Refusal.HORIZON
    if not _fits_hours(schedule, start, duration, limits.step):
        return Refusal.HOURS
    if _meets_busy(busy, start, duration, limits.buffer_before, limits.buffer_after):
        return Refusal.BUSY
    full = _full(schedule.zone, limits, booked)
    (day,) = _days(schedule.zone, [start])
    if day in full.days:
        return Refusal.DAY_FULL
    if _week_of(day) in full.weeks:
        return Refusal.WEEK_FULL
    return None
