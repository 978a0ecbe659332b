"""What the words of a language are told apart by, and the table that each language fills."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto


class Kind(StrEnum):
    """What a word or number can be in a text about time. A word can be several things."""

    # Written numbers.
    NUMBER = auto()
    """Digits: their value."""
    COUNT = auto()
    """A number in words, 0 to 59."""
    ARTICLE_ONE = auto()
    """`an` or `eine`: one, before a unit."""
    DECIMAL = auto()
    """`1,5`: a float."""
    ORDINAL = auto()
    """`26th`: a day of the month."""
    CLOCK = auto()
    """`15:30`: hours, minutes, and whether the hours have a leading zero."""
    DATE = auto()
    """`26.11.2026`: a tuple of (year or None, month, day), one for each possible order."""
    # Days.
    WEEKDAY = auto()
    """0 is Monday."""
    RELATIVE_DAY = auto()
    """Days from today."""
    MONTH = auto()
    """1 to 12."""
    THIS = auto()
    NEXT = auto()
    COMING = auto()
    AFTER_NEXT = auto()
    """German `übernächste`, Japanese `再来`: the one after the next."""
    LAST = auto()
    WEEK = auto()
    WEEKEND = auto()
    MONTH_UNIT = auto()
    EDGE = auto()
    """The part of a week or month: an `Edge`."""
    EDGE_BEHIND = auto()
    """Japanese `下旬`: an `Edge` behind the week or month."""
    # Times of day.
    PART = auto()
    """A `Part`."""
    NOON = auto()
    MIDNIGHT = auto()
    AM = auto()
    PM = auto()
    FIRST_HALF = auto()
    """Japanese `午前`: am, before the hours."""
    SECOND_HALF = auto()
    HOUR_UNIT = auto()
    """`Uhr` and the like, after an hour on the 24-hour clock."""
    CLOCK_UNIT = auto()
    """`1500 hours`: only after hours and minutes, since `3 hours` is a duration."""
    O_CLOCK = auto()
    BEFORE_HOUR = auto()
    """`half past`, German `halb`: minutes to add to the hour that follows."""
    AFTER_HOUR = auto()
    """Spanish `y media`: minutes to add to the hour before."""
    MINUTES_PAST = auto()
    """`10 past 3`: the factor by which the minutes before count, and what to add to them."""
    # Durations.
    UNIT = auto()
    """Minutes."""
    DURATION = auto()
    """`half an hour`: minutes."""
    IN = auto()
    FROM_NOW = auto()
    AGO = auto()
    NOW = auto()
    # What connects them.
    AT = auto()
    ON = auto()
    OF = auto()
    FROM = auto()
    TO = auto()
    BETWEEN = auto()
    AND = auto()
    OR = auto()
    AFTER = auto()
    BEFORE = auto()
    ONWARDS = auto()
    """Japanese `以降`: after, behind the time."""
    UP_TO = auto()
    """Japanese `まで`: until, behind the time."""
    COMMA = auto()
    FILLER = auto()
    """`please`: says nothing about the time."""
    # Weekly hours.
    DAYS = auto()
    """`weekdays`: a tuple of weekdays."""
    OFF = auto()
    ALL_DAY = auto()


class Edge(Enum):
    """A part of a week or month."""

    BEGINNING = auto()
    MIDDLE = auto()
    END = auto()


class Part(Enum):
    """A part of the day: the minutes from its start to its end, and those that it may name.

    The second pair says which clock times fit it: `8 in the evening` is 20:00, and `3 in the
    morning` is 3:00, although nobody looks for a slot then who types `morning`. Ends may be on the
    next day.
    """

    SMALL_HOURS = (0, 360), (0, 360)
    DAWN = (180, 360), (120, 420)
    EARLY_MORNING = (300, 540), (180, 540)
    MORNING = (360, 720), (0, 779)
    """`12 in the morning` is midnight to some people and noon to others."""
    LUNCHTIME = (720, 840), (690, 900)
    AFTERNOON = (720, 1080), (720, 1140)
    LATE_AFTERNOON = (900, 1080), (840, 1140)
    AFTERNOON_UNTIL_DARK = (720, 1200), (720, 1260)
    """Spanish `tarde`, which lasts until it is dark."""
    EARLY_EVENING = (1020, 1200), (960, 1260)
    EVENING = (1080, 1380), (960, 1440)
    EVENING_AND_AFTERNOON = (1080, 1380), (720, 1499)
    """Arabic `مساء`, the evening, which names every hour of the second half of the day."""
    LATE_EVENING = (1200, 1440), (1140, 1440)
    TONIGHT = (1080, 1440), (1020, 1620)
    NIGHT = (1200, 1560), (1080, 1800)
    DEEP_NIGHT = (1380, 1620), (1320, 1800)
    """Japanese `深夜`, around midnight."""

    @property
    def span(self) -> tuple[int, int]:
        """Minutes of the day from its start to its end."""
        return self.value[0]

    @property
    def clock_times(self) -> tuple[int, int]:
        """The first and last minute of the day that it may name."""
        return self.value[1]


Meaning = Mapping[Kind, object]
"""What one word can be, with the value of each."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, phrase or number of a text, and what it can be."""

    meaning: Meaning
    text: str


