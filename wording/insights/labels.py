"""Names of what insights show: ranges, pages, series of charts, classes of times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mentorship.insights.views import Distribution, InsightsRange
from mentorship.time.parts_of_day import PartOfDay
from wording.cldr import format_decimal, format_percent
from wording.durations import duration, hours_to_a_tenth
from wording.reader import Reader
from wording.translation import N_, _, ngettext, pgettext

RANGES: Mapping[InsightsRange, str] = {
    InsightsRange.MONTH: N_("This month"),
    InsightsRange.QUARTER: N_("3 months"),
    InsightsRange.YEAR: N_("12 months"),
    InsightsRange.ALL: N_("All time"),
}
"""Ranges as choices. These, and all texts up to the functions, are to be translated by `_`."""

MENTOR_PAGES: Mapping[str, str] = {
    "sessions": N_("Sessions"),
    "rating": N_("Rating"),
    "hours": N_("Open hours"),
    "answers": N_("Response time"),
}
"""The pages of a mentor's insights, by the key that buttons carry."""

GUILD_PAGES: Mapping[str, str] = {
    "sessions": N_("Sessions"),
    "people": N_("People"),
    "hours": N_("Open hours"),
    "answers": N_("Waiting times"),
    "demand": N_("Unmet demand"),
    "points": N_("Points"),
}
"""The pages of a server's insights."""

# Translators: what became of sessions, beside a colour of a chart.
TOOK_PLACE = N_("Took place")
# Translators: what became of sessions, beside a colour of a chart.
NO_SHOW = N_("No-show")
# Translators: what became of sessions, beside a colour of a chart.
CANCELLED = N_("Cancelled")
RATING = N_("Average rating")
ACTIVE_MENTORS, ACTIVE_MEMBERS = N_("Mentors"), N_("Members")
# Translators: what became of points, beside a colour of a chart.
ISSUED = N_("Issued")
# Translators: what became of points, beside a colour of a chart.
HELD = N_("Put on hold")
# Translators: what became of points, beside a colour of a chart.
PAID = N_("Paid to mentors")
UNMET_SEARCHES, OPEN_REQUESTS = N_("Searches without a result"), N_("Open requests for help")
# Translators: all expertise that a chart does not name.
OTHER_EXPERTISE = N_("Other")
"""All expertise that figures don't name."""

SESSIONS_CHART = N_("Sessions by month")
RATING_CHART = N_("Average rating by month")
PEOPLE_CHART = N_("Active people by month")
POINTS_CHART = N_("Points by month")
DEMAND_CHART = N_("Unmet demand by expertise")
ANSWERS_CHART = N_("Requests by time until the answer")
HOURS_CHART = N_("How full open hours were")
# Translators: hours of the week in which a mentor has no open hours.
NOT_OFFERED = N_("Not offered")


def title(is_own: bool, span: InsightsRange, reader: Reader) -> str:
    """Write the title of the card: `Your insights · last 3 months`."""
    name = _("Your insights") if is_own else _("Server insights")
    return f"{name} · {_span(span)}"


def _span(span: InsightsRange) -> str:
    match span:
        case InsightsRange.MONTH:
            return pgettext("the time that figures are about", "this month")
        case InsightsRange.QUARTER:
            return pgettext("the time that figures are about", "last 3 months")
        case InsightsRange.YEAR:
            return pgettext("the time that figures are about", "last 12 months")
        case InsightsRange.ALL:
            return pgettext("the time that figures are about", "all time")


def answer_classes(times: Distribution, reader: Reader) -> Sequence[str]:
    """Name the classes of response times: `Up to 1 hour`, `Over 2 days`."""
    limits = [duration(limit, reader) for limit in times.limits]
    # Translators: {time} is a length of time, such as "2 hours".
    classes = [_("Up to {time}", time=limit) for limit in limits]
    # Translators: {time} is a length of time, such as "2 hours".
    classes.append(_("Over {time}", time=limits[-1]))
    return classes


def wanted_time(weekday: int | None, part: str | None, reader: Reader) -> str:
    """Write when somebody wanted a slot: `Saturday evenings`, `Mondays`, `Any time`."""
    if weekday is None:
        return _any_day(part)
    day = reader.formats.long_weekdays[weekday]
    match part:
        case PartOfDay.MORNING:
            # Translators: {day} is a weekday.
            return _("{day} mornings", day=day)
        case PartOfDay.AFTERNOON:
            # Translators: {day} is a weekday.
            return _("{day} afternoons", day=day)
        case PartOfDay.EVENING:
            # Translators: {day} is a weekday.
            return _("{day} evenings", day=day)
    # Translators: every {day}, a weekday: "Mondays".
    return _("{day}s", day=day)


def _any_day(part: str | None) -> str:
    match part:
        case PartOfDay.MORNING:
            return pgettext("when members look for slots", "Mornings")
        case PartOfDay.AFTERNOON:
            return pgettext("when members look for slots", "Afternoons")
        case PartOfDay.EVENING:
            return pgettext("when members look for slots", "Evenings")
    return pgettext("when members look for slots", "Any time")


def hours(minutes: int, reader: Reader) -> str:
    """Write how long sessions were together: `1 hour`, `7.5 hours`, `104 hours`.

    To a tenth of an hour below ten hours.
    """
    if minutes >= 600:
        return ngettext("{count} hour", "{count} hours", round(minutes / 60))
    return hours_to_a_tenth(minutes, reader)


def percent(share: float, reader: Reader) -> str:
    """Write a share, 0 to 1: `62%`."""
    return format_percent(share, reader.formats)


def booked(share: float, reader: Reader) -> str:
    """Write what the end of a scale means: `50% booked`."""
    # Translators: {percent} of a mentor's open hours were booked.
    return _("{percent} booked", percent=percent(share, reader))


def stars(mean: float, reader: Reader) -> str:
    """Write a mean rating: `★ 4.6`."""
    return f"★ {format_decimal(mean, 1, reader.formats)}"
