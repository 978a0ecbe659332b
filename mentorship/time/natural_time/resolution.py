"""From dates and times of day on a zone's clock to instants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from mentorship.errors import TimeProblem
from mentorship.time import timezones
from mentorship.time.intervals import Span, merge
from mentorship.time.natural_time.calendar_days import Days, Recurrence, one_day
from mentorship.time.natural_time.clock_times import DAY
from mentorship.time.natural_time.grammar import Expression
from mentorship.time.natural_time.grammar_of_clocks import TimeOfDay

_MOST_DAYS_WITH_A_TIME = 31
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """The meaning of a text, in UTC: instants (`exact`, the spans are empty), or spans of time.

    `spans` are sorted and disjoint; there is more than one for `monday or tuesday evening`.
    `unusual` are the instants that are meant if `at 3` isn't in the half of the day in which it
    usually is.
    """

    spans: tuple[Span, ...]
    exact: bool
    unusual: tuple[datetime, ...] = ()

    @property
    def span(self) -> Span:
        """From the start of the first span to the end of the last one."""
        return Span(self.spans[0].start, self.spans[-1].end)

    @property
    def instant(self) -> datetime | None:
        """The instant, if it is a single one."""
        return self.spans[0].start if self.exact and len(self.spans) == 1 else None

    def with_unusual(self) -> ParsedTime:
        """Return the time with those instants that it means in the unusual half of the day."""
        instants = {Span(instant, instant) for instant in self.unusual}
        spans = sorted({*self.spans, *instants}, key=lambda span: (span.start, span.end))
        return replace(self, spans=tuple(spans), unusual=())


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text, and what is wrong with it, if something is."""

    time: ParsedTime
    problem: TimeProblem | None = None


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """The zone and the instant from which a text is read; `today` is local."""

    zone: str
    now: datetime
    today: date

    @property
    def minute(self) -> datetime:
        """The minute of `now`, which isn't past before it ends."""
        return self.now.replace(second=0, microsecond=0)


def resolve(expressions: Iterable[Expression], view: Viewpoint) -> Iterator[Reading]:
    """Yield what expressions mean that a text offers together, past or ahead.

    Several readings if midnight can be the start or the end of a day; none if a time is given for
    too many days.
    """
    combined: list[list[Reading]] = [[]]
    for expression in expressions:
        readings = list(_resolve_one(expression, view))
        combined = [[*before, reading] for before in combined for reading in readings]
    for readings in combined:
        if readings:
            yield _join(readings)


def _join(readings: list[Reading]) -> Reading:
    ahead = [each for each in readings if each.problem is not TimeProblem.PAST] or readings
    problems = [each.problem for each in ahead if each.problem is not None]
    spans = {span for each in ahead for span in each.time.spans}
    instants = [(span.start, span.end) for span in spans if span.start == span.end]
    merged = merge((span.start, span.end) for span in spans)
    pairs = sorted({*merged, *(pair for pair in instants if not _covers(merged, pair[0]))})
    time = ParsedTime(
        tuple(Span(start, end) for start, end in pairs),
        exact=all(each.time.exact for each in ahead),
        unusual=tuple(instant for each in ahead for instant in each.time.unusual),
    )
    return Reading(time, problems[0] if problems else None)


def _covers(spans: list[tuple[datetime, datetime]], instant: datetime) -> bool:
    return any(start <= instant < end for start, end in spans)


def _resolve_one(expression: Expression, view: Viewpoint) -> Iterator[Reading]:
    if expression.minutes_from_now is not None:
        instant = view.now.astimezone(UTC) + timedelta(minutes=expression.minutes_from_now)
        yield _instant(instant, view, is_past=expression.minutes_from_now < 0)
        return
    if expression.until is not None:
        yield from _spanning_instants(replace(expression, until=None), expression.until, view)
        return
    time = expression.time
    if not expression.dates:
        assert time is not None
        yield from _next(time, view)
        return
    readings = []
    for start in _starts(time, expression.dates, view):
        moments = []
        for days in expression.dates:
            if time is not None and (days.last - days.first).days >= _MOST_DAYS_WITH_A_TIME:
                return
            moments.append(_on_days(days, start, view))
        readings.append(_join(moments))
    ahead = [each for each in readings if each.problem is not TimeProblem.PAST]
    yield from ahead or readings


def _spanning_instants(first: Expression, last: Expression, view: Viewpoint) -> Iterator[Reading]:
    """Yield the spans from one instant to another, in order and at most a week apart."""
    for start in _resolve_one(first, view):
        for end in _resolve_one(last, view):
            begin, stop = start.time.span.start, end.time.span.end
            if begin < stop <= begin + _WEEK:
                yield _spanning(begin, stop, view)


