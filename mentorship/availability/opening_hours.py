"""Opening hours: weekly hours and date overrides to the stretches of time that they open, pure.

The rules (product: "Time", "Availability"):

- A wall-clock time in a gap moves forward by the gap's length; a repeated one is its first pass
  as a start and its last pass as an end.
- An override governs its whole local date: every minute in which the zone's clock shows that date
  is open by the override's own hours or not at all. Own hours may run past midnight, into a date
  that has no override itself. A date that the zone skipped has no hours.
- Openings that touch or overlap join.

Instants are aware datetimes, in UTC where returned; hours are minutes on the zone's clock. Inside,
instants are seconds since 1970, and wall-clock times seconds since 1970 as if the clock were UTC,
so that conversion is one addition within a stretch of one offset; only dates near a change of
offset or an override take the slow way. Time and memory grow linearly with days and overrides.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from mentorship.time.intervals import Span
from mentorship.time.timezones import OffsetSpan, offset_at, offset_spans

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MINUTE = 60
_DAY = 86_400
_DAY_MINUTES = 1440
Stretch = tuple[int, int]
"""(start, end) in seconds, `end` exclusive."""


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


# --- Hours to openings ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Week:
    """Weekly hours in seconds after midnight, by weekday; `joined` without overlaps."""

    rules: tuple[tuple[Stretch, ...], ...]
    joined: tuple[tuple[Stretch, ...], ...]


def _in_seconds(start: int, end: int) -> Stretch:
    if end <= start:
        end += _DAY_MINUTES
    return start * _MINUTE, end * _MINUTE


def _join(stretches: list[Stretch]) -> list[Stretch]:
    """Sorted, with touching and overlapping stretches made one."""
    stretches.sort()
    joined: list[Stretch] = []
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
    rules: list[list[Stretch]] = [[] for _ in range(7)]
    for hours in weekly:
        rules[hours.weekday].append(_in_seconds(hours.start, hours.end))
    # Sunday's tail opens Monday, hence two weeks; the second is covered if the whole week is.
    clock = [(day * _DAY + lo, day * _DAY + hi) for day in range(14) for lo, hi in rules[day % 7]]
    if any(lo <= 7 * _DAY and hi >= 14 * _DAY for lo, hi in _join(clock)):
        rules = [[(0, _DAY)] for _ in range(7)]
    return _Week(
        rules=tuple(tuple(day) for day in rules),
        joined=tuple(tuple(_join(list(day))) for day in rules),
    )


@lru_cache(maxsize=4096)
def _overrides(overrides: tuple[DateOverride, ...]) -> dict[int, tuple[Stretch, ...]]:
    """Override hours in seconds after midnight, by day number (days since 1970)."""
    hours: dict[int, tuple[Stretch, ...]] = {}
    for override in overrides:
        day = override.date.toordinal() - _EPOCH_ORDINAL
        own = tuple(_in_seconds(start, end) for start, end in override.hours)
        hours[day] = hours.get(day, ()) + own
    return hours


def first_pass(spans: Sequence[OffsetSpan], wall: int) -> int:
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


def _shown(spans: Sequence[OffsetSpan], day: int) -> list[Stretch]:
    """The stretches of time in which the clock shows the date `day`."""
    stretches = (
        (max(span.start, day * _DAY - span.offset), min(span.end, (day + 1) * _DAY - span.offset))
        for span in spans
    )
    return [(lo, hi) for lo, hi in stretches if lo < hi]


def _without(stretch: Stretch, taken: Iterable[Stretch]) -> Iterator[Stretch]:
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
    hours: Sequence[Stretch],
    overridden: dict[int, tuple[Stretch, ...]],
    spans: Sequence[OffsetSpan],
) -> Iterator[Stretch]:
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
        lo = first_pass(spans, day * _DAY + start)
        hi = _last_pass(spans, day * _DAY + end)
        if lo < hi:
            yield from _without((lo, hi), governed)


def _opened(schedule: Schedule, first_day: int, last_day: int) -> list[Stretch]:
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
    opened: list[Stretch] = []
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
class Openings:
    """Joined stretches that meet a window; `endless`: the first has no beginning."""

    stretches: list[Stretch]
    endless: bool


def openings_around(schedule: Schedule, begin: float, end: float) -> Openings:
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
            return Openings(meeting, endless=False)
        # A week and more without a closed minute and without overrides: there is no beginning.
        earliest_override = min(_overrides(schedule.overrides), default=begin_day)
        if first_day + 12 <= min(begin_day, earliest_override):
            return Openings(meeting, endless=True)
        back *= 2


def epoch_of(instant: datetime) -> float:
    """Seconds since 1970; ValueError for a naive datetime."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant must be aware, this one is naive: {instant!r}")
    return instant.timestamp()


def instant_of(epoch: float) -> datetime:
    """The UTC instant that many seconds after 1970 began."""
    return _EPOCH + timedelta(seconds=epoch)


def openings(schedule: Schedule, window: Span) -> list[Span]:
    """The open hours in `window`, joined, sorted, cut at the window's ends."""
    begin, end = epoch_of(window.start), epoch_of(window.end)
    return [
        Span(
            window.start.astimezone(UTC) if lo <= begin else instant_of(lo),
            window.end.astimezone(UTC) if hi >= end else instant_of(hi),
        )
        for lo, hi in openings_around(schedule, begin, end).stretches
    ]


def outside_hours(schedule: Schedule, sessions: Iterable[Span]) -> list[Span]:
    """The sessions that do not lie whole in one opening, in the given order: what to tell a
    mentor whose change of hours leaves booked sessions outside."""
    return [
        session
        for session in sessions
        if not any(
            lo <= epoch_of(session.start) and epoch_of(session.end) <= hi
            for lo, hi in openings_around(
                schedule, epoch_of(session.start), epoch_of(session.end)
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
