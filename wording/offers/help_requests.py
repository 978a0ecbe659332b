"""Requests for help in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mentorship.sessions.offers.request_views import PartOfDay
from wording.reader import Reader

TIMES: Mapping[PartOfDay, str] = {
    PartOfDay.NOW: "now",
    PartOfDay.MORNING: "mornings",
    PartOfDay.AFTERNOON: "afternoons",
    PartOfDay.EVENING: "evenings",
}


def describe_times(times: Collection[PartOfDay], reader: Reader) -> str:
    """Write when a session suits who asks: `evenings`, `any time`."""
    return ", ".join(TIMES[each] for each in times) or "any time"
