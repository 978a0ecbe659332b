"""Lengths of time in words."""

from __future__ import annotations

from wording.cldr import format_decimal
from wording.reader import Reader
from wording.translation import _, ngettext, pgettext

_HOUR, _DAY = 60, 1_440


def duration(minutes: int, reader: Reader) -> str:
    """Write a length of time: `45 minutes`, `1 hour 30 minutes`, `36 hours`, `2 days 1 hour`.

    The length of a session is written by `session_length`.
    `mentorship.guilds.setting_limits.parse_duration` reads it back.
    """
    # People say "24 hours" and "36 hours", but nobody counts a week in hours.
    days, rest = divmod(minutes, _DAY) if minutes >= 2 * _DAY else (0, minutes)
    return _joined(days, *divmod(rest, _HOUR))


def hours_and_minutes(minutes: int, reader: Reader) -> str:
    """Write a length of time without days: `104 hours`, `1 hour 30 minutes`."""
    return _joined(0, *divmod(minutes, _HOUR))


def _joined(days: int, hours: int, minutes: int) -> str:
    parts = []
    if days:
        parts.append(ngettext("{count} day", "{count} days", days))
    if hours:
        parts.append(ngettext("{count} hour", "{count} hours", hours))
    if minutes or not parts:
        parts.append(ngettext("{count} minute", "{count} minutes", minutes))
    text = parts.pop()
    while parts:
        # Translators: the space in "2 days 1 hour". Not every language has one.
        pattern = pgettext("a length of time", "{longer} {shorter}")
        text = pattern.format(longer=parts.pop(), shorter=text)
    return text


def session_length(minutes: int, reader: Reader) -> str:
    """Write the length of a session, always in minutes, as mentors offer it: `90 minutes`."""
    return ngettext("{count} minute", "{count} minutes", minutes)


def hours_to_a_tenth(minutes: int, reader: Reader) -> str:
    """Write a length of time in hours: `1 hour`, `7.5 hours`."""
    whole, tenth = divmod(round(minutes / 6), 10)
    if not tenth:
        return ngettext("{count} hour", "{count} hours", whole)
    # Translators: {hours} isn't a whole number: "7.5 hours".
    return _("{hours} hours", hours=format_decimal(whole + tenth / 10, 1, reader.formats))
