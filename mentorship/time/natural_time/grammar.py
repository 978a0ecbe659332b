"""The grammar of texts about time: dates and times of day, in either order.

Each rule yields every way to read the tokens from a position, with the position after it. A text
is understood only if all of its tokens are; if it can be read in several ways,
`mentorship.time.natural_time.parser` compares what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mentorship.time.natural_time import calendar_days as days
from mentorship.time.natural_time.calendar_days import Days
from mentorship.time.natural_time.clock_times import DAY
from mentorship.time.natural_time.grammar_of_clocks import ClockGrammar, TimeOfDay
from mentorship.time.natural_time.vocabulary import Edge, Kind, Part

_SHORTEST_MONTH_ALONE = 4
"""`dec` alone may be anything; `december` is the month."""
_MAY = 5
_NIGHTS = (Part.NIGHT, Part.TONIGHT, Part.SMALL_HOURS)


@dataclass(frozen=True, slots=True)
class Expression:
    """Dates and a time of day that belong together; either can be absent.

    `minutes_from_now` is set instead of both for `in 2 hours` and `now`. `until` is the end of a
    span that begins at an instant: `fri 20:00 - sat 2:00`.
    """

    dates: tuple[Days, ...]
    time: TimeOfDay | None
    minutes_from_now: int | None = None
    until: Expression | None = None


class Grammar(ClockGrammar):
    """The rules for dates, and for whole texts."""

    def expressions(self) -> Iterator[tuple[Expression, ...]]:
        """Yield every way to read the whole text: one expression, or several that it offers."""
        end = len(self.tokens)
        for expressions, at in self._alternatives(0):
            if at == end:
                yield expressions

    # --- Dates and times together -----------------------------------------------------------------

    def _alternatives(self, at: int) -> Iterator[tuple[tuple[Expression, ...], int]]:
        """`tomorrow at 3pm or friday evening`."""
        for first, then in self._expression(at):
            yield (first,), then
            if first.time is None or not self.has(then, Kind.OR):
                continue
            names_date_next = any(True for _ in self._dates(then + 1))
            for (second, *others), end in self._alternatives(then + 1):
                if second.minutes_from_now is not None:
                    continue
                # `friday 3pm or 4pm` and `3pm or 4pm friday` are about Friday.
                shared = second.dates if not first.dates and not names_date_next else first.dates
                dates = second.dates or first.dates
                yield (replace(first, dates=shared), Expression(dates, second.time), *others), end

    def _expression(self, at: int) -> Iterator[tuple[Expression, int]]:
        yield from self._from_now(at)
        for dates, then in self._dates(at):
            yield Expression(dates, None), then
            for time, end in self.time(self.skip(then, Kind.COMMA)):
                if not time.is_bare or self._may_be_followed_by_digits(dates, then, time):
                    yield Expression(dates, time), end
                    yield from self._until(Expression(dates, time), end)
        for part_at in range(at + 2, len(self.tokens)):
            if isinstance(part := self.get(part_at, Kind.PART), Part):
                for time, then in self.clock_around(at, part):
                    for dates, end in self._dates(self.skip(then, Kind.COMMA)):
                        if end == part_at:
                            yield Expression(dates, time), end + 1
        for time, then in self.time(at):
            if not time.is_bare:
                yield Expression((), time), then
            if self._is_day_of_month(then):
                continue
            for dates, end in self._dates(self.skip(then, Kind.COMMA)):
                if not time.is_bare or time.end is not None:
                    yield Expression(dates, time), end

    def _is_day_of_month(self, at: int) -> bool:
        """Return whether a number before a month is a date: the 5 of `from 3 to 5 april`."""
        month_at = self.skip(at, Kind.OF)
        is_after_number = self.number(at - 1) is not None and self.has(month_at, Kind.MONTH)
        return is_after_number and self.day_number(month_at + 1) is None

    def _until(self, start: Expression, at: int) -> Iterator[tuple[Expression, int]]:
        """`fri 20:00 - sat 2:00`"""
        if not self.has(at, Kind.TO) or start.time is None or start.time.end is not None:
            return
        for dates, then in self._dates(at + 1):
            for time, end in self.time(self.skip(then, Kind.COMMA)):
                if time.end is None and not time.is_bare and len(dates) == 1:
                    yield replace(start, until=Expression(dates, time)), end

    def _may_be_followed_by_digits(self, dates: tuple[Days, ...], at: int, time: TimeOfDay) -> bool:
        """Return whether numbers after dates are a time: `tomorrow 15`, `fri 9-11`, `fri 1930`.

        A number after a weekday or a month may be a day of the month, or a year.
        """
        if any(each.first != each.last for each in dates):
            return False
        if time.end is not None:
            return True
        number = self.number(at) or 0
        return self.has(at - 1, Kind.RELATIVE_DAY) or (
            self.has(at - 1, Kind.WEEKDAY) and number > 99
        )

    def _from_now(self, at: int) -> Iterator[tuple[Expression, int]]:
        """`in 2 hours`, `90 minutes from now`, `now`."""
        if self.has(at, Kind.NOW):
            yield Expression((), None, 0), at + 1
        start = self.skip(at, Kind.IN)
        for minutes, end in self.duration(start):
            if minutes >= 7 * DAY or not self._is_in_hours(start, end):
                continue
            if start > at:
                yield Expression((), None, minutes), end
            elif self.has(end, Kind.FROM_NOW):
                yield Expression((), None, minutes), end + 1
            elif self.has(end, Kind.AGO):
                yield Expression((), None, -minutes), end + 1

    def _is_in_hours(self, start: int, end: int) -> bool:
        """Return whether a duration is in hours or minutes, and so counted from this minute."""
        units = [self.get(at, Kind.UNIT) for at in range(start, end)]
        return all(unit is None or (isinstance(unit, int) and unit < DAY) for unit in units)

    # --- Dates ------------------------------------------------------------------------------------

    def _dates(self, at: int) -> Iterator[tuple[tuple[Days, ...], int]]:
        """One date, a range of dates, or several."""
        for first, then in self._day_or_range(at):
            if first.is_unusual:
                continue
            yield (first,), then
            yield from self._more_dates((first,), then)

    def _more_dates(
        self, dates: tuple[Days, ...], at: int
    ) -> Iterator[tuple[tuple[Days, ...], int]]:
        is_joined = self.has(at, Kind.OR) or self.has(at, Kind.AND)
        # `木金の夜`: Thursday and Friday.
        is_listed = (
            self.language.is_unspaced
            and self.has(at - 1, Kind.WEEKDAY)
            and self.has(at, Kind.WEEKDAY)
        )
        if not (is_joined or is_listed or self.has(at, Kind.COMMA)):
            return
        for other, then in self._day_or_range(at if is_listed else at + 1):
            # `tuesday, 24 november` is one date; `mon, wed` are two.
            if is_joined or (other.weekday is not None and dates[-1].weekday is not None):
                yield (*dates, other), then
                yield from self._more_dates((*dates, other), then)

    def _day_or_range(self, at: int) -> Iterator[tuple[Days, int]]:
        yield from self._agreeing(at)
        is_between = self.has(at, Kind.BETWEEN)
        joint = Kind.AND if is_between else Kind.TO
        start = at + 1 if is_between or self.has(at, Kind.FROM) else at
        for first, then in self._agreeing(start):
            if self.has(then, joint):
                for last, end in self._agreeing(then + 1):
                    for joined in days.from_to(first, last, self.today):
                        if not self._is_one_night(joined):
                            yield joined, self.skip(end, Kind.UP_TO)
        yield from self._numbered_range(self.skip(start, Kind.ON), joint)

    def _is_one_night(self, dates: Days) -> bool:
        """Return whether `the night of friday to saturday` is that between the two."""
        parts = (self.get(at, Kind.PART) for at in range(len(self.tokens)))
        return dates.last - dates.first == timedelta(days=1) and any(p in _NIGHTS for p in parts)

    def _numbered_range(self, at: int, joint: Kind) -> Iterator[tuple[Days, int]]:
        """`24-26 november`, `24.-26.12.`, `nov 24-26`."""
        month = self.get(at, Kind.MONTH)
        day_at = at if month is None else at + 1
        day = self.day_number(day_at)
        if day is None or not self._joins_days(day_at + 1, joint):
            return
        last_at = self.skip(day_at + 2, Kind.ON)
        if month is None:
            for last, end in self._dated(last_at):
                if last.first == last.last and day < last.first.day:
                    dates = Days(last.first.replace(day=day), last.last)
                    if not self._is_one_night(dates):
                        yield dates, end
        elif (last_day := self.day_number(last_at)) is not None and day < last_day:
            for last, end in self._with_month(month, last_day, last_at + 1):
                dates = Days(last.first.replace(day=day), last.last)
                if not self._is_one_night(dates):
                    yield dates, end

    def _joins_days(self, at: int, joint: Kind) -> bool:
        """Return whether a word can stand between two days: Spanish `a`, but not `a las`."""
        is_for_hours = self.has(at, Kind.AT) and self.tokens[at].text != "a"
        return self.has(at, joint) and not is_for_hours

    def _agreeing(self, at: int) -> Iterator[tuple[Days, int]]:
        """A date, or two expressions for it: `Friday, 27 November`, `friday next week`."""
        for first, then in self._single(at, None):
            yield first, then
            second_at = self.skip(then, Kind.COMMA)
            if self.has(at, Kind.RELATIVE_DAY) and self.has(second_at, Kind.RELATIVE_DAY):
                # Spanish `mañana mañana` may be a morning.
                continue
            for second, end in self._single(second_at, first):
                both = first.both(second)
                is_unusual = first.is_unusual or second.is_unusual
                if both is not None and not (is_unusual and both.last < self.today):
                    yield both, end

    def _single(self, at: int, before: Days | None) -> Iterator[tuple[Days, int]]:
        for start in dict.fromkeys((at, self.skip(at, Kind.ON), self.skip(at, Kind.OF))):
            ahead = self.get(start, Kind.RELATIVE_DAY)
            if isinstance(ahead, int):
                yield days.one_day(self.today + timedelta(days=ahead)), start + 1
            yield from self._weekday(start)
            yield from self._period(start)
            yield from self._dated(start)
            yield from self._day_of_month(start, before)
        yield from self._days_from_now(at)

    def _weekday(self, at: int) -> Iterator[tuple[Days, int]]:
        """`friday`, `this friday`, `venerdì prossimo`."""
        qualifier = self._qualifier(at)
        weekday_at = at if qualifier is None else at + 1
        weekday = self.get(weekday_at, Kind.WEEKDAY)
        if not isinstance(weekday, int):
            return
        ahead = days.weekday_ahead(weekday, self.today)
        end = weekday_at + 1
        if qualifier is None:
            yield ahead, end
            qualifier, end = self._qualifier(end), end + 1
        if qualifier is not None:
            for day in _qualified(ahead.first, qualifier, self.today):
                yield days.one_day(day), end

    def _qualifier(self, at: int) -> Kind | None:
        return next((kind for kind in _WEEKS if self.has(at, kind)), None)

    def _period(self, at: int) -> Iterator[tuple[Days, int]]:
        """A week, a weekend, a month, or a part of one."""
        for period, end in self._whole_period(at):
            yield period, end
            edge = self.get(end, Kind.EDGE_BEHIND)
            if isinstance(edge, Edge) and not period.is_unusual:
                yield days.edge(period, edge), end + 1
        edge = self.get(at, Kind.EDGE)
        if isinstance(edge, Edge):
            start = self.skip(at + 1, Kind.OF)
            for period, end in self._whole_period(start):
                if period.last - period.first > timedelta(days=1) and not period.is_unusual:
                    yield days.edge(period, edge), end
            for unit in dict.fromkeys((start, self.skip(start, Kind.OF))):
                # `end of the week`, without `this`.
                if self.has(unit, Kind.WEEK) and self._qualifier(unit + 1) is None:
                    first_day = self.language.starts_of_week[0]
                    yield days.edge(days.week(0, self.today, first_day), edge), unit + 1
                if self.has(unit, Kind.MONTH_UNIT) and self._qualifier(unit + 1) is None:
                    yield days.edge(days.month(self.today), edge), unit + 1

    def _whole_period(self, at: int) -> Iterator[tuple[Days, int]]:
        for start in dict.fromkeys((at, self.skip(at, Kind.OF))):
            before = self._qualifier(start)
            unit = start if before is None else start + 1
            after = self._qualifier(unit + 1) if before is None else None
            qualifier, end = before or after, unit + 1 if after is None else unit + 2
            if self.has(unit, Kind.WEEK) and qualifier is not None:
                yield from self._weeks(_WEEKS[qualifier], end)
            elif self.has(unit, Kind.WEEKEND):
                for weeks in _weekends(qualifier, self.today):
                    for first_day in self.language.starts_of_weekend:
                        yield days.weekend(weeks, self.today, first_day), end
            elif self.has(unit, Kind.MONTH_UNIT) and qualifier not in (None, Kind.AFTER_NEXT):
                assert qualifier is not None
                yield days.month_from(_WEEKS[qualifier], self.today), end
            number = self.get(start, Kind.MONTH)
            if isinstance(number, int) and (self._is_named_month(start) or number == _MAY):
                yield days.month_ahead(number, self.today), start + 1

    def _weeks(self, weeks_ahead: int, end: int) -> Iterator[tuple[Days, int]]:
        """A week, with each weekday with which it may start."""
        for start in self.language.starts_of_week:
            week = days.week(weeks_ahead, self.today, start)
            yield replace(week, is_unusual=start != self.language.starts_of_week[0]), end

    def _is_named_month(self, at: int) -> bool:
        """Return whether a month is written in full, so that it is nothing else."""
        if not self.has(at, Kind.MONTH):
            return False
        text = self.tokens[at].text
        return len(text) >= _SHORTEST_MONTH_ALONE or not text.isalpha()

    def _dated(self, at: int) -> Iterator[tuple[Days, int]]:
        """`26.11.2026`, `26 november`, `Nov 26th, 2026`."""
        dates = self.get(at, Kind.DATE)
        if isinstance(dates, tuple):
            for year, month, day in dates:
                yield from _existing(days.dated(year, month, day, self.today), at + 1)
        day_number = self.day_number(at)
        if day_number is not None:
            for month_at in dict.fromkeys((at + 1, self.skip(at + 1, Kind.OF))):
                month = self.get(month_at, Kind.MONTH)
                yield from self._with_month(month, day_number, month_at + 1)
        day_after = self.day_number(at + 1)
        is_english = self.language.digits_are_spoken
        if day_after is not None and (is_english or self._is_named_month(at)):
            yield from self._with_month(self.get(at, Kind.MONTH), day_after, at + 2)

    def _with_month(self, month: object, day: int, at: int) -> Iterator[tuple[Days, int]]:
        if not isinstance(month, int):
            return
        yield from _existing(days.dated(None, month, day, self.today), at)
        for year_at in dict.fromkeys((at, self.skip(at, Kind.OF), self.skip(at, Kind.COMMA))):
            year = self.number(year_at)
            if year is not None and 2000 <= year < 2100:
                yield from _existing(days.dated(year, month, day, self.today), year_at + 1)

    def day_number(self, at: int) -> int | None:
        """Return the day of a month at a position, in digits or an ordinal."""
        ordinal = self.get(at, Kind.ORDINAL)
        number = ordinal if isinstance(ordinal, int) else self.number(at)
        return number if number is not None and 1 <= number <= 31 else None

    def _days_from_now(self, at: int) -> Iterator[tuple[Days, int]]:
        """`in 3 days`, `2 weeks from now`, `3 days ago`."""
        start = self.skip(at, Kind.IN)
        for minutes, end in self.duration(start):
            if minutes % DAY or not minutes or self._is_in_hours(start, end):
                continue
            ahead = timedelta(days=min(minutes // DAY, 36500))
            if start > at:
                yield days.one_day(self.today + ahead), end
            elif self.has(end, Kind.FROM_NOW):
                yield days.one_day(self.today + ahead), end + 1
            elif self.has(end, Kind.AGO):
                yield days.one_day(self.today - ahead), end + 1

    def _day_of_month(self, at: int, before: Days | None) -> Iterator[tuple[Days, int]]:
        """`the 26th`; `el 26` and `viernes 27` where people write that."""
        ordinal = self.get(at, Kind.ORDINAL)
        number = ordinal if isinstance(ordinal, int) else self._number_for_day(at, before)
        is_alone = before is None and not self.has(at - 1, Kind.ON)
        if is_alone and self.tokens[at : at + 1] and self.tokens[at].text.endswith("."):
            # `7.` may be the end of a sentence.
            return
        if number is not None:
            yield from _existing(days.day_of_month(number, self.today), at + 1)

    def _number_for_day(self, at: int, before: Days | None) -> int | None:
        number = self.number(at)
        if number is None:
            return None
        is_after_weekday = before is not None and before.weekday is not None
        is_after_article = self.has(at - 1, Kind.ON) and not self.has(at - 1, Kind.AT)
        if at and self.language.day_word in self.tokens[at - 1].text.split():
            return number
        if self.language.number_after_weekday_is_date:
            return number if is_after_weekday or is_after_article else None
        return number if number > 24 and (is_after_weekday or is_after_article) else None


_WEEKS = {Kind.NEXT: 1, Kind.COMING: 1, Kind.THIS: 0, Kind.LAST: -1, Kind.AFTER_NEXT: 2}
"""How many weeks or months from this one each qualifier names."""


def _qualified(ahead: date, qualifier: Kind, today: date) -> Iterator[date]:
    """Yield the days that `next friday` and the like can mean, if `ahead` is the next Friday.

    `next friday` is the next one to some people, and that of the next week to others.
    """
    week = timedelta(weeks=1)
    coming = ahead if ahead > today else ahead + week
    if qualifier is Kind.LAST:
        yield ahead - week
    elif qualifier is Kind.AFTER_NEXT:
        yield coming + week
        yield days.week(2, today).first + timedelta(days=ahead.weekday())
    elif qualifier is Kind.NEXT:
        yield coming
        yield days.week(1, today).first + timedelta(days=ahead.weekday())
    else:
        yield coming if qualifier is Kind.COMING else ahead


def _weekends(qualifier: Kind | None, today: date) -> tuple[int, ...]:
    """Return the weekends that are meant, in weeks from this one; `next weekend` can be two."""
    if qualifier is Kind.NEXT:
        return (1,) if today.weekday() >= 5 else (0, 1)
    if qualifier is Kind.COMING:
        return (1,) if today.weekday() >= 5 else (0,)
    if qualifier is Kind.AFTER_NEXT:
        return (2,) if today.weekday() >= 5 else (1, 2)
    return (-1,) if qualifier is Kind.LAST else (0,)


def _existing(day: Days | None, at: int) -> Iterator[tuple[Days, int]]:
    if day is not None:
        yield day, at
