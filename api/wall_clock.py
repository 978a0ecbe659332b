"""Convert a wall-clock time in a request to an instant."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from api.http import languages
from api.problems import Problem, field_error
from api.schemas.base import minutes_after_midnight, rfc3339
from mentorship.time import timezones
from wording import times
from wording.translation import _, sentences


def resolve_wall_time(day: date, clock_time: str, zone: str) -> datetime:
    """Return the instant of `clock_time` (HH:MM) on `day` in the time zone `zone`.

    Raises `Problem` (422) if a clock change skips or repeats that time. The problem has both
    possible instants as `readings`.
    """
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall-clock time has no offset
    wall = midnight + timedelta(minutes=minutes_after_midnight(clock_time))
    resolved = timezones.from_wall_clock(wall, zone)
    if resolved.kind == "exact":
        return resolved.first
    if resolved.kind == "repeated":
        detail = _(
            "{time} occurs twice on {date} in {zone}, because the clocks go back.",
            time=clock_time,
            date=day,
            zone=zone,
        )
        code, readings = "time-repeated", (resolved.first, resolved.last)
    else:
        detail = _(
            "{time} does not exist on {date} in {zone}: the clocks go forward.",
            time=clock_time,
            date=day,
            zone=zone,
        )
        # One reading with the offset from before the change, one with the offset after it.
        gap = timezones.to_local(resolved.first, zone).replace(tzinfo=None) - wall
        code, readings = "time-skipped", (resolved.first - gap, resolved.first)
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code,
        sentences(detail, _("Send one of the readings as scheduledAt.")),
        errors=[field_error("/startTime", detail)],
        readings=[_reading(instant, zone) for instant in readings],
    )


def _reading(instant: datetime, zone: str) -> dict[str, Any]:
    return {
        "scheduledAt": rfc3339(instant),
        "local": times.describe(instant, zone, languages.reader()),
    }
