"""A date and a time on somebody's clock, as an instant, or as a refusal with both readings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from api.problems import Problem, at
from api.schemas.base import minutes_of, rfc3339
from mentorship.time import timezones


def instant_on(day: date, clock: str, zone: str) -> datetime:
    """The instant at which the clock of `zone` shows `clock` (HH:MM) on `day`.

    Raises `Problem` (422) for a time that comes twice on that date, or that the clock skips: with
    both readings of it.
    """
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall clock's, so naive
    wall = midnight + timedelta(minutes=minutes_of(clock))
    found = timezones.from_wall_clock(wall, zone)
    if found.kind == "exact":
        return found.first
    if found.kind == "repeated":
        said = f"{clock} comes twice on {day} in {zone}, since the clocks go back."
        code, readings = "time-repeated", (found.first, found.last)
    else:
        said = f"{clock} does not exist on {day} in {zone}, since the clocks go forward."
        # Shown by the clock as it ran before the change, and as it runs after it.
        gap = timezones.to_local(found.first, zone).replace(tzinfo=None) - wall
        code, readings = "time-skipped", (found.first - gap, found.first)
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code,
        f"{said} Send one of the readings as scheduledAt.",
        errors=[at("/startTime", said)],
        readings=[_reading(instant, zone) for instant in readings],
    )


def _reading(instant: datetime, zone: str) -> dict[str, Any]:
    return {"scheduledAt": rfc3339(instant), "local": timezones.describe(instant, zone)}
