"""The dates of a group session that repeats: the same time of the week on its mentor's clock. Pure.

Each date is counted from the date and time on the wall clock, not from the instant before. So a
session at 02:30 that a clock change moves to 03:30 is at 02:30 again a week later.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mentorship.availability.opening_hours import Schedule
from mentorship.sessions.series.dates import zone_on
from mentorship.time import timezones
from mentorship.time.timezones import ZoneName

AHEAD = timedelta(weeks=5)
"""How long before its start a session that repeats another is created, so that its time is held."""

ANNOUNCED_BEFORE = timedelta(weeks=1)
"""How long before its start a session that repeats another is announced: weekly ones when the one
before starts."""


def wall_clock(instant: datetime, zone: ZoneName) -> datetime:
    """Return what the clock of a zone shows at an instant, as a naive datetime."""
    return timezones.to_local(instant, zone).replace(tzinfo=None)


def next_date(wall: datetime, weeks: int) -> datetime:
    """Return the date and time that follow `wall`, both on the mentor's clock."""
    return wall + timedelta(weeks=weeks)


def instant(schedule: Schedule, wall: datetime) -> datetime:
    """Return when the mentor's clock shows `wall`: that of their trip, or of their home zone.

    A time that the clock skips moves forward by the gap; of one that it repeats, the first counts.
    """
    zone = zone_on(wall.date(), schedule.zone, schedule.travel)
    return timezones.from_wall_clock(wall, zone).first


def is_day_off(schedule: Schedule, wall: datetime) -> bool:
    """Return whether the mentor has the date off."""
    overrides = [each for each in schedule.overrides if each.date == wall.date()]
    return bool(overrides) and not any(each.hours for each in overrides)


def creation_time(starts_at: datetime, weeks: int) -> datetime:
    """Return when the session after one that starts at `starts_at` is created."""
    return starts_at + timedelta(weeks=weeks) - AHEAD
