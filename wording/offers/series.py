"""Series in words: how often they repeat, and where a session stands in one."""

from __future__ import annotations

from mentorship.sessions.session_views import SeriesPlace
from wording.durations import counted
from wording.reader import Reader


def interval(every_weeks: int, reader: Reader) -> str:
    """Write how often a series repeats: `every week`, `every 2 weeks`."""
    return "every week" if every_weeks == 1 else f"every {every_weeks} weeks"


def sessions(count: int, reader: Reader) -> str:
    """Write a number of sessions: `1 session`, `6 sessions`."""
    return counted(count, "session", reader)


def place(place: SeriesPlace, reader: Reader) -> str:
    """Write where a session stands in its series: `3 of 6, weekly`."""
    often = "weekly" if place.every_weeks == 1 else interval(place.every_weeks, reader)
    return f"{place.number} of {place.size}, {often}"
