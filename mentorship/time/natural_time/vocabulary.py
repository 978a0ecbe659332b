"""Extract dates and times of day from text.

`mentorship.time.natural_time.parser` combines them and has the conventions. Nothing here deals with
instants.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_DAY = 1440


@dataclass(frozen=True, slots=True)
class DateRange:
    """The local dates from `first` to `last`. `weekly`: past ones mean those of the next week."""

    first: date
    last: date
    weekly: bool = False


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A time of day, in minutes after midnight. `end`: None for an instant; may be tomorrow."""

    start: int
    end: int | None


_PARTS_OF_DAY: dict[str, tuple[int, int]] = {
    "early morning": (5 * 60, 9 * 60),
    "morning": (6 * 60, 12 * 60),
    "forenoon": (6 * 60, 12 * 60),
    "lunchtime": (12 * 60, 14 * 60),
    "lunch": (12 * 60, 14 * 60),
    "afternoon": (12 * 60, 18 * 60),
    "late afternoon": (15 * 60, 18 * 60),
    "early evening": (17 * 60, 20 * 60),
    "evening": (18 * 60, 23 * 60),
    "late evening": (20 * 60, 24 * 60),
    "tonight": (18 * 60, 24 * 60),
    "night": (20 * 60, 26 * 60),
}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAY = (
    r"(?P<weekday>mon(?:day)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)s?"
)
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
FILLER_WORDS = re.compile(
    r"\b(?:at|on|the|in|around|about|approx|ca|um|by|please|some\s*time|for)\b|[@,]"
)
_UNITS: dict[str, timedelta] = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION = re.compile(
    r"(?P<number>\d{1,4}(?:[.,]\d{1,2})?|an?|half\s+an|one|two|three|four|five|six|seven|eight"
    r"|nine|ten)\s*"
    r"(?P<unit>m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?|ks?)?)\b"
)
FROM_NOW = re.compile(rf"(?P<way>in\s+)?{_DURATION.pattern}(?P<after>\s+from\s+now)?")
_NUMBERS: dict[str, float] = {"a": 1, "an": 1, "half an": 0.5}
_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS |= {word: value for value, word in enumerate(_COUNTED, 1)}


@dataclass(frozen=True, slots=True)
class ParseContext:
    """The zone, the instant and the language by which text is understood. `today` is local."""

    zone: str
    now: datetime
    today: date
    locale: str | None


_DateReader = Callable[[re.Match[str], ParseContext], DateRange | None]


def single_date(day: date) -> DateRange:
    """Return the range of one date."""
    return DateRange(day, day)


def _relative_day(match: re.Match[str], context: ParseContext) -> DateRange:
    ahead = 2 if match["after"] else 1 if match["word"].startswith(("tom", "tm")) else 0
    return single_date(context.today + timedelta(days=ahead))


def _weekday(match: re.Match[str], context: ParseContext) -> DateRange:
    weekday = _WEEKDAYS.index(match["weekday"][:3])
    if match["which"] == "next":
        monday = context.today - timedelta(days=context.today.weekday())
        return single_date(monday + timedelta(days=7 + weekday))
    day = context.today + timedelta(days=(weekday - context.today.weekday()) % 7)
    return DateRange(day, day, weekly=True)


def _week(match: re.Match[str], context: ParseContext) -> DateRange:
    monday = context.today - timedelta(days=context.today.weekday())
    if match["which"] == "next":
        monday += timedelta(days=7)
    first = monday + timedelta(days=5 if match["what"] == "weekend" else 0)
    return DateRange(first, monday + timedelta(days=6))


def _date(year: int | None, month: int, day: int, context: ParseContext) -> DateRange | None:
    """Return the date, or None if it doesn't exist; without a year the next such date."""
    try:
        if year is not None:
            return single_date(date(year + 2000 if year < 100 else year, month, day))
        this = date(context.today.year, month, day)
        return single_date(this if this >= context.today else this.replace(year=this.year + 1))
    except ValueError:
        return None


def _year(match: re.Match[str]) -> int | None:
    return int(match["year"]) if match["year"] else None


