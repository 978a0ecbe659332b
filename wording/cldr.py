"""How a language writes numbers, dates, times and lists, by Unicode's CLDR.

Babel has the data. What the texts need of it is taken out once a language, because its whole data
takes a megabyte of memory each. English has two habits of its own, which are older than this
module: `24 Nov` and `Nov 24`, both without the commas of CLDR.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel import Locale, localedata


@dataclass(frozen=True, slots=True)
class Formats:
    """The habits of a language.

    `day`, `date` and `month` are patterns of CLDR's letters, such as `E, d. MMM y`. `lists` and
    `alternatives` are patterns with `{0}` and `{1}` for two items, the start, the middle and the
    end of a longer list. `smallest_grouped` is the smallest number whose digits are grouped: the
    last three, and before them `higher_group` digits each.
    `day_and_time` has `{1}` for the day and `{0}` for the time.
    """

    decimal: str
    group: str
    smallest_grouped: int
    percent: str
    weekdays: tuple[str, ...]
    long_weekdays: tuple[str, ...]
    narrow_weekdays: tuple[str, ...]
    months: tuple[str, ...]
    lone_months: tuple[str, ...]
    day: str
    date: str
    month: str
    clock: str
    twelve_hour_clock: str
    am: str
    pm: str
    lists: tuple[str, str, str, str]
    alternatives: tuple[str, str, str, str]
    sentence_space: str = " "
    day_and_time: str = "{1}, {0}"
    higher_group: int = 3


_ENGLISH_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ENGLISH_LONG_DAYS = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
)
_ENGLISH_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def _english(day: str, date: str) -> Formats:
    return Formats(
        decimal=".",
        group=",",
        smallest_grouped=1_000,
        percent="{0}%",
        weekdays=_ENGLISH_DAYS,
        long_weekdays=_ENGLISH_LONG_DAYS,
        narrow_weekdays=tuple("MTWTFSS"),
        months=_ENGLISH_MONTHS,
        lone_months=_ENGLISH_MONTHS,
        day=day,
        date=date,
        month="MMM y",
        clock="HH:mm",
        twelve_hour_clock="h:mm a",
        am="AM",
        pm="PM",
        lists=("{0} and {1}", "{0}, {1}", "{0}, {1}", "{0} and {1}"),
        alternatives=("{0} or {1}", "{0}, {1}", "{0}, {1}", "{0} or {1}"),
    )


ENGLISH = _english("E d MMM", "E d MMM y")
AMERICAN = _english("E, MMM d", "E, MMM d, y")


_FOUR_DIGITS_UNGROUPED = frozenset(("es", "es_ES"))
"""Where 1200 has no separator: CLDR's minimumGroupingDigits, which Babel leaves out."""


@lru_cache
def load(tag: str) -> Formats:
    """Return the habits of a BCP 47 tag that has a catalogue, such as `es-419`.

    Digits are those of 0 to 9 in every language, as in Discord's own timestamps.
    """
    if tag.partition("-")[0] == "en":
        return AMERICAN if tag == "en-US" else ENGLISH
    locale = Locale.parse(tag, sep="-")
    try:
        return _from_babel(locale)
    finally:
        # Babel remembers everything that it has read about a language.
        localedata.clear_caches()


def _from_babel(locale: Locale) -> Formats:
    skeletons = locale.datetime_skeletons
    days, months = locale.days["format"], locale.months
    symbols = locale.number_symbols["latn"]
    periods = locale.day_periods["format"]["abbreviated"]
    return Formats(
        decimal=symbols["decimal"],
        group=symbols["group"],
        smallest_grouped=10_000 if str(locale) in _FOUR_DIGITS_UNGROUPED else 1_000,
        percent=re.sub("[#,0]+", "{0}", locale.percent_formats[None].pattern),
        weekdays=tuple(days["abbreviated"][day] for day in range(7)),
        long_weekdays=tuple(days["wide"][day] for day in range(7)),
        narrow_weekdays=tuple(locale.days["stand-alone"]["narrow"][day] for day in range(7)),
        months=tuple(months["format"]["abbreviated"][month] for month in range(1, 13)),
        lone_months=tuple(months["stand-alone"]["abbreviated"][month] for month in range(1, 13)),
        day=skeletons["MMMEd"].pattern,
        date=skeletons["yMMMEd"].pattern,
        month=skeletons["yMMM"].pattern,
        clock=skeletons["Hm"].pattern,
        twelve_hour_clock=skeletons["hm"].pattern,
        am=periods["am"],
        pm=periods["pm"],
        lists=_list_patterns(locale, "standard"),
        alternatives=_list_patterns(locale, "or"),
        # Languages without spaces between words have none between sentences.
        sentence_space="" if locale.language in ("ja", "zh") else " ",
        day_and_time=locale.datetime_formats["medium"],
        higher_group=locale.decimal_formats[None].grouping[1],
    )


