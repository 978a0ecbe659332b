"""The leaderboard in words."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.recognition.leaderboard import Measure, Period
from wording.durations import counted
from wording.reader import Reader

EMPTY = "Nobody is on the leaderboard for this time yet."
HIDDEN = "You're hidden. Nobody sees you here."
EXPLANATION = "Months are in UTC. New sessions appear within a minute."

MEASURES: Mapping[Measure, str] = {
    Measure.HOURS: "Hours mentored",
    Measure.MEMBERS: "Members helped",
    Measure.THANKS: "Thanks",
}
PERIODS: Mapping[Period, str] = {
    Period.MONTH: "This month",
    Period.QUARTER: "3 months",
    Period.ALL: "All time",
}

_TITLES: Mapping[Measure, str] = {
    Measure.HOURS: "Most hours mentored",
    Measure.MEMBERS: "Most members helped",
    Measure.THANKS: "Most thanks",
}


def title(measure: Measure, period: Period, reader: Reader) -> str:
    """Return the title of a leaderboard."""
    return f"{_TITLES[measure]} · {PERIODS[period]}"


def value(value: int, measure: Measure, reader: Reader) -> str:
    """Write what a mentor is ranked by: minutes for hours, otherwise a number."""
    if measure is Measure.HOURS:
        hours, minutes = divmod(value, 60)
        parts = [counted(hours, "hour", reader)] if hours else []
        if minutes or not hours:
            parts.append(counted(minutes, "minute", reader))
        return " ".join(parts)
    return counted(value, "member" if measure is Measure.MEMBERS else "thank-you", reader)


def without_place(own_value: int, measure: Measure, reader: Reader) -> str:
    """Say what somebody has who isn't among the first places."""
    return f"You: {value(own_value, measure, reader)}. You aren't in the top 200 yet."