def _numeric_date(match: re.Match[str], context: ParseContext) -> DateRange | None:
    return _date(_year(match), int(match["month"]), int(match["day"]), context)


def _slashed_date(match: re.Match[str], context: ParseContext) -> DateRange | None:
    first, second = int(match["first"]), int(match["second"])
    if first != second and max(first, second) <= 12 and context.locale is None:
        return None
    if second > 12 or (first <= 12 and context.locale == "en-US"):
        first, second = second, first
    return _date(_year(match), second, first, context)


def _named_date(match: re.Match[str], context: ParseContext) -> DateRange | None:
    return _date(_year(match), _MONTHS.index(match["month"][:3]) + 1, int(match["day"]), context)


def _day_of_month(match: re.Match[str], context: ParseContext) -> DateRange | None:
    day, month = int(match["day"]), context.today.replace(day=1)
    for _ in range(12):
        try:
            candidate = month.replace(day=day)
        except ValueError:
            candidate = None
        if candidate is not None and candidate >= context.today:
            return single_date(candidate)
        month = (month + timedelta(days=32)).replace(day=1)
    return None


def _date_from_now(match: re.Match[str], context: ParseContext) -> DateRange:
    return single_date(context.today + parse_duration(match["number"], match["unit"]))


def parse_duration(number: str, unit: str) -> timedelta:
    """Return the duration of a number, such as `1,5`, `an` or `three`, of units (min, h, d, w)."""
    number = collapse_spaces(number)
    count = _NUMBERS[number] if number in _NUMBERS else float(number.replace(",", "."))
    return count * _UNITS[unit[0]]


_DURATION_IN_DAYS = _DURATION.pattern.replace(r"m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|", "")
_DATE_FORMS: tuple[tuple[re.Pattern[str], _DateReader], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (rf"\bin\s+{_DURATION_IN_DAYS}", _date_from_now),
        (rf"\b{_DURATION_IN_DAYS}\s+from\s+now\b", _date_from_now),
        (r"\b(?P<after>day\s+after\s+)?(?P<word>tomm?orr?ow|tmrw?|tmw|today)\b", _relative_day),
        (rf"\b(?:(?P<which>this|next|coming)\s+(?:week\s+(?:on\s+)?)?)?{_WEEKDAY}\b", _weekday),
        (r"\b(?:(?P<which>this|next)\s+)(?P<what>week)\b", _week),
        (r"\b(?:(?P<which>this|next)\s+)?(?P<what>weekend)\b", _week),
        (r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b", _numeric_date),
        (
            r"\b(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4}|\d\d\b(?![:.h]))?",
            _numeric_date,
        ),
        (
            r"\b(?P<day>\d{1,2})\.(?P<month>\d{1,2})(?P<year>)(?=\s+\d{1,2}(?::\d\d|\s*[ap]m))",
            _numeric_date,
        ),
        (r"\b(?P<first>\d{1,2})/(?P<second>\d{1,2})(?:/(?P<year>\d{4}|\d\d))?\b", _slashed_date),
        (
            rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s*(?:of\s+)?{_MONTH}(?:\s+(?P<year>\d{{4}}))?"
            r"(?![a-z])",
            _named_date,
        ),
        (
            rf"\b{_MONTH}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*[:ap])(?:\s+(?P<year>\d{{4}}))?",
            _named_date,
        ),
        (r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)\b", _day_of_month),
    )
)

