"""What a page of insights has, for mentors and for moderators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.pictures.insight_charts import Chart
from mentorship.insights.views import GuildMonth, MonthFigures
from wording.insights import sentences
from wording.reader import Reader
from wording.times import month_and_year
from wording.translation import _

MONTHS_IN_TABLE = 12


@dataclass(frozen=True, slots=True)
class Page:
    """The content of a page, in Discord's markup.

    `headline` is what matters most; `facts` are names with values. `chart` is drawn, and `table`
    has its numbers, line by line. `lists` are further lists, each with its title.
    """

    headline: str
    facts: Sequence[tuple[str, str]] = ()
    chart: Chart | None = None
    table: Sequence[str] = ()
    lists: Sequence[tuple[str, Sequence[str]]] = ()
    notes: Sequence[str] = field(default=())


def month_lines(
    months: Sequence[MonthFigures], describe: Callable[[MonthFigures, Reader], str], reader: Reader
) -> list[str]:
    """Return a line for each month, the latest first, of the last `MONTHS_IN_TABLE`."""
    return [
        f"**{month_and_year(month.month, reader)}:** {describe(month, reader)}"
        for month in reversed(months[-MONTHS_IN_TABLE:])
        if month.month is not None
    ]


def guild_month_lines(
    months: Sequence[GuildMonth], describe: Callable[[GuildMonth, Reader], str], reader: Reader
) -> list[str]:
    """Return a line for each month of a server, as `month_lines` does."""
    return [
        f"**{month_and_year(month.figures.month, reader)}:** {describe(month, reader)}"
        for month in reversed(months[-MONTHS_IN_TABLE:])
        if month.figures.month is not None
    ]


def month_notes(months: Sequence[object]) -> list[str]:
    """Return the small print of a table by month."""
    notes = [_(sentences.MONTHS_ARE_UTC)]
    if len(months) > MONTHS_IN_TABLE:
        notes.insert(0, _(sentences.OLDER_MONTHS))
    return notes
