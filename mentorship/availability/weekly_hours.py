"""Parse and format weekly hours as text: `mon-fri 18:00-21:30; sat 10-14`. Pure.

The text consists of groups, each of them days and then times: `tue,thu 7pm-9pm`,
`weekdays 9-12, 14-18`, `daily 20:00-02:00`, `fri-mon all day`, `sun off`. Semicolons, line breaks
or commas separate groups; a day after times starts a group, too. Times are on a 24-hour clock
unless they have am or pm. An end at or before the start is on the next day; `24:00`, `23:59`,
`0:00` and `midnight` as ends are the end of the day. Hours of a day that touch or overlap are
joined.

If only one of two times has am or pm (`9-5pm`), the other one gets that which makes the shorter
interval. If neither has and both readings are usual (`9-5`, `7-9`, `noon-3`), the text can't be
parsed: hours are never guessed. Times elsewhere in the text such as `20:00` say that `7-9` is on a
24-hour clock, too.

The words are those of the writer's language, in `mentorship.time.natural_time.languages`.
"""

from collections.abc import Callable, Iterable
from itertools import groupby

from mentorship.availability.opening_hours import WeeklyHours
from mentorship.errors import HoursProblem, UnreadableHours
from mentorship.time.intervals import merge, subtract
from mentorship.time.natural_time import languages
from mentorship.time.natural_time.hours_tokens import HoursKind, HoursToken, hours_tokens
from mentorship.time.natural_time.vocabulary import Language, WeeklyWords

_DAY = 1440
_WEEK = 7 * _DAY
_FIRST_SURE_HOUR = 8
"""Hours before it, without am or pm, may be in the evening as well: `7-9`."""


def _readings(time: HoursToken) -> tuple[int, ...]:
    """Return the minutes of the day that a time can mean: two if am or pm is missing."""
    hours, minutes = divmod(time.minute, 60)
    if time.half:
        return (hours % 12 * 60 + minutes + (720 if time.half == "p" else 0),)
    if time.is_24_hour:
        return (time.minute % _DAY,)
    morning = hours % 12 * 60 + minutes
    return (morning, morning + 720)


def _interval(
    text: str, tokens: list[HoursToken], start: HoursToken, end: HoursToken
) -> tuple[int, int]:
    begins, ends = _range(text, tokens, start, end)
    # No clock shows 24:00, so people type 23:59 for midnight.
    return begins, _DAY if ends == _DAY - 1 and begins < ends else ends


def _range(
    text: str, tokens: list[HoursToken], start: HoursToken, end: HoursToken
) -> tuple[int, int]:
    part = text[start.position : end.position + len(end.text)]
    if start.minute == _DAY:
        raise UnreadableHours(text, part, start.position, HoursProblem.STARTS_AT_24)
    # `9-5pm` means eight hours and not twenty: the shortest combination of readings. Of two
    # equally short ones that which starts by day.
    _, _, early, late = min(
        (_length(s, e), not 360 <= s < 1080, s, e) for s in _readings(start) for e in _readings(end)
    )
    if start.half or end.half:
        return early, late or _DAY
    begins, ends = start.minute, end.minute or _DAY
    if begins < ends and _is_on_24_hour_clock(tokens):
        return begins, ends
    other = _other_reading(start, end, (early, late or _DAY))
    if other is not None:
        readings = (other, (begins, ends))
        raise UnreadableHours(text, part, start.position, HoursProblem.AM_OR_PM, readings)
    return begins, ends


def _is_on_24_hour_clock(tokens: Iterable[HoursToken]) -> bool:
    """Return whether a time of the text is one that only a 24-hour clock shows, and none isn't."""
    times = [token for token in tokens if token.kind is HoursKind.TIME and not token.is_word]
    return any(time.is_24_hour for time in times) and not any(time.half for time in times)


