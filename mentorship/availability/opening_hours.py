"""Opening hours: from weekly hours and date overrides to the intervals that are open. Pure.

The rules (product: "Time", "Availability"):

- A wall-clock time in a gap moves forward by the gap's length. A repeated one means its first
  occurrence as a start and its last occurrence as an end.
- An override governs its whole local date: every minute in which the zone's clock shows that date
  is open by the override's hours or not at all. Override hours may run past midnight into a date
  without an override. A date that the zone skipped has no hours.
- While a mentor travels, all of this is read on that zone's clock; `travel` says which clock
  applies when. Hours don't reach beyond the span in which their clock applies.
- Open intervals that touch or overlap are merged.

Instants are aware datetimes, in UTC where returned. Hours are minutes on the zone's clock.
Internally, instants are seconds since 1970, and wall-clock times are seconds since 1970 as if the
clock were UTC. Within a span of one offset, conversion is then one addition; only dates near an
offset change or an override are computed the general way. Time and memory grow linearly with the
number of days and overrides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache

from mentorship.availability.travel import ClockSpan, Travel, clock_spans, trips_since
from mentorship.time.intervals import Span, from_epoch, merge, subtract, to_epoch
from mentorship.time.timezones import OffsetSpan, offset_spans

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_MINUTE = 60
_DAY = 86_400
_DAY_MINUTES = 1440

Interval = tuple[int, int]
"""(start, end) in seconds, `end` exclusive."""


# --- The hours of a mentor ------------------------------------------------------------------------


def _check_hours(start: int, end: int) -> None:
    if not 0 <= start < _DAY_MINUTES:
        raise ValueError(f"hours start at minute 0 to 1439 of the day, not {start}")
    if not 1 <= end <= _DAY_MINUTES:
        raise ValueError(f"hours end at minute 1 to 1440 of the day, not {end}")


@dataclass(frozen=True, slots=True, order=True)
class WeeklyHours:
    """Hours that recur every week, from `start` to `end` in minutes of the wall-clock day.

    `weekday` 0 is Monday. An end at or before the start is on the next day; 1440 is the next
    midnight. Raises ValueError outside weekday 0..6, start 0..1439, end 1..1440.
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
    """The hours of one local date, which replace the weekly ones.

    `hours` are (start, end) pairs as in `WeeklyHours`; none is a day off. Raises ValueError as
    `WeeklyHours` does.
    """

    date: date
    hours: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        for start, end in self.hours:
            _check_hours(start, end)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A mentor's wall-clock hours in `zone`, a canonical IANA name, or where `travel` says.

    Two overrides of one date count as one with the hours of both. Trips have no date in common.
    """

    zone: str
    weekly: tuple[WeeklyHours, ...] = ()
    overrides: tuple[DateOverride, ...] = ()
    travel: tuple[Travel, ...] = ()

    def clocks(self, begin: float, end: float) -> Iterator[ClockSpan]:
        """Yield the spans of time that overlap `begin..end`, with the zone whose clock applies."""
        return clock_spans(self.zone, self.travel, begin, end)

    def zone_at(self, instant: datetime) -> str:
        """Return the zone whose clock the hours follow at an instant."""
        at = to_epoch(instant)
        return next(self.clocks(at, at)).zone

    def trips_since(self, instant: datetime) -> tuple[Travel, ...]:
        """Return the trips that aren't over at an instant, sorted."""
        return trips_since(self.zone, self.travel, to_epoch(instant))

    def on_clock(self, zone: str) -> Schedule:
        """Return the schedule of somebody who never travels and whose home is `zone`."""
        return Schedule(zone, self.weekly, self.overrides)


# --- From hours to open intervals -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Week:
    """Weekly hours by weekday, in seconds after midnight: as given, and merged."""

    hours: tuple[tuple[Interval, ...], ...]
    merged: tuple[tuple[Interval, ...], ...]


def _to_seconds(start: int, end: int) -> Interval:
    if end <= start:
        end += _DAY_MINUTES
    return start * _MINUTE, end * _MINUTE


