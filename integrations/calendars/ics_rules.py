"""Recurrence rules as real files write them, made ready for the library that follows them; pure."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, time, timedelta

from integrations.calendars.ics_values import Moment
from integrations.calendars.ics_zones import UTC_CLOCK

MAX_STEPS = 200_000
"""How many steps a rule may take from its start to the end of what is read."""


def prepare_rule(text: str, start: Moment, until: datetime) -> str | None:
    """Return a rule whose UNTIL is on the clock of `start`, without what common writers get wrong.

    `until`, on the same clock, is how far the rule will be followed. None for a rule of a date that
    no year has, which the library would look for until the year 9999. Raises ValueError for a rule
    that can't be read, that isn't of the Gregorian calendar, or that takes too many steps.
    """
    parts: dict[str, str] = {}
    for part in text.upper().replace(" ", "").split(";"):
        key, _, value = part.partition("=")
        if key in _KEYS and value:
            parts[key] = value
    if parts.pop("RSCALE", "GREGORIAN") != "GREGORIAN" or parts.pop("SKIP", "OMIT") != "OMIT":
        raise ValueError("a rule isn't of the calendar that is understood")
    if int(parts.get("INTERVAL", "1")) < 1:
        raise ValueError("a rule has no interval")
    if int(parts.get("COUNT", "1")) < 1:
        # Some write -1 for a series without end.
        del parts["COUNT"]
    last = until
    if "UNTIL" in parts:
        limit = _read_until(parts["UNTIL"], start)
        parts["UNTIL"] = limit.strftime("%Y%m%d" if start.is_date else "%Y%m%dT%H%M%S")
        last = min(last, limit)
    if _steps(parts, start.local, last) > MAX_STEPS:
        raise ValueError("a rule takes too many steps")
    if not _has_days(parts):
        return None
    return ";".join(f"{key}={value}" for key, value in parts.items())


def _read_until(text: str, start: Moment) -> datetime:
    """Return the last wall-clock time at which a rule applies, itself included."""
    match = _UNTIL.match(text)
    if match is None:
        raise ValueError("the end of a rule can't be read")
    day = datetime(int(match[1]), int(match[2]), int(match[3]))  # noqa: DTZ001
    if start.is_date:
        return day
    if match[4] is None:
        # The whole day is meant.
        return datetime.combine(day, time(23, 59, 59))
    local = day + timedelta(
        hours=int(match[4]), minutes=int(match[5]), seconds=min(int(match[6]), 59)
    )
    if match[7] and start.clock is not UTC_CLOCK and day.year < _FAR:
        local = start.clock.to_local(int(local.replace(tzinfo=UTC).timestamp()))
    return local


def _has_days(parts: dict[str, str]) -> bool:
    """Whether any of the months has any of the days."""
    if "BYMONTH" not in parts or "BYMONTHDAY" not in parts:
        return True
    months = [int(month) for month in parts["BYMONTH"].split(",")]
    days = [abs(int(day)) for day in parts["BYMONTHDAY"].split(",")]
    return any(monthrange(_LEAP_YEAR, month)[1] >= min(days) for month in months)


def _steps(parts: dict[str, str], start: datetime, until: datetime) -> float:
    """Return about how many steps the library takes to follow a rule until then."""
    unit = _SECONDS.get(parts.get("FREQ", ""))
    if unit is None:
        raise ValueError("a rule has no frequency")
    seconds = max((until - start).total_seconds(), 0)
    steps = seconds / (unit * int(parts.get("INTERVAL", "1")))
    for key in _WITHIN_A_DAY:
        if key in parts and unit >= _SECONDS["DAILY"]:
            steps *= parts[key].count(",") + 1
    if "COUNT" in parts and not any(key.startswith("BY") for key in parts):
        steps = min(steps, int(parts["COUNT"]))
    return steps


_FAR = 4000
_LEAP_YEAR = 2024
_SECONDS = {
    "SECONDLY": 1,
    "MINUTELY": 60,
    "HOURLY": 3600,
    "DAILY": 86_400,
    "WEEKLY": 604_800,
    "MONTHLY": 28 * 86_400,
    "YEARLY": 365 * 86_400,
}
_WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_KEYS = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "RSCALE", "SKIP", "BYSETPOS", "BYMONTH"}
    | {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", *_WITHIN_A_DAY}
)
_UNTIL = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2})(Z)?)?")