def _starts(
    time: TimeOfDay | None, dates: tuple[Days, ...], view: Viewpoint
) -> Iterator[TimeOfDay | None]:
    """Yield a time as each of those that it can be on a date that was named.

    `friday midnight` is where Friday starts, or where it ends. `friday night at 1` is after
    midnight, and so on Saturday or on Friday.
    """
    yield time
    if time is None or time.end is not None:
        return
    is_tonight = [days.first for days in dates] == [view.today] and time.is_midnight
    if time.start >= DAY and (time.is_midnight or time.start > DAY) and not is_tonight:
        yield replace(time, start=time.start - DAY)


def _next(time: TimeOfDay, view: Viewpoint) -> Iterator[Reading]:
    """Yield the next occurrence of a time of day.

    At 9:00, `at 8` may be this evening or tomorrow morning.
    """
    today = _on_days(one_day(view.today), time, view, is_dated=False)
    if today.problem is not TimeProblem.PAST:
        yield today
        return
    yield _on_days(one_day(view.today + timedelta(days=1)), time, view, is_dated=False)
    if time.other is not None:
        unusual = replace(time, start=time.other, other=None)
        later = _on_days(one_day(view.today), unusual, view, is_dated=False)
        if later.problem is not TimeProblem.PAST:
            yield later


def _on_days(
    days: Days, time: TimeOfDay | None, view: Viewpoint, *, is_dated: bool = True
) -> Reading:
    reading = _once_on_days(days, time, view, is_dated=is_dated)
    if reading.problem is TimeProblem.PAST and days.recurrence is Recurrence.WEEKLY:
        later = replace(days, first=days.first + _WEEK, last=days.last + _WEEK)
        return _once_on_days(later, time, view, is_dated=is_dated)
    return reading


def _once_on_days(
    days: Days, time: TimeOfDay | None, view: Viewpoint, *, is_dated: bool
) -> Reading:
    if time is None:
        start = _at(days.first, 0, view.zone).first
        return _spanning(start, _at(days.last, DAY, view.zone).first, view)
    count = (days.last - days.first).days + 1
    dates = [days.first + timedelta(days=number) for number in range(count)]
    if time.end is not None:
        spans = [
            _spanning(
                _at(day, time.start, view.zone).first, _at(day, time.end, view.zone).last, view
            )
            for day in dates
        ]
        return _join(spans)
    return _join([_at_time(day, time, view, is_dated=is_dated) for day in dates])


def _at_time(day: date, time: TimeOfDay, view: Viewpoint, *, is_dated: bool) -> Reading:
    wall = _at(day, time.start, view.zone)
    other = () if time.other is None else (_at(day, time.other, view.zone).first,)
    if wall.kind == "repeated" and wall.last >= view.minute:
        both = tuple(Span(instant, instant) for instant in (wall.first, wall.last))
        return Reading(ParsedTime(both, exact=True), TimeProblem.REPEATED)
    if wall.kind == "gap" and wall.first >= view.minute:
        span = Span(wall.first, wall.first)
        return Reading(ParsedTime((span,), exact=True), TimeProblem.DOES_NOT_EXIST)
    is_past = wall.first < view.minute
    if is_past and is_dated and time.is_spoken and other and other[0] >= view.minute:
        # `today at 8`, said in the afternoon.
        return _instant(other[0], view, is_past=False)
    ahead = () if is_past else tuple(each for each in other if each >= view.minute)
    return _instant(wall.first, view, is_past=is_past, unusual=ahead)


def _at(day: date, minute: int, zone: str) -> timezones.WallClock:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall clocks are naive
    return timezones.from_wall_clock(midnight + timedelta(minutes=minute), zone)


def _instant(
    instant: datetime, view: Viewpoint, *, is_past: bool, unusual: tuple[datetime, ...] = ()
) -> Reading:
    time = ParsedTime((Span(instant, instant),), exact=True, unusual=unusual)
    return Reading(time, TimeProblem.PAST if is_past else None)


def _spanning(start: datetime, end: datetime, view: Viewpoint) -> Reading:
    """Return a span, cut at now if it has started."""
    end = max(start, end)
    if end <= view.now:
        return Reading(ParsedTime((Span(start, end),), exact=False), TimeProblem.PAST)
    begin = max(start, view.now.astimezone(UTC))
    return Reading(ParsedTime((Span(begin, end),), exact=False))
