"""Requests for help in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mentorship.sessions.offers.request_views import PartOfDay
from wording.lists import enumerated
from wording.reader import Reader
from wording.translation import N_, _, pgettext

TIMES: Mapping[PartOfDay, str] = {
    PartOfDay.NOW: N_("now"),
    PartOfDay.MORNING: N_("mornings"),
    PartOfDay.AFTERNOON: N_("afternoons"),
    PartOfDay.EVENING: N_("evenings"),
}
"""When a session suits who asks for help. To be translated by `_`."""

TIME_OPTIONS: Mapping[PartOfDay, str] = {
    PartOfDay.NOW: N_("Now"),
    PartOfDay.MORNING: N_("Mornings"),
    PartOfDay.AFTERNOON: N_("Afternoons"),
    PartOfDay.EVENING: N_("Evenings"),
}
"""The same as choices in a menu."""


def describe_times(times: Collection[PartOfDay], reader: Reader) -> str:
    """Write when a session suits who asks: `evenings`, `any time`."""
    names = enumerated((_(TIMES[each]) for each in times), reader)
    return names or pgettext("when a session suits somebody", "any time")