@lru_cache(maxsize=4096)
def _week(weekly: tuple[WeeklyHours, ...]) -> _Week:
    by_day: list[list[Interval]] = [[] for _ in range(7)]
    for hours in weekly:
        by_day[hours.weekday].append(_to_seconds(hours.start, hours.end))
    # Sunday's hours may run into Monday, hence two weeks: hours that cover the whole week cover
    # at least the second one.
    two_weeks = merge(
        (day * _DAY + start, day * _DAY + end)
        for day in range(14)
        for start, end in by_day[day % 7]
    )
    if any(start <= 7 * _DAY and end >= 14 * _DAY for start, end in two_weeks):
        by_day = [[(0, _DAY)] for _ in range(7)]
    return _Week(
        hours=tuple(tuple(day) for day in by_day),
        merged=tuple(tuple(merge(day)) for day in by_day),
    )


@lru_cache(maxsize=4096)
def override_hours(overrides: tuple[DateOverride, ...]) -> dict[int, tuple[Interval, ...]]:
    """Return override hours in seconds after midnight, by day number (days since 1970)."""
    by_day: dict[int, tuple[Interval, ...]] = {}
    for override in overrides:
        day = override.date.toordinal() - _EPOCH_ORDINAL
        hours = tuple(_to_seconds(start, end) for start, end in override.hours)
        by_day[day] = by_day.get(day, ()) + hours
    return by_day


def first_occurrence(spans: Sequence[OffsetSpan], wall: int) -> int:
    """Return the instant of a wall-clock time as a start: the first, or moved over the gap."""
    before = spans[0].offset
    for span in spans:
        if wall < span.end + span.offset:
            return wall - (span.offset if wall >= span.start + span.offset else before)
        before = span.offset
    return wall - before


def _last_occurrence(spans: Sequence[OffsetSpan], wall: int) -> int:
    """Return the instant of a wall-clock time as an end: the last, or moved over the gap."""
    for span in reversed(spans):
        if wall >= span.start + span.offset:
            return wall - span.offset
    return wall - spans[0].offset


def intervals_of_date(spans: Sequence[OffsetSpan], day: int) -> list[Interval]:
    """Return the intervals in which the clock shows the date `day`."""
    intervals = (
        (max(span.start, day * _DAY - span.offset), min(span.end, (day + 1) * _DAY - span.offset))
        for span in spans
    )
    return [(start, end) for start, end in intervals if start < end]


def _open_on_date(
    day: int,
    hours: Sequence[Interval],
    overrides: dict[int, tuple[Interval, ...]],
    spans: Sequence[OffsetSpan],
) -> Iterator[Interval]:
    """Yield the intervals that the hours of the date `day` open, also near an offset change."""
    if not hours or not intervals_of_date(spans, day):
        return
    # Hours reach other dates: the next one by running past midnight, one further over a skipped
    # date, and the date before where clocks go back over midnight.
    governed_by_others = sorted(
        interval
        for other in range(day - 2, day + 4)
        if other != day and other in overrides
        for interval in intervals_of_date(spans, other)
    )
    for opens, closes in hours:
        start = first_occurrence(spans, day * _DAY + opens)
        end = _last_occurrence(spans, day * _DAY + closes)
        if start < end:
            yield from subtract((start, end), governed_by_others)