_CLOCK = (
    r"(?:noon|midday|midnight|(?:half|quarter)\s+(?:past|to)\s+\d{1,2}(?:\s*[ap]\.?m\b\.?)?"
    r"|\d{1,2}(?:\s?[:.h]\s?\d\d)?(?:\s*(?:[ap]\.?m\b\.?|[ap]\b|h\b|o['’]?clock|uhr))*)"
)
_RANGE = re.compile(
    rf"(?:between\s+|from\s+)?(?P<start>{_CLOCK})\s*(?:-|–|—|\bto\b|\band\b|\bun?till?\b)\s*"
    rf"(?P<end>{_CLOCK})"
)
_AFTER = re.compile(
    rf"\b(?:after|from|later\s+than|not\s+before)\s+(?P<start>{_CLOCK})(?:\s+on\b)?"
)
_BEFORE = re.compile(rf"\b(?:before|un?till?|by|earlier\s+than)\s+(?P<end>{_CLOCK})")
_AT = re.compile(rf"(?<![\d:.])(?P<start>{_CLOCK})")
_PART = re.compile(
    r"\b(?:this\s+|in\s+the\s+|at\s+)?(?P<part>(?:early\s+|late\s+)?"
    r"(?:morning|forenoon|lunchtime|lunch|afternoon|evening|tonight|night))\b"
)


def _clock_minutes(text: str) -> tuple[int, ...]:
    """Return the minutes of the day that a clock time can mean, most likely first."""
    if text in ("noon", "midday"):
        return (720,)
    if text == "midnight":
        return (_DAY,)
    match = re.fullmatch(
        r"(?:(?P<part>half|quarter)\s+(?P<way>past|to)\s+)?(?P<hours>\d{1,2})"
        r"(?:\s?[:.h]\s?(?P<minutes>\d\d))?\s*(?P<half>[ap])?.*",
        text,
    )
    if match is None:
        return ()
    hours, minutes = int(match["hours"]), int(match["minutes"] or 0)
    if hours > 24 or minutes > 59 or (match["half"] and not 1 <= hours <= 12):
        return ()
    if match["part"]:
        minutes = 30 if match["part"] == "half" else 15
        minutes = minutes if match["way"] == "past" else -minutes
    if match["half"]:
        return (hours % 12 * 60 + (720 if match["half"] == "p" else 0) + minutes,)
    stated = hours * 60 + minutes
    if match["minutes"] and not match["part"]:
        return (stated,)
    if 1 <= hours <= 7 and not match["hours"].startswith("0"):
        return (stated + 720, stated)
    return (stated, stated + 720) if 8 <= hours <= 11 else (stated,)


def _range(match: re.Match[str]) -> TimeRange | None:
    starts, ends = _clock_minutes(match["start"]), _clock_minutes(match["end"])
    # If am or pm is missing, the shorter range is meant: `3-5pm`, `9-5pm`.
    ranges = [((e - s - 1) % _DAY + 1, s) for s in starts for e in ends]
    if not ranges:
        return None
    length, start = min(ranges)
    return TimeRange(start % _DAY, start % _DAY + length)


def extract_times(text: str) -> tuple[TimeRange | None, str]:
    """Extract a time of day. Returns it, or None, and the rest of the text."""
    for pattern in (_RANGE, _AFTER, _BEFORE, _PART, _AT):
        match = pattern.search(text)
        if match is None:
            continue
        times: TimeRange | None = None
        if pattern is _RANGE:
            times = _range(match)
        elif pattern is _PART:
            times = TimeRange(
                *_PARTS_OF_DAY.get(
                    collapse_spaces(match["part"]), _PARTS_OF_DAY[match["part"].split()[-1]]
                )
            )
        elif pattern is _AFTER and (start := _clock_minutes(match["start"])):
            times = TimeRange(start[0], max(_DAY, start[0]))
        elif pattern is _BEFORE and (end := _clock_minutes(match["end"])):
            times = TimeRange(0, end[0])
        elif pattern is _AT and (start := _clock_minutes(match["start"])):
            times = TimeRange(start[0], None)
        if times is not None:
            return times, f"{text[: match.start()]} {text[match.end() :]}"
    return None, text


def extract_dates(text: str, context: ParseContext) -> tuple[DateRange | None, str]:
    """Extract a range of dates. Returns it, or None, and the rest of the text."""
    for pattern, read_dates in _DATE_FORMS:
        match = pattern.search(text)
        if match is not None and (dates := read_dates(match, context)) is not None:
            return dates, f"{text[: match.start()]} {text[match.end() :]}"
    return None, text


def collapse_spaces(text: str) -> str:
    """Return trimmed text with single spaces."""
    return re.sub(r"\s+", " ", text).strip()
