"""The time until a session starts, in notifications."""

from __future__ import annotations

from datetime import timedelta

from mentorship.sessions.places import session_link
from wording.durations import duration
from wording.reader import Reader

JOIN_SHOWN_FROM = session_link.SHOWN_FROM + timedelta(minutes=5)
"""From how long before the start reminders have a Join button: one hour, with some slack."""


def time_left(left: timedelta, reader: Reader) -> str:
    """Return the time until the start as people say it, such as "in 2 hours".

    Rounded, since a reminder may be late after a downtime or quiet hours.
    """
    minutes = max(1, round(left.total_seconds() / 60))
    if minutes < 60:
        return f"in {duration(minutes, reader)}"
    hours = round(minutes / 60)
    if hours == 24:
        return "tomorrow"
    if hours >= 48:
        hours = round(hours / 24) * 24
    return f"in {duration(hours * 60, reader)}"