def _other_reading(
    start: HoursToken, end: HoursToken, usual: tuple[int, int]
) -> tuple[int, int] | None:
    """Return what two times without am and pm can mean, other than what a 24-hour clock says.

    `usual` is the shortest interval that they can mean. None if it is certain what they mean.
    """
    begins, ends = start.minute, end.minute or _DAY
    if end.is_24_hour and (start.is_24_hour or not end.is_midnight):
        return None
    if start.is_24_hour:
        # `22-2` ends in the night, but `13-3` and `noon-3:00` hardly do.
        is_loose = end.is_hour or start.is_word
        return usual if is_loose and _length(begins, ends) >= _DAY // 2 else None
    if ends <= begins and not end.is_24_hour:
        return usual
    evening = begins % 720 + 720
    if not end.is_midnight and begins >= _FIRST_SURE_HOUR * 60:
        return None
    return evening, min(_readings(end), key=lambda minute: _length(evening, minute)) or _DAY


def _length(start: int, end: int) -> int:
    """Return the minutes before the last one from `start` to `end`, which may be the next day."""
    return (end - start - 1) % _DAY


class _Parser:
    """Parses tokens from left to right; each method parses one part of the grammar."""

    def __init__(self, text: str, locale: str | None) -> None:
        self.text = text
        self.tokens = hours_tokens(text, locale)
        self.at = 0

    def kind(self, ahead: int = 0) -> HoursKind | None:
        at = self.at + ahead
        return self.tokens[at].kind if at < len(self.tokens) else None

    def take(self) -> HoursToken:
        self.at += 1
        return self.tokens[self.at - 1]

    def skip(self, *kinds: HoursKind) -> None:
        while self.kind() in kinds:
            self.at += 1

    def error(self, problem: HoursProblem) -> UnreadableHours:
        token = self.tokens[min(self.at, len(self.tokens) - 1)]
        return UnreadableHours(self.text, token.text, token.position, problem)

    def days(self) -> list[int]:
        days: list[int] = []
        while self.kind() is HoursKind.DAY:
            first = self.take()
            days += first.days
            if self.kind() is HoursKind.DASH and self.kind(1) is HoursKind.DAY:
                self.take()
                last = self.take()
                if len(first.days) != 1 or len(last.days) != 1:
                    self.at -= 1
                    raise self.error(HoursProblem.DAY_RANGE_OF_GROUP)
                (start,), (end,) = first.days, last.days
                days += [(start + number) % 7 for number in range((end - start) % 7 + 1)]
            if self.kind() is HoursKind.COMMA and self.kind(1) is HoursKind.DAY:
                self.take()
        return days

    def times(self) -> list[tuple[int, int]]:
        intervals: list[tuple[int, int]] = []
        while True:
            if self.kind() is HoursKind.WHOLE:
                self.take()
                intervals.append((0, _DAY))
            elif self.kind() is HoursKind.TIME:
                start = self.take()
                # `between 9 and 5pm` is an interval, too.
                if (
                    self.kind() not in (HoursKind.DASH, HoursKind.COMMA)
                    or self.kind(1) is not HoursKind.TIME
                ):
                    self.at -= 1
                    raise self.error(HoursProblem.TIME_WITHOUT_END)
                self.take()
                intervals.append(_interval(self.text, self.tokens, start, self.take()))
            else:
                return intervals
            if self.kind() is HoursKind.COMMA and self.kind(1) in (HoursKind.TIME, HoursKind.WHOLE):
                self.take()

    def group(self) -> tuple[list[int], list[tuple[int, int]]]:
        """Parse days and their intervals, none for `off`."""
        days = self.days()
        if not days:
            raise self.error(HoursProblem.TIMES_WITHOUT_DAYS)
        if self.kind() is HoursKind.COMMA and self.kind(1) in (HoursKind.TIME, HoursKind.WHOLE):
            self.take()
        if self.kind() is HoursKind.OFF or (
            self.kind() is HoursKind.DASH and self.kind(1) in (None, HoursKind.END)
        ):
            self.take()
            return days, []
        intervals = self.times()
        if not intervals:
            raise self.error(HoursProblem.DAYS_WITHOUT_TIMES)
        return days, intervals


