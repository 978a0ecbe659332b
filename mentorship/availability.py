"""When a mentor can be booked: weekly hours and date overrides to open slots, pure.

The rules (product: "Time", "Availability"):

- A wall-clock time in a gap moves forward by the gap's length; a repeated one is its first pass
  as a start and its last pass as an end.
- An override governs its whole local date: every minute in which the zone's clock shows that date
  is open by the override's own hours or not at all. Own hours may run past midnight, into a date
  that has no override itself. A date that the zone skipped has no hours.
- Openings that touch or overlap join. Slots start at an opening's start plus whole steps of
  elapsed time, and fit when their whole duration lies in the opening and, widened by the buffers,
  meets nothing busy.
- An opening without a beginning (hours that cover the whole week, and no override before it that
  closes) starts afresh at each local midnight as far as steps go, so that the slots of such a
  mentor stand at the same clock times every day.

Instants are aware datetimes, in UTC where returned; hours are minutes on the zone's clock;
durations, steps and buffers are elapsed minutes. Inside, instants are seconds since 1970, and
wall-clock times seconds since 1970 as if the clock were UTC, so that conversion is one addition
within a stretch of one offset; only dates near a change of offset or an override take the slow
way. Time and memory grow linearly with days, busy spans, openings and slots.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from itertools import accumulate, chain, repeat

from mentorship.timezones import OffsetSpan, offset_at, offset_spans

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MINUTE = 60
_DAY = 86_400
_DAY_MINUTES = 1440


# --- What a mentor says ---------------------------------------------------------------------------


def _check_hours(start: int, end: int) -> None:
    if not 0 <= start < _DAY_MINUTES:
        raise ValueError(f"hours start at minute 0 to 1439 of the day, not {start}")
    if not 1 <= end <= _DAY_MINUTES:
        raise ValueError(f"hours end at minute 1 to 1440 of the day, not {end}")


@dataclass(frozen=True, slots=True, order=True)
class WeeklyHours:
    """Hours that recur every week: `weekday` (0 is Monday), `start` and `end` in minutes on the
    clock. An end at or before the start is on the next day; 1440 is the next midnight.

    Raises ValueError outside weekday 0..6, start 0..1439, end 1..1440.
    """

    weekday: int
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise ValueError(f"a weekday is 0 (Monday) to 6 (Sunday), not {self.weekday}")
        _check_hours(self.start, self.end)


@dataclass(frozen=True, slots=True, order=True)
class DateOverride:
    """The hours of one local date in place of the weekly ones: (start, end) pairs like those of
    WeeklyHours, or none for a day off. Raises ValueError as WeeklyHours does."""

    date: date
    hours: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        for start, end in self.hours:
            _check_hours(start, end)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A mentor's hours on the clock of `zone` (a canonical IANA name).

    Two overrides of one date are one with the hours of both.
    """

    zone: str
    weekly: tuple[WeeklyHours, ...] = ()
    overrides: tuple[DateOverride, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, `end` exclusive; both aware. Raises ValueError if naive or reversed."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a span's ends must be aware")
        if self.end < self.start:
            raise ValueError(f"a span cannot end before it starts: {self.start} to {self.end}")


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


# --- Hours to openings ----------------------------------------------------------------------------

_Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Week:
    """Weekly hours in seconds after midnight, by weekday; `joined` without overlaps."""

    rules: tuple[tuple[_Stretch, ...], ...]
    joined: tuple[tuple[_Stretch, ...], ...]


def _in_seconds(start: int, end: int) -> _Stretch:
    if end <= start:
        end += _DAY_MINUTES
    return start * _MINUTE, end * _MINUTE


def _join(stretches: list[_Stretch]) -> list[_Stretch]:
    """Sorted, with touching and overlapping stretches made one."""
    stretches.sort()
    joined: list[_Stretch] = []
    begin, end = 0, -1
    for lo, hi in stretches:
        if lo > end or end < begin:
            if end > begin:
                joined.append((begin, end))
            begin, end = lo, hi
        elif hi > end:
            end = hi
    if end > begin:
        joined.append((begin, end))
    return joined


@lru_cache(maxsize=4096)
def _week(weekly: tuple[WeeklyHours, ...]) -> _Week:
    rules: list[list[_Stretch]] = [[] for _ in range(7)]
    for hours in weekly:
        rules[hours.weekday].append(_in_seconds(hours.start, hours.end))
    # Sunday's tail opens Monday, hence two weeks; the second is covered if the whole week is.
    clock = [
        (day * _DAY + lo, day * _DAY + hi) for day in range(14) for lo, hi in rules[day % 7]
    ]
    if any(lo <= 7 * _DAY and hi >= 14 * _DAY for lo, hi in _join(clock)):
        rules = [[(0, _DAY)] for _ in range(7)]
    return _Week(
        rules=tuple(tuple(day) for day in rules),
        joined=tuple(tuple(_join(list(day))) for day in rules),
    )