def _open_on_dates(schedule: Schedule, first_day: int, last_day: int) -> list[Interval]:
    """Return the merged intervals that the local dates `first_day..last_day` open.

    Days are counted since 1970, both ends included.
    """
    week = _week(schedule.weekly)
    overrides = override_hours(schedule.overrides)
    near_override = {
        day
        for override in overrides
        if first_day - 2 <= override <= last_day + 3
        for day in range(override - 3, override + 3)
    }
    # A date's hours end at most two days later, and offsets differ from UTC by up to a day.
    spans = offset_spans(schedule.zone, (first_day - 3) * _DAY, (last_day + 6) * _DAY)
    opened: list[Interval] = []
    day = first_day

    def open_generally(until: int, around: Sequence[OffsetSpan]) -> None:
        for each in range(day, until):
            hours = overrides.get(each, week.hours[(each + 3) % 7])
            opened.extend(_open_on_date(each, hours, overrides, around))

    for k, span in enumerate(spans):
        around = spans[max(0, k - 2) : k + 3]
        # From `safe` to `unsafe` on the clock, every time occurs once, and in this span.
        safe = span.start + span.offset
        unsafe = span.end + span.offset
        if k > 0:
            safe = max(safe, span.start + spans[k - 1].offset)
        if k + 1 < len(spans):
            unsafe = min(unsafe, span.end + spans[k + 1].offset)
        fast_from = min(max(day, -(-safe // _DAY)), last_day + 1)
        fast_until = min(unsafe // _DAY - 1, last_day + 1)
        open_generally(fast_from, around)
        day = max(day, fast_from)
        midnight = day * _DAY - span.offset
        for each in range(day, fast_until):
            if each in near_override:
                hours = overrides.get(each, week.hours[(each + 3) % 7])
                opened.extend(_open_on_date(each, hours, overrides, around))
            else:
                for start, end in week.merged[(each + 3) % 7]:
                    opened.append((midnight + start, midnight + end))
            midnight += _DAY
        day = max(day, fast_until)
    open_generally(last_day + 1, spans[-3:])
    return merge(opened)


@dataclass(frozen=True, slots=True)
class OpenIntervals:
    """Merged open intervals. `no_beginning`: the first one has been open forever."""

    intervals: list[Interval]
    no_beginning: bool


def open_intervals_around(schedule: Schedule, begin: float, end: float) -> OpenIntervals:
    """Return the open intervals on the home clock that overlap `begin..end`, from their true start.

    Slots are counted from that start, so that they don't depend on the window. The end of an
    interval may be cut, but not before `end`.
    """
    begin_day, end_day = int(begin // _DAY), int(end // _DAY)
    days_back = 4
    while True:
        first_day = begin_day - days_back
        intervals = _open_on_dates(schedule, first_day, end_day + 2)
        overlapping = [
            interval for interval in intervals if interval[1] > begin and interval[0] < end
        ]
        # The hours of dates before the first one can't reach further than this.
        certain_from = (first_day + 2) * _DAY + _DAY // 2
        if not overlapping or overlapping[0][0] > certain_from:
            return OpenIntervals(overlapping, no_beginning=False)
        # More than a week without a closed minute and without overrides: it never began.
        earliest_override = min(override_hours(schedule.overrides), default=begin_day)
        if first_day + 12 <= min(begin_day, earliest_override):
            return OpenIntervals(overlapping, no_beginning=True)
        days_back *= 2


@dataclass(frozen=True, slots=True)
class OpenPiece:
    """A part of the open hours in which one clock applies.

    `opens` is where the clock's own hours open, which may be before the clock applies; None if they
    have been open forever. `start` and `end` are the part, and `until` is the end of the open hours
    that it belongs to, on whatever clock. In seconds; the ends may be cut as in
    `open_intervals_around`.
    """

    zone: str
    opens: int | None
    start: float
    end: float
    until: float


def open_pieces(schedule: Schedule, begin: float, end: float) -> list[OpenPiece]:
    """Return the pieces of the open hours that overlap `begin..end`, sorted."""
    pieces: list[OpenPiece] = []
    for clock in schedule.clocks(begin, end):
        found = open_intervals_around(
            schedule.on_clock(clock.zone), max(begin, clock.start), min(end, clock.end)
        )
        for number, (opens, closes) in enumerate(found.intervals):
            since = None if found.no_beginning and number == 0 else opens
            start, until = max(opens, clock.start), min(closes, clock.end)
            pieces.append(OpenPiece(clock.zone, since, start, until, until))
    for number in range(len(pieces) - 2, -1, -1):
        following = pieces[number + 1]
        if pieces[number].end == following.start:
            pieces[number] = replace(pieces[number], until=following.until)
    return pieces


def open_intervals(schedule: Schedule, window: Span) -> list[Span]:
    """Return the open hours in `window`: merged, sorted, and cut at the window's ends."""
    begin, end = to_epoch(window.start), to_epoch(window.end)
    pieces = open_pieces(schedule, begin, end)
    return [
        Span(
            window.start.astimezone(UTC) if opens <= begin else from_epoch(opens),
            window.end.astimezone(UTC) if closes >= end else from_epoch(closes),
        )
        for opens, closes in merge((piece.start, piece.end) for piece in pieces)
    ]


def sessions_outside_hours(schedule: Schedule, sessions: Iterable[Span]) -> list[Span]:
    """Return the sessions that don't lie wholly within one open interval, in the given order."""
    return [session for session in sessions if not _is_open(schedule, session)]


def _is_open(schedule: Schedule, session: Span) -> bool:
    start, end = to_epoch(session.start), to_epoch(session.end)
    return any(
        piece.start <= start < piece.end and end <= piece.until
        for piece in open_pieces(schedule, start, end)
    )