def parse_hours(text: str, locale: str | None = None) -> tuple[WeeklyHours, ...]:
    """Parse weekly hours, sorted and joined by `merge_weekly`. Empty text and `off` are none.

    They are in the words of the writer's Discord locale, else in English.

    `off` for some days (`daily 9-17; sun off`) removes them from the other groups. Raises
    `UnreadableHours` with the invalid part, its position in `text`, and what is wrong with it.
    """
    parser = _Parser(text, locale)
    hours: set[WeeklyHours] = set()
    off: set[int] = set()
    parser.skip(HoursKind.END, HoursKind.COMMA)
    if parser.kind() in (HoursKind.OFF, HoursKind.DASH) and parser.kind(1) is None:
        return ()
    while parser.kind():
        days, intervals = parser.group()
        hours.update(WeeklyHours(day, *interval) for day in days for interval in intervals)
        if not intervals:
            off.update(days)
        parser.skip(HoursKind.END, HoursKind.COMMA)
    return merge_weekly(each for each in hours if each.weekday not in off)


def parse_interval(text: str, locale: str | None = None) -> tuple[int, int]:
    """Parse hours without days, such as `22:30-7`: start and end in minutes of the day.

    An end at or before the start is on the next day, and 1,440 is the end of the day. Raises
    `UnreadableHours` for anything else, days included.
    """
    parser = _Parser(text, locale)
    intervals = parser.times() if parser.tokens else []
    if len(intervals) != 1 or parser.kind():
        parser.at = min(parser.at, max(len(parser.tokens) - 1, 0))
        part = parser.tokens[parser.at] if parser.tokens else HoursToken(HoursKind.END, text, 0)
        raise UnreadableHours(text, part.text, part.position, HoursProblem.TIME_WITHOUT_END)
    return intervals[0]


def parse_day_hours(text: str, locale: str | None = None) -> tuple[tuple[int, int], ...]:
    """Parse the hours of one day, such as `9-12, 14-18`: starts and ends, sorted and joined.

    Empty text and `off` are none. Raises `UnreadableHours`, also for days.
    """
    parser = _Parser(text, locale)
    if parser.kind() in (None, HoursKind.OFF, HoursKind.DASH) and parser.kind(1) is None:
        return ()
    intervals = parser.times()
    parser.skip(HoursKind.END, HoursKind.COMMA)
    if parser.kind():
        raise parser.error(HoursProblem.TIME_WITHOUT_END)
    merged = merge_weekly(WeeklyHours(0, *interval) for interval in intervals)
    return tuple((hours.start, hours.end) for hours in merged)


def merge_weekly(weekly: Iterable[WeeklyHours]) -> tuple[WeeklyHours, ...]:
    """Merge weekly hours that start on the same day where they touch or overlap, sorted.

    Hours last at most 24 hours: the rest of longer ones belongs to the next day.
    """
    merged: tuple[WeeklyHours, ...] = ()
    rest = tuple(weekly)
    while rest:
        merged, rest = _merge_by_day([*merged, *rest])
    return merged


def _merge_by_day(
    weekly: Iterable[WeeklyHours],
) -> tuple[tuple[WeeklyHours, ...], tuple[WeeklyHours, ...]]:
    """Return the merged hours of each day, cut after 24 hours, and what was cut off."""
    merged: list[WeeklyHours] = []
    rest: list[WeeklyHours] = []
    for weekday, same_day in groupby(sorted(weekly), key=lambda hours: hours.weekday):
        # 22:00-02:00 is 1320 to 1560 here: minutes after the day's midnight.
        intervals = merge(
            (hours.start, hours.end + (_DAY if hours.end <= hours.start else 0))
            for hours in same_day
        )
        for start, end in intervals:
            last_minute = min(end, start + _DAY) - 1
            merged.append(WeeklyHours(weekday, start, last_minute % _DAY + 1))
            if end > start + _DAY:
                last_minute = end - _DAY - 1
                rest.append(WeeklyHours((weekday + 1) % 7, start, last_minute % _DAY + 1))
    return tuple(merged), tuple(rest)


# --- Formatting -----------------------------------------------------------------------------------


