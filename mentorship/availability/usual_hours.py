"""Weekly hours on somebody else's clock. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from mentorship.availability.opening_hours import WeeklyHours
from mentorship.availability.weekly_hours import merge_weekly
from mentorship.time import timezones
from mentorship.time.timezones import ZoneName

WEEKS = 9
"""How many weeks before and after now decide what is usual: about a booking window."""

_DAY, _WEEK = 1_440, 10_080


def convert(
    weekly: Iterable[WeeklyHours], zone: ZoneName, to: ZoneName, now: datetime
) -> tuple[WeeklyHours, ...]:
    """Convert weekly hours from the wall clock of `zone` to that of `to`.

    Clocks that change on different dates have another difference for a few weeks. All hours are
    converted by the difference that holds in most weeks around now, so they are equal on all days.
    """
    # The nearest first, since of equals the first counts as the most common.
    weeks = sorted(range(-WEEKS, WEEKS + 1), key=abs)
    instants = [now + timedelta(weeks=week) for week in weeks]
    differences = [timezones.offset_at(at, to) - timezones.offset_at(at, zone) for at in instants]
    ((seconds, _),) = Counter(differences).most_common(1)
    return merge_weekly(_shifted(hours, seconds // 60) for hours in weekly)


def _shifted(hours: WeeklyHours, minutes: int) -> WeeklyHours:
    start = (hours.weekday * _DAY + hours.start + minutes) % _WEEK
    weekday, minute = divmod(start, _DAY)
    return WeeklyHours(weekday, minute, (hours.end + minutes - 1) % _DAY + 1)
