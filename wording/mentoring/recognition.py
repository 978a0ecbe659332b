"""The leaderboard in words."""

from __future__ import annotations

from collections.abc import Mapping

from mentorship.recognition.leaderboard import Measure, Period
from wording.durations import hours_and_minutes
from wording.reader import Reader
from wording.translation import N_, _, ngettext

EMPTY = N_("Nobody is on the leaderboard for this time yet.")
HIDDEN = N_("You're hidden. Nobody sees you here.")
EXPLANATION = N_("Months are in UTC. New sessions appear within a minute.")

MEASURES: Mapping[Measure, str] = {
    Measure.HOURS: N_("Hours mentored"),
    Measure.MEMBERS: N_("Members helped"),
    Measure.THANKS: N_("Thanks"),
}
PERIODS: Mapping[Period, str] = {
    Period.MONTH: N_("This month"),
    Period.QUARTER: N_("3 months"),
    Period.ALL: N_("All time"),
}

_TITLES: Mapping[Measure, str] = {
    Measure.HOURS: N_("Most hours mentored"),
    Measure.MEMBERS: N_("Most members helped"),
    Measure.THANKS: N_("Most thanks"),
}


def title(measure: Measure, period: Period, reader: Reader) -> str:
    """Return the title of a leaderboard."""
    return f"{_(_TITLES[measure])} · {_(PERIODS[period])}"


def value(value: int, measure: Measure, reader: Reader) -> str:
    """Write what a mentor is ranked by: minutes for hours, otherwise a number."""
    match measure:
        case Measure.HOURS:
            return hours_and_minutes(value, reader)
        case Measure.MEMBERS:
            return ngettext("{count} member", "{count} members", value)
        case Measure.THANKS:
            return ngettext("{count} thank-you", "{count} thank-yous", value)


def without_place(own_value: int, measure: Measure, reader: Reader) -> str:
    """Say what somebody has who isn't among the first places."""
    # Translators: {value} is what they are ranked by: "3 hours", "12 members".
    return _(
        "You: {value}. You aren't in the top 200 yet.", value=value(own_value, measure, reader)
    )
