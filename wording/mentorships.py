"""Mentorships in words."""

from __future__ import annotations

from wording.durations import counted
from wording.reader import Reader


def held(sessions: int, minutes: int, reader: Reader) -> str:
    """Write how often and how long two people have met: `12 sessions, 9 hours`."""
    met = counted(sessions, "session", reader)
    if minutes < 60:
        return f"{met}, {counted(minutes, 'minute', reader)}"
    hours = round(minutes / 60, 1)
    length = f"{hours:g} hours" if hours != 1 else "1 hour"
    return f"{met}, {length}"
