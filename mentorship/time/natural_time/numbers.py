"""Numbers, dates and clock times that are written in digits, in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mentorship.time.natural_time.vocabulary import Kind, Meaning

WORD = re.compile(
    r"(?P<iso>(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d))"
    r"|(?P<full>(?P<a>\d{1,2})(?P<t>[-/.])(?P<b>\d{1,2})(?P=t)(?P<c>\d{4}|\d\d)(?![\d:.]|\s?[hu]\b))"
    r"|(?P<spaced>(?P<e>\d{1,2})\.\s(?P<f>\d{1,2})\.\s(?P<g>\d{4})(?![\d:]))"
    r"|(?P<clock>(?P<h>\d{1,2})(?::|\s?[hu](?=\d))(?P<min>\d\d)(?::00)?(?!\d))"
    r"|(?P<short>(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.(?![\d]))"
    r"|(?P<dotted>(?P<first>\d{1,2})\.(?P<second>\d{1,2})(?![\d.]))"
    r"|(?P<slashed>(?P<left>\d{1,2})/(?P<right>\d{1,2})(?![\d/]))"
    r"|(?P<dashed>(?P<late>2[5-9]|3[01])-(?P<of>0?[1-9]|1[0-2])(?![\d:.]|\s?[hu]\b))"
    r"|(?P<feminine>[2-6]a(?![^\W_]))"
    r"|(?P<decimal>\d+,\d+)"
    r"|(?P<stopped>\d{1,2})\.(?=[\s,-]|$)"
    r"|(?P<number>\d+)"
    r"|(?P<letters>[^\W\d_]+)"
    r"|(?P<sign>[-,&])"
    r"|(?P<space>\s+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
"""One word of a normalized text."""

_LONGEST_NUMBER = 4
DAY_FIRST, MONTH_FIRST, EITHER_ORDER = (True,), (False,), (True, False)


@dataclass(frozen=True, slots=True)
class DateOrder:
    """Whether the day may come first in `3/4`, `3.4.2026` and `3.4.`: once for each order."""

    slashed: tuple[bool, ...]
    dotted: tuple[bool, ...]
    stopped: tuple[bool, ...]


def meaning_of_digits(match: re.Match[str], order: DateOrder) -> Meaning | None:
    """Return what a match of `WORD` without letters can be, None for nothing."""
    kind = match.lastgroup
    if kind == "iso":
        return {Kind.DATE: ((int(match["y"]), int(match["m"]), int(match["d"])),)}
    if kind == "full":
        year = int(match["c"]) + (2000 if len(match["c"]) == 2 else 0)
        orders = order.dotted if match["t"] == "." else order.slashed
        return _dates(year, int(match["a"]), int(match["b"]), orders)
    if kind == "spaced":
        return _dates(int(match["g"]), int(match["e"]), int(match["f"]), order.dotted)
    if kind == "clock":
        return {Kind.CLOCK: (int(match["h"]), int(match["min"]), match["h"][0] == "0")}
    if kind == "short":
        return _dates(None, int(match["day"]), int(match["month"]), order.stopped)
    if kind == "slashed":
        return _dates(None, int(match["left"]), int(match["right"]), order.slashed)
    if kind == "dotted":
        first, second = match["first"], match["second"]
        meaning: dict[Kind, object] = {Kind.DECIMAL: float(match.group())}
        if len(second) == 2:
            meaning[Kind.CLOCK] = (int(first), int(second), first[0] == "0")
        if order.dotted != DAY_FIRST or int(second) <= 12:
            # Where the day comes first, `10.30` can't be a date.
            meaning |= _dates(None, int(first), int(second), order.dotted)
        return meaning
    if kind == "dashed":
        # `3-12` may be hours, but no clock shows 27.
        return _dates(None, int(match["late"]), int(match["of"]), DAY_FIRST)
    if kind == "decimal":
        return {Kind.DECIMAL: float(match.group().replace(",", "."))}
    if kind == "stopped":
        return {Kind.ORDINAL: int(match["stopped"])}
    if kind == "number" and len(match.group()) <= _LONGEST_NUMBER:
        return {Kind.NUMBER: match.group()}
    return None


def _dates(year: int | None, first: int, second: int, orders: tuple[bool, ...]) -> Meaning:
    """Return a date in each possible order: `13/5` has only one, whatever people are used to."""
    days_first = (year, second, first)
    months_first = (year, first, second)
    if first > 12 or second > 12:
        possible = {date for date in (days_first, months_first) if date[1] <= 12}
    else:
        possible = {days_first if day_first else months_first for day_first in orders}
    return {Kind.DATE: tuple(sorted(possible, key=repr))} if possible else {}
