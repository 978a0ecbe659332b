"""The pieces of plain-words times: reading a day and a time of day out of a text.

`phrases` puts them together and holds the conventions; nothing here knows an instant.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_DAY = 1440


@dataclass(frozen=True, slots=True)
class Days:
    """The local dates `first..last`; `weekly` if a week later is meant once they are past."""

    first: date
    last: date
    weekly: bool = False


@dataclass(frozen=True, slots=True)
class Times:
    """Minutes after a date's midnight, possibly past the next; `end` None for one instant."""

    start: int
    end: int | None


_PARTS: dict[str, tuple[int, int]] = {
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
FILLER = re.compile(
    r"\b(?:at|on|the|in|around|about|approx|ca|um|by|please|some\s*time|for)\b|[@,]"
)
_UNITS: dict[str, timedelta] = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LENGTH = re.compile(
    r"(?P<number>\d{1,4}(?:[.,]\d{1,2})?|an?|half\s+an|one|two|three|four|five|six|seven|eight"
    r"|nine|ten)\s*"
    r"(?P<unit>m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?|ks?)?)\b"
)
AHEAD = re.compile(rf"(?P<way>in\s+)?{_LENGTH.pattern}(?P<after>\s+from\s+now)?")
_NUMBERS: dict[str, float] = {"a": 1, "an": 1, "half an": 0.5}
_COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS |= {word: value for value, word in enumerate(_COUNTED, 1)}


@dataclass(frozen=True, slots=True)
class Here:
    """Where and when a text is read."""

    zone: str
    now: datetime
    today: date
    locale: str | None


_DayReader = Callable[[re.Match[str], Here], Days | None]


def one_day(day: date) -> Days:
    return Days(day, day)


def _relative_day(match: re.Match[str], here: Here) -> Days:
    ahead = 2 if match["after"] else 1 if match["word"].startswith(("tom", "tm")) else 0
    return one_day(here.today + timedelta(days=ahead))


def _weekday(match: re.Match[str], here: Here) -> Days:
    weekday = _WEEKDAYS.index(match["weekday"][:3])
    if match["which"] == "next":
        monday = here.today - timedelta(days=here.today.weekday())
        return one_day(monday + timedelta(days=7 + weekday))
    day = here.today + timedelta(days=(weekday - here.today.weekday()) % 7)
    return Days(day, day, weekly=True)


def _week(match: re.Match[str], here: Here) -> Days:
    monday = here.today - timedelta(days=here.today.weekday())
    if match["which"] == "next":
        monday += timedelta(days=7)
    first = monday + timedelta(days=5 if match["what"] == "weekend" else 0)
    return Days(first, monday + timedelta(days=6))


def _date(year: int | None, month: int, day: int, here: Here) -> Days | None:
    """That date; without a year, the next one."""
    try:
        if year is not None:
            return one_day(date(year + 2000 if year < 100 else year, month, day))
        this = date(here.today.year, month, day)
        return one_day(this if this >= here.today else this.replace(year=this.year + 1))
    except ValueError:
        return None


def _year(match: re.Match[str]) -> int | None:
    return int(match["year"]) if match["year"] else None


def _numeric_date(match: re.Match[str], here: Here) -> Days | None:
    return _date(_year(match), int(match["month"]), int(match["day"]), here)


def _slashed_date(match: re.Match[str], here: Here) -> Days | None:
    first, second = int(match["first"]), int(match["second"])
    if first != second and max(first, second) <= 12 and here.locale is None:
        return None
    if second > 12 or (first <= 12 and here.locale == "en-US"):
        first, second = second, first
    return _date(_year(match), second, first, here)


def _named_date(match: re.Match[str], here: Here) -> Days | None:
    return _date(_year(match), _MONTHS.index(match["month"][:3]) + 1, int(match["day"]), here)


def _day_of_month(match: re.Match[str], here: Here) -> Days | None:
    day, month = int(match["day"]), here.today.replace(day=1)
    for _ in range(12):
        try:
            candidate = month.replace(day=day)
        except ValueError:
            candidate = None
        if candidate is not None and candidate >= here.today:
            return one_day(candidate)
        month = (month + timedelta(days=32)).replace(day=1)
    return None


def _days_ahead(match: re.Match[str], here: Here) -> Days:
    return one_day(here.today + length_of(match["number"], match["unit"]))


def length_of(number: str, unit: str) -> timedelta:
    number = squeezed(number)
    count = _NUMBERS[number] if number in _NUMBERS else float(number.replace(",", "."))
    return count * _UNITS[unit[0]]


_LONG = _LENGTH.pattern.replace(r"m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|", "")
_DAY_FORMS: tuple[tuple[re.Pattern[str], _DayReader], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (rf"\bin\s+{_LONG}", _days_ahead),
        (rf"\b{_LONG}\s+from\s+now\b", _days_ahead),
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


def _clock(text: str) -> tuple[int, ...]:
    """The minutes of the day that a clock time may mean, likeliest first; () for none."""
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


def _range(match: re.Match[str]) -> Times | None:
    starts, ends = _clock(match["start"]), _clock(match["end"])
    # Where am or pm is left open, the shorter stretch is meant: `3-5pm`, `9-5pm`.
    stretches = [((e - s - 1) % _DAY + 1, s) for s in starts for e in ends]
    if not stretches:
        return None
    length, start = min(stretches)
    return Times(start % _DAY, start % _DAY + length)


def take_times(text: str) -> tuple[Times | None, str]:
    """(time of day, what is left of `text`)."""
    for pattern in (_RANGE, _AFTER, _BEFORE, _PART, _AT):
        match = pattern.search(text)
        if match is None:
            continue
        times: Times | None = None
        if pattern is _RANGE:
            times = _range(match)
        elif pattern is _PART:
            times = Times(*_PARTS.get(squeezed(match["part"]), _PARTS[match["part"].split()[-1]]))
        elif pattern is _AFTER and (start := _clock(match["start"])):
            times = Times(start[0], max(_DAY, start[0]))
        elif pattern is _BEFORE and (end := _clock(match["end"])):
            times = Times(0, end[0])
        elif pattern is _AT and (start := _clock(match["start"])):
            times = Times(start[0], None)
        if times is not None:
            return times, f"{text[: match.start()]} {text[match.end() :]}"
    return None, text


def take_days(text: str, here: Here) -> tuple[Days | None, str]:
    """(days, what is left of `text`)."""
    for pattern, read in _DAY_FORMS:
        match = pattern.search(text)
        if match is not None and (days := read(match, here)) is not None:
            return days, f"{text[: match.start()]} {text[match.end() :]}"
    return None, text


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
