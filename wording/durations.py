"""Lengths of time and counted things in words."""

from __future__ import annotations

from wording.reader import Reader

_HOUR, _DAY = 60, 1_440


def duration(minutes: int, reader: Reader) -> str:
    """Write a length of time: `45 minutes`, `1 hour 30 minutes`, `24 hours`, `2 days`.

    `mentorship.guilds.setting_limits.parse_duration` reads it back.
    """
    if minutes >= 2 * _DAY and minutes % _DAY == 0:
        return counted(minutes // _DAY, "day", reader)
    hours, rest = divmod(minutes, _HOUR)
    parts = [counted(hours, "hour", reader)] if hours else []
    if rest or not hours:
        parts.append(counted(rest, "minute", reader))
    return " ".join(parts)


def counted(count: int, noun: str, reader: Reader) -> str:
    """Write a number of things: `1 day`, `1,200 days`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
