"""Mentorships in words."""

from __future__ import annotations

from wording import lists
from wording.durations import hours_to_a_tenth
from wording.reader import Reader
from wording.translation import ngettext


def held(sessions: int, minutes: int, reader: Reader) -> str:
    """Write how often and how long two people have met: `12 sessions, 9 hours`."""
    met = ngettext("{count} session", "{count} sessions", sessions)
    if minutes < 60:
        length = ngettext("{count} minute", "{count} minutes", minutes)
    else:
        length = hours_to_a_tenth(minutes, reader)
    return lists.enumerated((met, length), reader)