Words = Mapping[Kind, str | Mapping[object, str]]
"""Phrases divided by `|`, for each kind; for kinds with a value, by value."""

Phrases = Mapping[str, tuple[tuple[Kind, object], ...]]
"""Phrases that say several things: `tonight` is today, and a part of the day."""


@dataclass(frozen=True)
class WeeklyWords:
    """The words of a language for weekly hours, beside those for times.

    - `short`: the names of the seven days as they are written back, divided by `|`.
    - `days`: more names of each day, such as plurals. They are no days elsewhere.
    - `daily`, `workdays`, `weekends`, `off`, `all_day`: phrases divided by `|`; the first of
      `daily` and of `off` is written back. Words that are other days in another country, such as
      German `werktags`, are in none.
    - `am`, `pm`: more ways to write them.
    - `written_am`, `written_pm`, `comma`, `semicolon`: how they are written back.
    - `fillers`: words that say nothing.
    """

    short: str
    daily: str
    off: str
    all_day: str
    workdays: str = ""
    weekends: str = ""
    days: tuple[str, ...] = ("",) * 7
    am: str = ""
    pm: str = ""
    written_am: str = "am"
    written_pm: str = "pm"
    comma: str = ","
    semicolon: str = ";"
    fillers: str = ""


@dataclass(frozen=True)
class Language:
    """The words of a language for times.

    - `weekdays`, `months`: seven and twelve entries, each with the names of one divided by `|`.
    - `counts`: the numbers from 0 on, in words.
    - `parts`: names of parts of the day. They may follow one of `part_prefixes`, which are divided
      by `|`; those in `prefixed_parts` must.
    - `today_parts`: names of parts of today: `tonight`.
    - `joins_parts`: a weekday and a part may be one word: `Freitagabend`.
    - `ordinals`: endings of ordinal numbers.
    - `weak`: words that mean something else in a language that isn't known here. Together with all
      abbreviations they don't suffice to recognize the language.
    - `distinctive`: words that show the language although they are short.
    - `digits_are_spoken`: whether `at 3` is on the 12-hour clock.
    - `number_after_weekday_is_date`: whether `viernes 4` names the 4th.
    - `day_word`: a word that makes the number after it a date: Portuguese `dia 7`.
    - `month_suffix`: the sign behind the number of a month: Japanese `8月`.
    - `lone_day_unit`: a sign that is days in a length of time, and a date elsewhere: `2日`.
    - `last_undecided_hour`: `3 Uhr` and the like, up to that hour, can be in both halves of the
      day; `ALL_HOURS` if that goes for all times without a part of the day.
    - `idiomatic_days`: numbers of days that mean weeks: `dans huit jours`.
    - `starts_of_week`: the weekdays with which a week may start, the most usual one first.
    - `starts_of_weekend`: the first day of the weekend, in each country that has another one.
    - `month_first`: whether `8/7` is in August.
    - `script`: a character class. A text without any of them isn't in this language, and one with
      them is in no language of another script.
    - `is_unspaced`: whether words are written without spaces.
    - `prefixes`: words that are written as one with the next word, divided by `|`.
    - `weekly`: the words for weekly hours.
    - `clock_fillers`: the words around what a clock shows: `es ist … bei mir`.
    - `respell`: rewrites normalized text, such as dates in the language's own signs.
    - `respell_numbers`: rewrites numbers in the language's own signs only.
    """

    code: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    counts: str
    relative_days: Mapping[int, str]
    parts: Mapping[Part, str]
    words: Words
    weekly: WeeklyWords
    clock_fillers: str = ""
    part_prefixes: str = ""
    prefixed_parts: Mapping[Part, str] = field(default_factory=dict)
    today_parts: Mapping[Part, str] = field(default_factory=dict)
    phrases: Phrases = field(default_factory=dict)
    ordinals: str = ""
    weak: str = ""
    distinctive: str = ""
    joins_parts: bool = False
    digits_are_spoken: bool = False
    number_after_weekday_is_date: bool = False
    day_word: str = ""
    month_suffix: str = ""
    lone_day_unit: str = ""
    last_undecided_hour: int = 5
    idiomatic_days: tuple[int, ...] = (8, 15)
    starts_of_week: tuple[int, ...] = (0,)
    starts_of_weekend: tuple[int, ...] = (5,)
    month_first: bool = False
    script: str = ""
    is_unspaced: bool = False
    prefixes: str = ""
    respell: Callable[[str], str] | None = None
    respell_numbers: Callable[[str], str] | None = None

    def is_written_in(self, text: str) -> bool:
        """Return whether a text has letters of the language's own script."""
        return not text.isascii() and re.search(self.script or "(?!)", text) is not None


ALL_HOURS = 12
"""For `last_undecided_hour`."""
