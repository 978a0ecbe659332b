"""Lengths of time and counted things in words."""

from __future__ import annotations

from wording.reader import Reader

_HOUR, _DAY = 60, 1_440


def duration(minutes: int, reader: Reader) -> str:
    """Write a length of time: `45 minutes`, `1 hour 30 minutes`, `36 hours`, `2 days 1 hour`.

    The length of a session is written by `session_length`.
    `mentorship.guilds.setting_limits.parse_duration` reads it back.
    """
    # People say "24 hours" and "36 hours", but nobody counts a week in hours.
    days, rest = divmod(minutes, _DAY) if minutes >= 2 * _DAY else (0, minutes)
    hours, rest = divmod(rest, _HOUR)
    counts = ((days, "day"), (hours, "hour"), (rest, "minute"))
    parts = [counted(count, unit, reader) for count, unit in counts if count]
    return " ".join(parts) or counted(0, "minute", reader)


def session_length(minutes: int, reader: Reader) -> str:
    """Write the length of a session, always in minutes, as mentors offer it: `90 minutes`."""
    return counted(minutes, "minute", reader)


def counted(count: int, noun: str, reader: Reader, plural: str | None = None) -> str:
    """Write a number of things: `1 day`, `1,200 days`. The plural is by rule if it isn't given."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