@lru_cache(maxsize=4096)
def _overrides(overrides: tuple[DateOverride, ...]) -> dict[int, tuple[_Stretch, ...]]:
    """Override hours in seconds after midnight, by day number (days since 1970)."""
    hours: dict[int, tuple[_Stretch, ...]] = {}
    for override in overrides:
        day = override.date.toordinal() - _EPOCH_ORDINAL
        own = tuple(_in_seconds(start, end) for start, end in override.hours)
        hours[day] = hours.get(day, ()) + own
    return hours


def _first_pass(spans: Sequence[OffsetSpan], wall: int) -> int:
    """The instant of a wall-clock time as a start: its first pass, or moved over the gap."""
    before = spans[0].offset
    for span in spans:
        if wall < span.end + span.offset:
            return wall - (span.offset if wall >= span.start + span.offset else before)
        before = span.offset
    return wall - before


def _last_pass(spans: Sequence[OffsetSpan], wall: int) -> int:
    """The instant of a wall-clock time as an end: its last pass, or moved over the gap."""
    for span in reversed(spans):
        if wall >= span.start + span.offset:
            return wall - span.offset
    return wall - spans[0].offset


def _shown(spans: Sequence[OffsetSpan], day: int) -> list[_Stretch]:
    """The stretches of time in which the clock shows the date `day`."""
    stretches = (
        (max(span.start, day * _DAY - span.offset), min(span.end, (day + 1) * _DAY - span.offset))
        for span in spans
    )
    return [(lo, hi) for lo, hi in stretches if lo < hi]


def _without(stretch: _Stretch, taken: Iterable[_Stretch]) -> Iterator[_Stretch]:
    """What is left of `stretch` outside `taken` (sorted, disjoint)."""
    lo, hi = stretch
    for begin, end in taken:
        if begin < hi and end > lo:
            if begin > lo:
                yield lo, begin
            lo = max(lo, end)
    if lo < hi:
        yield lo, hi


def _opened_on(
    day: int,
    hours: Sequence[_Stretch],
    overridden: dict[int, tuple[_Stretch, ...]],
    spans: Sequence[OffsetSpan],
) -> Iterator[_Stretch]:
    """The stretches that the date `day` opens, by every rule; right near any change of offset."""
    if not hours or not _shown(spans, day):
        return
    # Hours reach their neighbours: the next date by running past midnight, one further over a
    # skipped date, and the date before where clocks go back over midnight.
    governed = sorted(
        stretch
        for other in range(day - 2, day + 4)
        if other != day and other in overridden
        for stretch in _shown(spans, other)
    )
    for start, end in hours:
        lo = _first_pass(spans, day * _DAY + start)
        hi = _last_pass(spans, day * _DAY + end)
        if lo < hi:
            yield from _without((lo, hi), governed)


