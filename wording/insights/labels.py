"""Names of what insights show: ranges, pages, series of charts, classes of times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mentorship.insights.views import Distribution, InsightsRange
from mentorship.time.parts_of_day import PartOfDay
from wording.durations import counted, duration
from wording.reader import Reader

RANGES: Mapping[InsightsRange, str] = {
    InsightsRange.MONTH: "This month",
    InsightsRange.QUARTER: "3 months",
    InsightsRange.YEAR: "12 months",
    InsightsRange.ALL: "All time",
}
"""Ranges as choices."""

_TITLES: Mapping[InsightsRange, str] = {
    InsightsRange.MONTH: "this month",
    InsightsRange.QUARTER: "last 3 months",
    InsightsRange.YEAR: "last 12 months",
    InsightsRange.ALL: "all time",
}


MENTOR_PAGES: Mapping[str, str] = {
    "sessions": "Sessions",
    "rating": "Rating",
    "hours": "Open hours",
    "answers": "Response time",
}
"""The pages of a mentor's insights, by the key that buttons carry."""

GUILD_PAGES: Mapping[str, str] = {
    "sessions": "Sessions",
    "people": "People",
    "hours": "Open hours",
    "answers": "Waiting times",
    "demand": "Unmet demand",
    "points": "Points",
}
"""The pages of a server's insights."""

TOOK_PLACE, NO_SHOW, CANCELLED = "Took place", "No-show", "Cancelled"
RATING = "Average rating"
ACTIVE_MENTORS, ACTIVE_MEMBERS = "Mentors", "Members"
ISSUED, HELD, PAID = "Issued", "Put on hold", "Paid to mentors"
UNMET_SEARCHES, OPEN_REQUESTS = "Searches without a result", "Open requests for help"
OTHER_EXPERTISE = "Other"
"""All expertise that figures don't name."""

SESSIONS_CHART = "Sessions by month"
RATING_CHART = "Average rating by month"
PEOPLE_CHART = "Active people by month"
POINTS_CHART = "Points by month"
DEMAND_CHART = "Unmet demand by expertise"
ANSWERS_CHART = "Requests by time until the answer"
HOURS_CHART = "How full open hours were"
NOT_OFFERED, NONE_BOOKED = "Not offered", "0%"

_PARTS: Mapping[str, str] = {
    PartOfDay.MORNING: "mornings",
    PartOfDay.AFTERNOON: "afternoons",
    PartOfDay.EVENING: "evenings",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def title(is_own: bool, span: InsightsRange, reader: Reader) -> str:
    """Write the title of the card: `Your insights · last 3 months`."""
    return f"{'Your insights' if is_own else 'Server insights'} · {_TITLES[span]}"


def answer_classes(times: Distribution, reader: Reader) -> Sequence[str]:
    """Name the classes of response times: `Up to 1 hour`, `Over 2 days`."""
    return _classes([duration(limit, reader) for limit in times.limits])


def wait_classes(times: Distribution, reader: Reader) -> Sequence[str]:
    """Name the classes of waiting times: `Up to 7 days`, `Over 30 days`."""
    return _classes([counted(limit, "day", reader) for limit in times.limits])


def wanted_time(weekday: int | None, part: str | None, reader: Reader) -> str:
    """Write when somebody wanted a slot: `Saturday evenings`, `Mondays`, `Any time`."""
    part_name = _PARTS.get(part or "", part or "")
    if weekday is None:
        return part_name.capitalize() or "Any time"
    return f"{_DAYS[weekday]} {part_name}" if part_name else f"{_DAYS[weekday]}s"


def hours(minutes: int, reader: Reader) -> str:
    """Write how long sessions were together: `1 hour`, `7.5 hours`, `104 hours`.

    To a tenth of an hour below ten hours.
    """
    if minutes >= 600:
        return counted(round(minutes / 60), "hour", reader)
    number = f"{minutes / 60:.1f}".removesuffix(".0")
    return f"{number} {'hour' if number == '1' else 'hours'}"


def percent(share: float, reader: Reader) -> str:
    """Write a share, 0 to 1: `62%`."""
    return f"{share:.0%}"


def booked(share: float, reader: Reader) -> str:
    """Write what the end of a scale means: `50% booked`."""
    return f"{percent(share, reader)} booked"


def stars(mean: float, reader: Reader) -> str:
    """Write a mean rating: `★ 4.6`."""
    return f"★ {mean:.1f}"


def _classes(limits: Sequence[str]) -> Sequence[str]:
    return [*(f"Up to {limit}" for limit in limits), f"Over {limits[-1]}"]
