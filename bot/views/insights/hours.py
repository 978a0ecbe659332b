"""The page of open hours, of a mentor or of a server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.pictures.insight_charts import hours_chart
from bot.views.insights.page import Page
from mentorship.insights.views import HeatMap, VainSearches
from wording.insights import labels, sentences
from wording.reader import Reader
from wording.times import month_and_year, weekday_name, zone_name
from wording.translation import _
from wording.translation import sentences as paragraph

MOST_VAIN_SEARCHES = 5


def hours_page(
    heat_map: HeatMap,
    headline: str,
    offered_since: date | None,
    timezone: str,
    reader: Reader,
    vain: Sequence[VainSearches] = (),
) -> Page:
    """Return the page with the heat map, on the reader's clock."""
    notes = []
    if not heat_map.is_empty:
        notes.append(_("In your time ({city}).", city=zone_name(timezone, reader)))
        if offered_since is not None:
            notes.append(
                _(
                    "Counted since {month}.",
                    month=month_and_year(offered_since, reader),
                )
            )
    lists = []
    if vain:
        lines = [
            f"**{labels.wanted_time(each.weekday, each.part_of_day, reader)}:** "
            f"{sentences.vain_searches(each.count, reader)}"
            for each in vain[:MOST_VAIN_SEARCHES]
        ]
        lists.append((_("When people found no slot"), lines))
    return Page(
        headline=headline,
        chart=hours_chart(heat_map, reader),
        table=() if heat_map.is_empty else _weekdays(heat_map, reader),
        lists=lists,
        notes=[paragraph(*notes)] if notes else (),
    )


def _weekdays(heat_map: HeatMap, reader: Reader) -> list[str]:
    lines = []
    for weekday in range(7):
        span = slice(weekday * 48, (weekday + 1) * 48)
        offered, used = sum(heat_map.offered[span]), sum(heat_map.used[span])
        name = weekday_name(weekday, reader)
        lines.append(f"**{name}:** {sentences.weekday(offered, used, reader)}")
    return lines