def _list_patterns(locale: Locale, style: str) -> tuple[str, str, str, str]:
    patterns = locale.list_patterns[style]
    return patterns["2"], patterns["start"], patterns["middle"], patterns["end"]


def format_number(number: int, formats: Formats) -> str:
    """Write a whole number with its digits in groups: `1,200`, `1.200`, `12 000`."""
    if abs(number) < formats.smallest_grouped:
        return str(number)
    if formats.higher_group != 3:
        higher, last = divmod(abs(number), 1_000)
        groups = re.sub(rf"(?<=\d)(?=(\d{{{formats.higher_group}}})+$)", formats.group, str(higher))
        return f"{'-' if number < 0 else ''}{groups}{formats.group}{last:03}"
    return f"{number:,}".replace(",", formats.group)


def format_decimal(number: float, digits: int, formats: Formats) -> str:
    """Write a number with `digits` after its decimal point: `4.8`, `4,8`."""
    return f"{number:.{digits}f}".replace(".", formats.decimal)


def format_percent(share: float, formats: Formats) -> str:
    """Write a share of 0 to 1 in whole per cent: `50%`, `50 %`."""
    return formats.percent.format(f"{share:.0%}".removesuffix("%"))


def join(items: list[str], patterns: tuple[str, str, str, str]) -> str:
    """Join items by patterns of `Formats`: `a, b and c`."""
    pair, start, middle, end = patterns
    if len(items) < 2:
        return "".join(items)
    if len(items) == 2:
        return _before_vowel(pair, items[1]).format(*items)
    text = _before_vowel(end, items[-1]).format(items[-2], items[-1])
    for item in reversed(items[1:-2]):
        text = middle.format(item, text)
    return start.format(items[0], text)


def _before_vowel(pattern: str, item: str) -> str:
    """Return a pattern with the Spanish `e` for `y` and `u` for `o` where `item` asks for it.

    CLDR's rule, which Babel leaves out: `Ana e Inés`, but `agua y hielo`; `7 u 8`, `10 u 11`.
    """
    for conjunction, other, sound in _SPANISH_CONJUNCTIONS:
        if conjunction in pattern and sound.match(item):
            return pattern.replace(conjunction, other)
    return pattern


_SPANISH_CONJUNCTIONS = (
    ("} y {", "} e {", re.compile(r"[^\w<]*(?:[ií]|h[ií](?![aeo]))", re.IGNORECASE)),
    ("} o {", "} u {", re.compile(r"[^\w<]*(?:h?[oó]|8|11(?!\d))", re.IGNORECASE)),
)


def write_date(pattern: str, formats: Formats, day: date) -> str:
    """Write a date by one of the patterns of `formats`."""
    values = {
        "E": formats.weekdays[day.weekday()],
        "d": str(day.day),
        "MMM": formats.months[day.month - 1],
        "MMMM": formats.months[day.month - 1],
        "LLL": formats.lone_months[day.month - 1],
        "LLLL": formats.lone_months[day.month - 1],
        "M": str(day.month),
        "MM": f"{day.month:02}",
        "y": str(day.year),
        "EEE": formats.weekdays[day.weekday()],
        "EEEE": formats.weekdays[day.weekday()],
        "ccc": formats.weekdays[day.weekday()],
        "dd": f"{day.day:02}",
        "yyyy": str(day.year),
    }
    return _write(pattern, values)


def write_clock(pattern: str, formats: Formats, hour: int, minute: int) -> str:
    """Write a time of day by `formats.clock` or `formats.twelve_hour_clock`."""
    values = {
        "HH": f"{hour:02}",
        "H": f"{hour:02}",
        "h": str((hour - 1) % 12 + 1),
        "hh": f"{(hour - 1) % 12 + 1:02}",
        "K": str(hour % 12),
        "mm": f"{minute:02}",
        "a": formats.am if hour % 24 < 12 else formats.pm,
        # Chinese in Taiwan has names for parts of the day; am and pm are understood as well.
        "B": formats.am if hour % 24 < 12 else formats.pm,
    }
    return _write(pattern, values)


@lru_cache
def _parts(pattern: str) -> tuple[tuple[bool, str], ...]:
    """Divide a pattern into letters that stand for a value (True) and text (False)."""
    parts: list[tuple[bool, str]] = []
    for number, text in enumerate(pattern.split("'")):
        if number % 2:  # Text in quotation marks is meant as it is.
            parts.append((False, text))
            continue
        for letters in _runs(text):
            parts.append((letters[0].isascii() and letters[0].isalpha(), letters))
    return tuple(parts)


def _runs(text: str) -> list[str]:
    runs: list[str] = []
    for letter in text:
        if runs and runs[-1][0] == letter:
            runs[-1] += letter
        else:
            runs.append(letter)
    return runs


def _write(pattern: str, values: dict[str, str]) -> str:
    return "".join(values[text] if is_value else text for is_value, text in _parts(pattern))
