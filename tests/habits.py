"""Which words of a text aren't in its reader's habits: 12 or 24 hours, month or day first."""

from __future__ import annotations

import re

from wording.reader import Reader, TimeStyle
from wording.times import writes_month_first

_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"

_WITH_AM_OR_PM = re.compile(r"\b\d{1,2}(?::\d{2})? ?[AaPp][Mm]\b")
_OF_24_HOURS = re.compile(r"(?<![+−\d:])\b\d{1,2}:\d{2}\b(?! ?[AaPp][Mm]\b)")
_DAY_FIRST = re.compile(rf"\b\d{{1,2}} (?:{_MONTHS})[a-z]*\b|\b\d{{1,2}}\.\d{{1,2}}\.")
_MONTH_FIRST = re.compile(rf"\b(?:{_MONTHS})[a-z]* \d{{1,2}}\b(?!:)")


def foreign_habits(text: str, reader: Reader) -> list[str]:
    """Return the times and dates in a text that this reader doesn't write like that.

    Offsets from UTC, such as `UTC+5:30`, are alike for all readers.
    """
    times = _OF_24_HOURS if reader.time_style is TimeStyle.TWELVE_HOURS else _WITH_AM_OR_PM
    dates = _DAY_FIRST if writes_month_first(reader) else _MONTH_FIRST
    return [match[0] for pattern in (times, dates) for match in pattern.finditer(text)]
