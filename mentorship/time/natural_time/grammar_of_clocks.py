"""The grammar of times of day and durations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from mentorship.time.natural_time import clock_times
from mentorship.time.natural_time.clock_times import DAY, Clock, ClockTime
from mentorship.time.natural_time.vocabulary import ALL_HOURS, Kind, Language, Part, Token

_LAST_UNDECIDED_BARE_HOUR = 7
_BEFORE_FOUR_DIGITS = (Kind.AT, Kind.WEEKDAY, Kind.RELATIVE_DAY)
_SPOKEN_MINUTES = (5, 10, 15, 20, 25)
"""`10 to 4` is a time, `3 to 5` are two."""
_HOURS_ALONE = ("hora", "horas")
_HALVES = ((Kind.FIRST_HALF, False), (Kind.SECOND_HALF, True))


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day, or a span of one, in minutes after midnight; an end may be on the next day.

    - `end` is None for an instant. `other` is then its minute in the unusual half of the day, None
      if the text says which half is meant.
    - `is_spoken`: the other one is meant if the usual one is past.
    - `is_bare`: it is written as numbers only, so that it may be a date.
    - `is_midnight`: it may be the start of the day or its end.
    """

    start: int
    end: int | None = None
    other: int | None = None
    is_spoken: bool = False
    is_bare: bool = False
    is_midnight: bool = False


class _Written(NamedTuple):
    """A clock time, and the position after it."""

    time: ClockTime
    end: int
    is_bare: bool = False
    is_midnight: bool = False