def format_hours(weekly: Iterable[WeeklyHours], locale: str | None = None) -> str:
    """Format hours as the shortest text that `parse_hours` parses to the same hours.

    They are joined by `merge_weekly`. Days with the same hours form a group:
    `mon-fri 18:00-21:30; sat 10:00-14:00`. No hours at all are `off`. The words are those of the
    reader's locale, else English.
    """
    return _week_text(weekly, languages.find_or_english(locale), _interval_text)


def format_hours_with_am_pm(weekly: Iterable[WeeklyHours], locale: str | None = None) -> str:
    """Format hours as `format_hours` does, with am and pm: `mon-fri 6pm-9:30pm; sat 10am-2pm`."""
    language = languages.find_or_english(locale)
    words = language.weekly

    def interval_text(start: int, end: int) -> str:
        return f"{_clock_with_am_pm(start, words)}-{_clock_with_am_pm(end, words)}"

    return _week_text(weekly, language, interval_text)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _interval_text(start: int, end: int) -> str:
    if end <= start and end >= 600 and start < 780:
        # `10:00-10:00` could be parsed as 10 am to 10 pm.
        return f"{_clock(start)}{_half(start)}-{_clock(end)}{_half(end)}"
    return f"{_clock(start)}-{_clock(end)}"


def _half(minute: int) -> str:
    return "am" if minute < 720 else "pm"


def _clock_with_am_pm(minute: int, words: WeeklyWords) -> str:
    hours, minutes = divmod(minute % _DAY, 60)
    hour = (hours - 1) % 12 + 1
    digits = f"{hour}:{minutes:02}" if minutes else f"{hour}"
    return f"{digits}{words.written_am if hours < 12 else words.written_pm}"


def _days_text(days: list[int], words: WeeklyWords) -> str:
    """Write days as the shortest text: `mon-wed,sat`. They are in the order of the week."""
    if len(days) == 7:
        return words.daily.split("|")[0]
    names = words.short.split("|")
    runs: list[list[int]] = []
    for day in days:
        if runs and (runs[-1][-1] + 1) % 7 == day:
            runs[-1].append(day)
        else:
            runs.append([day])
    return words.comma.join(
        f"{names[run[0]]}-{names[run[-1]]}"
        if len(run) > 2
        else words.comma.join(names[day] for day in run)
        for run in runs
    )


def difference(
    weekly: Iterable[WeeklyHours], other: Iterable[WeeklyHours]
) -> tuple[WeeklyHours, ...]:
    """Return the hours of `weekly` in which `other` isn't open, sorted and joined."""
    open_hours = [
        (start + week * _WEEK, end + week * _WEEK)
        for start, end in map(_minutes_of_week, other)
        for week in (-1, 0, 1)
    ]
    return merge_weekly(
        WeeklyHours(start // _DAY % 7, start % _DAY, (end - 1) % _DAY + 1)
        for hours in merge_weekly(weekly)
        for start, end in subtract(_minutes_of_week(hours), sorted(open_hours))
    )


def _minutes_of_week(hours: WeeklyHours) -> tuple[int, int]:
    """Return hours in minutes since the week's beginning; those of Sunday may end in the next."""
    midnight = hours.weekday * _DAY
    length = (hours.end - hours.start - 1) % _DAY + 1
    return midnight + hours.start, midnight + hours.start + length


def _week_text(
    weekly: Iterable[WeeklyHours], language: Language, interval_text: Callable[[int, int], str]
) -> str:
    words, first_day = language.weekly, language.starts_of_week[0]
    by_day: dict[int, list[tuple[int, int]]] = {
        day: [(hours.start, hours.end) for hours in same_day]
        for day, same_day in groupby(merge_weekly(weekly), key=lambda hours: hours.weekday)
    }
    days_by_intervals: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day in sorted(by_day, key=lambda day: (day - first_day) % 7):
        days_by_intervals.setdefault(tuple(by_day[day]), []).append(day)
    groups = []
    for same_intervals, days in days_by_intervals.items():
        texts = f"{words.comma} ".join(interval_text(*pair) for pair in same_intervals)
        groups.append(f"{_days_text(days, words)} {texts}")
    return f"{words.semicolon} ".join(groups) or words.off.split("|")[0]
