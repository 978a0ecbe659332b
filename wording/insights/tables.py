"""The tables of insights as CSV files (RFC 4180), for spreadsheets and over REST.

The names of columns don't change and aren't translated: they are those of the REST API's fields.
Numbers are plain digits, months `2026-11`, instants ISO 8601 in UTC. Text that a spreadsheet would
take for a formula has an apostrophe in front, as OWASP recommends
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from mentorship.insights.views import (
    NUMBERS,
    Distribution,
    GuildInsights,
    HeatMap,
    MentorInsights,
    MonthFigures,
)

Cell = str | int | float | date | datetime | None
Rows = Iterable[Sequence[Cell]]

BYTE_ORDER_MARK = "\ufeff"
"""By which Excel recognises UTF-8. In files for people, not over REST."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_POINTS = ("issued", "withdrawn", "held", "refunded", "paid", "fees", "given")


def mentor_table(insights: MentorInsights, table: str) -> str:
    """Return a table of `MENTOR_TABLES` as CSV. Raises KeyError for another."""
    header, rows = MENTOR_TABLES[table]
    return _write(header, rows(insights))


def guild_table(insights: GuildInsights, table: str) -> str:
    """Return a table of `GUILD_TABLES` as CSV. Raises KeyError for another."""
    header, rows = GUILD_TABLES[table]
    return _write(header, rows(insights))


def _write(header: Sequence[str], rows: Rows) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return file.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.strftime("%Y-%m")
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return str(value)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


_MONTH_HEADER = ("month", *map(_camel, NUMBERS), "rating")


def _month(figures: MonthFigures) -> list[Cell]:
    numbers = [getattr(figures, name) for name in NUMBERS]
    mean = None if figures.rating is None else round(figures.rating, 2)
    return [figures.month, *numbers, mean]


def _months_of_mentor(insights: MentorInsights) -> Rows:
    return (_month(month) for month in insights.months)


def _months_of_guild(insights: GuildInsights) -> Rows:
    for month in insights.months:
        people = (month.active_mentors, month.active_members)
        points = (getattr(month, name) for name in _POINTS)
        yield [*_month(month.figures), *people, *points]


def _hours(heat_map: HeatMap) -> Rows:
    """Return a row for each hour of the week in the reader's zone."""
    for hour in range(7 * 24):
        offered = sum(heat_map.offered[2 * hour : 2 * hour + 2])
        used = sum(heat_map.used[2 * hour : 2 * hour + 2])
        yield WEEKDAYS[hour // 24], f"{hour % 24:02}:00", offered, used


def _distribution(times: Distribution) -> Rows:
    return zip((*times.limits, None), times.counts, strict=True)


_HOURS_HEADER = ("weekday", "time", "offeredMinutes", "bookedMinutes")
_ANSWERS_HEADER = ("upToMinutes", "requests")

MENTOR_TABLES: Mapping[str, tuple[Sequence[str], Callable[[MentorInsights], Rows]]] = {
    "months": (_MONTH_HEADER, _months_of_mentor),
    "hours": (_HOURS_HEADER, lambda insights: _hours(insights.heat_map)),
    "answer-times": (_ANSWERS_HEADER, lambda insights: _distribution(insights.answer_times)),
    "vain-searches": (
        ("weekday", "partOfDay", "searches"),
        lambda insights: (
            (None if row.weekday is None else WEEKDAYS[row.weekday], row.part_of_day, row.count)
            for row in insights.vain_searches
        ),
    ),
}
"""The header and rows of each table of a mentor's insights. The last class of times has no limit,
and its cell is empty."""

GUILD_TABLES: Mapping[str, tuple[Sequence[str], Callable[[GuildInsights], Rows]]] = {
    "months": (
        (
            *_MONTH_HEADER,
            "activeMentors",
            "activeMembers",
            *(f"points{name.capitalize()}" for name in _POINTS),
        ),
        _months_of_guild,
    ),
    "hours": (_HOURS_HEADER, lambda insights: _hours(insights.heat_map)),
    "answer-times": (_ANSWERS_HEADER, lambda insights: _distribution(insights.answer_times)),
    "waiting-times": (
        ("upToDays", "bookings"),
        lambda insights: _distribution(insights.waits),
    ),
    "demand": (
        ("expertise", "searches", "openRequests", "mentors"),
        lambda insights: (
            (row.tag, row.searches, row.requests, row.mentors) for row in insights.demand
        ),
    ),
    "quiet-mentors": (
        ("userId", "name", "lastActiveAt"),
        lambda insights: (
            (str(mentor.user_id), mentor.name, mentor.last_active_at)
            for mentor in insights.quiet_mentors
        ),
    ),
}
"""The header and rows of each table of a server's insights."""