class ClockGrammar:
    """The rules for times of day. `uses_am_pm` is a habit of the reader."""

    def __init__(
        self, tokens: tuple[Token, ...], language: Language, today: date, *, uses_am_pm: bool
    ) -> None:
        self.tokens = tokens
        self.language = language
        self.today = today
        self._uses_am_pm = uses_am_pm

    # --- Tokens -----------------------------------------------------------------------------------

    def has(self, at: int, kind: Kind) -> bool:
        """Return whether the token at a position can be of a kind."""
        return 0 <= at < len(self.tokens) and kind in self.tokens[at].meaning

    def get(self, at: int, kind: Kind) -> object:
        """Return the value of a token of that kind, None for others."""
        return self.tokens[at].meaning.get(kind) if 0 <= at < len(self.tokens) else None

    def skip(self, at: int, kind: Kind) -> int:
        """Return the position after a token of that kind, if there is one."""
        return at + 1 if self.has(at, kind) else at

    def number(self, at: int) -> int | None:
        """Return the number in digits at a position."""
        digits = self.get(at, Kind.NUMBER)
        return int(digits) if isinstance(digits, str) else None

    def _count(self, at: int) -> int | None:
        """Return the number at a position, in digits or words."""
        number = self.number(at)
        if number is None:
            count = self.get(at, Kind.COUNT)
            number = count if isinstance(count, int) else None
        return number

    # --- Times of day -----------------------------------------------------------------------------

    def time(self, at: int) -> Iterator[tuple[TimeOfDay, int]]:
        """A clock time, a part of the day, both, or a span between clock times."""
        part = self.get(at, Kind.PART)
        if isinstance(part, Part):
            yield TimeOfDay(*part.span), at + 1
            then = self.skip(at + 1, Kind.COMMA)
            for time, end in self._clock_or_range(then, part):
                yield replace(time, is_bare=False), end
            yield from self._bounded_part(then, part)
        yield from self._clock_or_range(at, None)
        for clock in self._bounds(at, Kind.AFTER):
            for start in clock.time.likely:
                yield TimeOfDay(start, max(DAY, start)), clock.end
        for clock in self._bounds(at, Kind.BEFORE):
            for end_minute in clock.time.likely:
                yield TimeOfDay(0, end_minute), clock.end
        yield from self._bounds_behind(at)

    def _bounds_behind(self, at: int) -> Iterator[tuple[TimeOfDay, int]]:
        """`15時以降`, `15時まで`: words such as after and until that follow the time."""
        for clock in self._clock(at):
            if self.has(clock.end, Kind.ONWARDS):
                for start in clock.time.likely:
                    yield TimeOfDay(start, max(DAY, start)), clock.end + 1
            if self.has(clock.end, Kind.UP_TO):
                for end_minute in clock.time.likely:
                    yield TimeOfDay(0, end_minute), clock.end + 1

    def _bounded_part(self, at: int, part: Part) -> Iterator[tuple[TimeOfDay, int]]:
        """The bound of a part of the day: `heute Abend ab 20 Uhr`, `夜8時以降`."""
        for clock in (*self._bounds(at, Kind.AFTER), *self._clock(at)):
            end = clock.end
            if not self.has(at, Kind.AFTER):
                if not self.has(end, Kind.ONWARDS):
                    continue
                end += 1
            inside = clock.time.within(*part.clock_times)
            for start in inside.likely if inside is not None else ():
                yield TimeOfDay(start, max(DAY, part.span[1], start)), end

    def clock_around(self, at: int, part: Part) -> Iterator[tuple[TimeOfDay, int]]:
        """A clock time in a part of the day that is named later: `8 tomorrow evening`."""
        for clock in self._clock(at):
            if (inside := clock.time.within(*part.clock_times)) is not None:
                yield from _moments(clock._replace(time=inside, is_bare=False), clock.end)

    def _clock_or_range(self, at: int, part: Part | None) -> Iterator[tuple[TimeOfDay, int]]:
        """A clock time or a range, within a part of the day that stands before or after it."""
        for clock in self._clock(at):
            if part is None:
                yield from _moments(clock, clock.end)
            elif (inside := clock.time.within(*part.clock_times)) is not None:
                yield from _moments(clock._replace(time=inside), clock.end)
            after = self.get(clock.end, Kind.PART)
            if part is None and isinstance(after, Part):
                inside = clock.time.within(*after.clock_times)
                if inside is not None:
                    yield from _moments(clock._replace(time=inside, is_bare=False), clock.end + 1)
        for start, end in self._range(at):
            is_bare = start.is_bare and end.is_bare and not self._is_opened(at)
            for first, last in _ranges(start.time, end.time, part):
                yield TimeOfDay(first, last, is_bare=is_bare and part is None), end.end
            after = self.get(end.end, Kind.PART)
            if part is None and isinstance(after, Part):
                for first, last in _ranges(start.time, end.time, after):
                    yield TimeOfDay(first, last), end.end + 1

    def _is_opened(self, at: int) -> bool:
        return self.has(at, Kind.FROM) or self.has(at, Kind.BETWEEN)

    def _range(self, at: int) -> Iterator[tuple[_Written, _Written]]:
        """`3-5pm`, `from 3 to 5`, `between 3 and 5`."""
        for opening, joint in ((Kind.FROM, Kind.TO), (Kind.BETWEEN, Kind.AND), (None, Kind.TO)):
            if opening is not None and not self.has(at, opening):
                continue
            for start in self._clock_in_part(at if opening is None else at + 1):
                if opening is None and self._may_be_date(at, start):
                    continue
                if self.has(start.end, joint):
                    for end in self._clock_in_part(start.end + 1):
                        yield start, end._replace(end=self.skip(end.end, Kind.UP_TO))

    def _clock_in_part(self, at: int) -> Iterator[_Written]:
        """A clock time, with or without its part of the day: `10 in the morning`, `朝10時`."""
        before = self.get(at, Kind.PART)
        if isinstance(before, Part):
            for clock in self._clock(at + 1):
                inside = clock.time.within(*before.clock_times)
                if inside is not None:
                    yield _Written(inside, clock.end)
        for clock in self._clock(at):
            yield clock
            part = self.get(clock.end, Kind.PART)
            if isinstance(part, Part):
                inside = clock.time.within(*part.clock_times)
                if inside is not None:
                    yield _Written(inside, clock.end + 1)

    def _may_be_date(self, at: int, start: _Written) -> bool:
        """Return whether a number before `a las 15` is a day: `viernes 7`, `marzo 7`."""
        return (
            start.is_bare
            and self.language.number_after_weekday_is_date
            and any(self.has(at - 1, kind) for kind in (Kind.WEEKDAY, Kind.MONTH, Kind.ON))
            and start.end < len(self.tokens)
            and self.tokens[start.end].text != "-"
        )

    def _bounds(self, at: int, kind: Kind) -> Iterator[_Written]:
        """`after 3pm`, `before noon`; `after 3 in the afternoon`."""
        if not self.has(at, kind) or any(True for _ in self._range(at)):
            return
        yield from self._clock_in_part(at + 1)

    # --- Clock times ------------------------------------------------------------------------------

    def _clock(self, at: int) -> Iterator[_Written]:
        """`at 3pm`, `15:00`, `half past six`, `noon`."""
        yield from self._half_of_day(self._core(at))
        if self.has(at, Kind.AT):
            for written in self._half_of_day(self._core(at + 1)):
                yield written._replace(is_bare=False)
        for half, is_second in _HALVES:
            if self.has(at, half):
                for written in self._core(at + 1):
                    time = written.time.within_half(second=is_second)
                    if time is not None:
                        yield _Written(time, written.end)

    def _half_of_day(self, clocks: Iterator[_Written]) -> Iterator[_Written]:
        """The clocks, and each of them with the am or pm after it."""
        for written in clocks:
            yield written
            for kind in (Kind.AM, Kind.PM):
                if self.has(written.end, kind):
                    time = written.time.half(pm=kind is Kind.PM)
                    if time is not None:
                        yield _Written(time, written.end + 1)

    def _core(self, at: int) -> Iterator[_Written]:
        clock = self.get(at, Kind.CLOCK)
        if isinstance(clock, tuple):
            yield from self._digital(clock, at)
        elif self.has(at, Kind.NOON):
            yield from self._with_minutes(ClockTime((720,), (720,), Clock.TWELVE_HOURS), at + 1)
        elif self.has(at, Kind.MIDNIGHT):
            midnight = ClockTime((DAY,), (DAY,), Clock.TWELVE_HOURS)
            yield _Written(midnight, at + 1, is_midnight=True)
        else:
            yield from self._hour(at)
            yield from self._before_hour(at)

    def _digital(self, clock: tuple[int, int, bool], at: int) -> Iterator[_Written]:
        hours, minutes, leading_zero = clock
        time = clock_times.on_24_hour_clock(hours, minutes, leading_zero=leading_zero)
        last_undecided = self.language.last_undecided_hour
        if self._uses_am_pm and not leading_zero:
            time = clock_times.undecided(hours, minutes, _LAST_UNDECIDED_BARE_HOUR)
        elif not leading_zero and (last_undecided == ALL_HOURS or self._has_hour_letter(at)):
            time = clock_times.undecided(hours, minutes, last_undecided)
        if time is not None:
            yield _Written(time, self._skip_unit(at + 1))

    def _has_hour_letter(self, at: int) -> bool:
        """Return whether the hours and minutes at a position are written like `3h30`."""
        return not {"h", "u"}.isdisjoint(self.tokens[at].text)

    def _hour(self, at: int) -> Iterator[_Written]:
        """`15 Uhr`, `3 o'clock`, `3`, and what follows them."""
        hours = self._count(at)
        digits = self.get(at, Kind.NUMBER)
        if hours is None and self.has(at, Kind.ARTICLE_ONE) and self.has(at + 1, Kind.HOUR_UNIT):
            hours = 1
        if hours is None:
            return
        if isinstance(digits, str) and len(digits) > 2:
            yield from self._four_digits(digits, at)
            return
        leading_zero = isinstance(digits, str) and len(digits) == 2 and digits[0] == "0"
        if at == 0 and self._is_duration(hours):
            return
        if self.has(at + 1, Kind.HOUR_UNIT):
            yield from self._hour_with_unit(hours, at + 2, leading_zero=leading_zero)
        elif (time := self._spoken(hours, digits, leading_zero=leading_zero)) is not None:
            then = self.skip(at + 1, Kind.O_CLOCK)
            if then > at + 1 and not leading_zero:
                time = clock_times.spoken(hours) or time
            for written in self._with_minutes(time, then):
                yield self._decided(written._replace(is_bare=written.end == at + 1))

    def _spoken(self, hours: int, digits: object, *, leading_zero: bool) -> ClockTime | None:
        if leading_zero:
            return clock_times.on_24_hour_clock(hours, 0, leading_zero=True)
        if self.language.last_undecided_hour == ALL_HOURS:
            return clock_times.undecided(hours, 0, ALL_HOURS)
        if digits is None or self.language.digits_are_spoken:
            return clock_times.spoken(hours)
        if hours <= _LAST_UNDECIDED_BARE_HOUR:
            return clock_times.undecided(hours, 0, _LAST_UNDECIDED_BARE_HOUR)
        time = clock_times.spoken(hours)
        return time if time is None or time.is_stated else replace(time, clock=Clock.BARE)

    def _four_digits(self, digits: str, at: int) -> Iterator[_Written]:
        """`1530`, `0900`: only on the 24-hour clock."""
        hours, minutes = int(digits[:-2]), int(digits[-2:])
        is_certain = len(digits) == 4 and (digits[0] == "0" or hours >= 13)
        if hours == 20 and not any(self.has(at - 1, kind) for kind in _BEFORE_FOUR_DIGITS):
            # 2026 is a year.
            return
        time = clock_times.on_24_hour_clock(hours, minutes, leading_zero=True)
        if is_certain and time is not None:
            then = self._skip_unit(at + 1)
            yield _Written(time, then, is_bare=then == at + 1)

    def _skip_unit(self, at: int) -> int:
        """Return the position after a unit that may follow hours and minutes."""
        return at + 1 if self.has(at, Kind.HOUR_UNIT) or self.has(at, Kind.CLOCK_UNIT) else at

    def _is_duration(self, hours: int) -> bool:
        """Return whether the text begins with a number of hours that isn't a time of day.

        `24 heures` isn't, unless a day or a word such as `at` comes first. Spanish and Portuguese
        `8 horas` isn't either if nothing follows, while `15 horas` can hardly be a duration.
        """
        if hours == 24:
            return self.has(1, Kind.UNIT)
        return hours <= 12 and len(self.tokens) == 2 and self.tokens[1].text in _HOURS_ALONE

    def _hour_with_unit(self, hours: int, at: int, *, leading_zero: bool) -> Iterator[_Written]:
        minutes = self.number(at)
        digits = self.get(at, Kind.NUMBER)
        if minutes is not None and isinstance(digits, str) and len(digits) == 2:
            time = clock_times.undecided(hours, minutes, self.language.last_undecided_hour)
            if time is not None:
                yield _Written(time, at + 1)
        time = (
            clock_times.on_24_hour_clock(hours, 0, leading_zero=True)
            if leading_zero
            else clock_times.undecided(hours, 0, self.language.last_undecided_hour)
        )
        if time is not None:
            yield from self._with_minutes(time, self.skip(at, Kind.O_CLOCK))

    def _with_minutes(self, time: ClockTime, at: int) -> Iterator[_Written]:
        """A time, and that with the minutes that follow: `las 3 y media`."""
        yield _Written(time, at)
        minutes = self.get(at, Kind.AFTER_HOUR)
        if isinstance(minutes, int):
            yield _Written(time.plus(minutes), at + 1)

    def _before_hour(self, at: int) -> Iterator[_Written]:
        """`half past six`, `10 past 3`, `fünf vor halb vier`."""
        minutes = self.get(at, Kind.BEFORE_HOUR)
        hour_at = at + 1
        count = self._count(at)
        past = self.get(at + 1, Kind.MINUTES_PAST)
        if not isinstance(minutes, int):
            if count is None or count not in _SPOKEN_MINUTES or not isinstance(past, tuple):
                return
            minutes, hour_at = count * past[0] + past[1], at + 2
        hours = self._count(hour_at)
        if hours is not None and 1 <= hours <= 24:
            time = clock_times.spoken(hours)
            end = self.skip(self.skip(hour_at + 1, Kind.HOUR_UNIT), Kind.O_CLOCK)
            if time is not None:
                yield self._decided(_Written(time.plus(minutes), end))

    def _decided(self, written: _Written) -> _Written:
        """Return a spoken time as the language means it."""
        if self.language.digits_are_spoken:
            return written
        return written._replace(time=written.time.undecided_at_dawn())

    # --- Durations --------------------------------------------------------------------------------

    def duration(self, at: int) -> Iterator[tuple[int, int]]:
        """`2 hours`, `an hour and 15 minutes`, `half an hour`: in minutes."""
        fixed = self.get(at, Kind.DURATION)
        if isinstance(fixed, int):
            yield fixed, at + 1
        clock = self.get(at, Kind.CLOCK)
        if isinstance(clock, tuple) and self._has_hour_letter(at):
            yield clock[0] * 60 + clock[1], at + 1
        for minutes, end in self._amount_of_unit(at):
            yield minutes, end
            rest = self.get(end, Kind.NUMBER)
            is_two_digits = isinstance(rest, str) and len(rest) == 2
            if self.get(end - 1, Kind.UNIT) == 60 and is_two_digits and int(str(rest)) < 60:
                # `dans 1 h 30`
                yield minutes + int(str(rest)), end + 1
            for more, then in self._amount_of_unit(self.skip(end, Kind.AND)):
                if more < 60 <= minutes < DAY:
                    yield minutes + more, then

    def _amount_of_unit(self, at: int) -> Iterator[tuple[int, int]]:
        amount: float | None = self._count(at)
        decimal = self.get(at, Kind.DECIMAL)
        if amount is None and isinstance(decimal, float):
            amount = decimal
        if amount is None and self.has(at, Kind.ARTICLE_ONE):
            amount = 1
        unit = self.get(at + 1, Kind.UNIT)
        if amount is None or not isinstance(unit, int):
            return
        if unit == DAY and amount in self.language.idiomatic_days:
            return
        if amount * unit == int(amount * unit):
            yield int(amount * unit), at + 2


def _moments(written: _Written, end: int) -> Iterator[tuple[TimeOfDay, int]]:
    for minute in written.time.likely:
        time = TimeOfDay(
            minute,
            None,
            written.time.other,
            is_spoken=written.time.clock is Clock.SPOKEN,
            is_bare=written.is_bare,
            is_midnight=written.is_midnight,
        )
        yield time, end


def _ranges(start: ClockTime, end: ClockTime, part: Part | None) -> Iterator[tuple[int, int]]:
    """Yield the ranges that two times can mean, within a part of the day if one was named."""
    if part is None:
        yield from clock_times.ranges(start, end)
        return
    first, last = part.clock_times
    for s in start.possible:
        for e in end.possible:
            for minute in (e, e + DAY):
                if first <= s < minute <= max(last, part.span[1]) + 60:
                    yield s, minute