def _opened(schedule: Schedule, first_day: int, last_day: int) -> list[_Stretch]:
    """What the local dates `first_day..last_day` (days since 1970, inclusive) open, joined."""
    week = _week(schedule.weekly)
    overridden = _overrides(schedule.overrides)
    near_override = {
        day
        for override in overridden
        if first_day - 2 <= override <= last_day + 3
        for day in range(override - 3, override + 3)
    }
    # A day's hours are read at most two days on, and offsets differ from UTC by up to a day.
    spans = offset_spans(schedule.zone, (first_day - 3) * _DAY, (last_day + 6) * _DAY)
    opened: list[_Stretch] = []
    day = first_day

    def slowly(until: int, around: Sequence[OffsetSpan]) -> None:
        for slow in range(day, until):
            hours = overridden.get(slow, week.rules[(slow + 3) % 7])
            opened.extend(_opened_on(slow, hours, overridden, around))

    for k, span in enumerate(spans):
        around = spans[max(0, k - 2) : k + 3]
        # Within safe..unsafe on the clock, every time is shown once, and in this span.
        safe = span.start + span.offset
        unsafe = span.end + span.offset
        if k > 0:
            safe = max(safe, span.start + spans[k - 1].offset)
        if k + 1 < len(spans):
            unsafe = min(unsafe, span.end + spans[k + 1].offset)
        fast_from = min(max(day, -(-safe // _DAY)), last_day + 1)
        fast_until = min(unsafe // _DAY - 1, last_day + 1)
        slowly(fast_from, around)
        day = max(day, fast_from)
        base = day * _DAY - span.offset
        for fast in range(day, fast_until):
            if fast in near_override:
                hours = overridden.get(fast, week.rules[(fast + 3) % 7])
                opened.extend(_opened_on(fast, hours, overridden, around))
            else:
                for start, end in week.joined[(fast + 3) % 7]:
                    opened.append((base + start, base + end))
            base += _DAY
        day = max(day, fast_until)
    slowly(last_day + 1, spans[-3:])
    return _join(opened)


@dataclass(frozen=True, slots=True)
class _Openings:
    """Joined stretches that meet a window; `endless`: the first has no beginning."""

    stretches: list[_Stretch]
    endless: bool


def _openings(schedule: Schedule, begin: float, end: float) -> _Openings:
    """The openings that meet `begin..end`, each with its true start (its end may be cut after
    `end`): where the first step of a slot counts from does not depend on the window."""
    begin_day, end_day = int(begin // _DAY), int(end // _DAY)
    back = 4
    while True:
        first_day = begin_day - back
        stretches = _opened(schedule, first_day, end_day + 2)
        meeting = [stretch for stretch in stretches if stretch[1] > begin and stretch[0] < end]
        # What earlier dates than the first opened can reach no further than this.
        sure_from = (first_day + 2) * _DAY + _DAY // 2
        if not meeting or meeting[0][0] > sure_from:
            return _Openings(meeting, endless=False)
        # A week and more without a closed minute and without overrides: there is no beginning.
        earliest_override = min(_overrides(schedule.overrides), default=begin_day)
        if first_day + 12 <= min(begin_day, earliest_override):
            return _Openings(meeting, endless=True)
        back *= 2


def _epoch(instant: datetime) -> float:
    if instant.tzinfo is None:
        raise ValueError(f"an instant must be aware, this one is naive: {instant!r}")
    return instant.timestamp()


def _instant(epoch: float) -> datetime:
    return _EPOCH + timedelta(seconds=epoch)


def openings(schedule: Schedule, window: Span) -> list[Span]:
    """The open hours in `window`, joined, sorted, cut at the window's ends."""
    begin, end = _epoch(window.start), _epoch(window.end)
    return [
        Span(
            window.start.astimezone(UTC) if lo <= begin else _instant(lo),
            window.end.astimezone(UTC) if hi >= end else _instant(hi),
        )
        for lo, hi in _openings(schedule, begin, end).stretches
    ]


def outside_hours(schedule: Schedule, sessions: Iterable[Span]) -> list[Span]:
    """The sessions that do not lie whole in one opening, in the given order: what to tell a
    mentor whose change of hours leaves booked sessions outside."""
    return [
        session
        for session in sessions
        if not any(
            lo <= _epoch(session.start) and _epoch(session.end) <= hi
            for lo, hi in _openings(
                schedule, _epoch(session.start), _epoch(session.end)
            ).stretches
        )
    ]


def at_same_instants(schedule: Schedule, zone: str, *, at: datetime) -> Schedule:
    """The schedule of a mentor who moves to `zone` and keeps the weekly hours where they are in
    time, by the offsets at `at`. Overrides name dates of the mentor's own calendar and stay."""
    shift = (offset_at(at, zone) - offset_at(at, schedule.zone)) // _MINUTE
    moved = []
    for hours in schedule.weekly:
        days, start = divmod(hours.start + shift, _DAY_MINUTES)
        end = (hours.end + shift) % _DAY_MINUTES or _DAY_MINUTES
        moved.append(WeeklyHours((hours.weekday + days) % 7, start, end))
    return Schedule(zone, tuple(sorted(moved)), schedule.overrides)


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
    midnights = [_first_pass(spans, day * _DAY) for day in range(first, last + 1)]
    past = sum(1 for midnight in midnights if midnight <= begin)
    return [midnight for midnight in midnights[past - 1 :] if midnight <= end]


def _runs(
    schedule: Schedule, found: _Openings, begin: float, end: float, duration: int
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
    begin, end = _epoch(window[0]), _epoch(window[1])
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
        schedule, _openings(schedule, begin, end), begin, end, length
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
            slots += accumulate(repeat(stride_delta, more), initial=_instant(at))
            at += (more + 1) * stride
    return slots


def _blocked(busy: Sequence[Span], before: int, after: int) -> list[tuple[float, float]]:
    """The open intervals in which no slot can start, sorted and disjoint: from `after` seconds
    (the length of a slot with its buffer) before a busy span to `before` seconds after it."""
    spans = sorted((_epoch(s.start) - after, _epoch(s.end) + before) for s in busy if s.end > s.start)
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
    begin = _epoch(start)
    end = begin + duration * _MINUTE
    runs = _runs(schedule, _openings(schedule, begin, end), begin, end, duration * _MINUTE)
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
    """The local date of each instant, as days since 1970."""
    epochs = [_epoch(instant) for instant in instants]
    if not epochs:
        return []
    spans = offset_spans(zone, int(min(epochs) // 1), int(max(epochs) // 1) + 1)
    days = []
    k = 0
    for epoch in epochs:
        if epoch < spans[k].start:
            k = 0
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
