"""The buttons and menus of search results, which carry the query.

The order and the filters are in their custom ids, typed text is kept by the card. So they work
after a restart. A forged custom id can search for nothing that could not be typed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Self

import discord

from bot.components.message_reader import Kept, kept_text
from bot.components.persistent import PersistentButton, PersistentSelect, cache_buster
from bot.components.screens import Screen
from bot.formatting import shortened
from bot.interaction import Interaction
from bot.views.booking import flow
from mentorship.pagination import to_base36
from mentorship.search.query import Filter, SearchQuery, Sort
from mentorship.time.intervals import Span
from wording.translation import N_, _

RESULTS: Screen[Interaction, SearchQuery, int] = Screen()
"""A page of results, by its number; `bot.views.search.results` shows it."""

RESULTS_ON_PAGE = 3
"""Mentors on a page: with all filters, a message has the 40 components that Discord allows."""

_SORTS = {"m": Sort.RELEVANCE, "r": Sort.RATING, "p": Sort.PRICE, "s": Sort.SOONEST}
_SORT_LETTERS = {sort: letter for letter, sort in _SORTS.items()}

_SORT_LABELS = {
    Sort.RELEVANCE: N_("Best match"),
    Sort.RATING: N_("Highest rating"),
    Sort.PRICE: N_("Lowest price"),
    Sort.SOONEST: N_("Soonest slot"),
}

_QUERY_PATTERN = (
    r"(?P<sort>[mrps]):(?P<least>[0-9a-z]{0,3}):(?P<most>[0-9a-z]{0,11}):"
    r"(?P<start>[0-9a-z]{0,7}):(?P<end>[0-9a-z]{0,7})"
)


def _encode(query: SearchQuery) -> str:
    """Return the order and the filters other than text for a custom id; `_decode` reads it."""
    free = query.free
    parts = (
        _SORT_LETTERS[query.sort],
        "" if query.min_rating is None else to_base36(round(query.min_rating * 100)),
        "" if query.max_rate is None else to_base36(query.max_rate),
        "" if free is None else to_base36(int(free.start.timestamp())),
        "" if free is None else to_base36(int(free.end.timestamp())),
    )
    return ":".join(parts)


def _decode(match: re.Match[str]) -> SearchQuery:
    """Return the query in a custom id that matches `_QUERY_PATTERN`, without its texts."""
    least, most, start, end = (
        int(match[name], 36) if match[name] else None for name in ("least", "most", "start", "end")
    )
    free = None
    if start is not None and end is not None:
        free = Span(_instant(start), _instant(max(start, end)))
    return SearchQuery(
        min_rating=None if least is None else least / 100,
        max_rate=most,
        free=free,
        sort=_SORTS[match["sort"]],
        size=RESULTS_ON_PAGE,
    )


def _with_texts(query: SearchQuery, interaction: Interaction) -> SearchQuery:
    """Return the query with the texts that the pressed message keeps."""
    kept = kept_text(interaction.message)
    return replace(query, expertise=kept.get(Kept.EXPERTISE, ""), text=kept.get(Kept.WORDS, ""))


class ResultsPageButton(
    PersistentButton,
    template=(
        rf"search:page:{_QUERY_PATTERN}:(?P<page>\d{{1,4}}):"
        r"(?P<dropped>[et]?):(?P<cursor>[0-9a-z.]{0,56})"
    ),
):
    """Shows another page, or the same search without the filter `dropped`."""

    def __init__(
        self, query: SearchQuery, page: int, label: str = "…", dropped: Filter | None = None
    ) -> None:
        self.query, self.page = query, min(page, 9_999)
        # Filters other than text are in the custom id itself, and a dropped one is not there.
        self.dropped = {Filter.EXPERTISE: "e", Filter.TEXT: "t"}.get(dropped or Filter.FREE, "")
        parts = ("search:page", _encode(query), str(self.page), self.dropped, query.cursor or "")
        super().__init__(":".join(parts), label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        page_button = cls(
            replace(_decode(match), cursor=match["cursor"] or None), int(match["page"])
        )
        page_button.dropped = match["dropped"]
        return page_button

    async def on_press(self, interaction: Interaction) -> None:
        query = _with_texts(self.query, interaction)
        if self.dropped == "e":
            query = replace(query, expertise="")
        elif self.dropped == "t":
            query = replace(query, text="")
        await RESULTS.show(interaction, query, self.page)


class AllMentorsButton(PersistentButton, template=r"search:all:(?P<sort>[mrps])"):
    """Shows all mentors, without any filter."""

    def __init__(self, sort: Sort) -> None:
        self.sort = sort
        super().__init__(f"search:all:{_SORT_LETTERS[sort]}", _("Remove all filters"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(_SORTS[match["sort"]])

    async def on_press(self, interaction: Interaction) -> None:
        await RESULTS.show(interaction, SearchQuery(sort=self.sort, size=RESULTS_ON_PAGE), 1)


class SortMenu(PersistentSelect, template=rf"search:sort(?P<number>\d{{1,2}}):{_QUERY_PATTERN}"):
    """Shows the first page of the same search in another order."""

    def __init__(self, query: SearchQuery, number: int) -> None:
        self.query = query
        super().__init__(f"search:sort{number}:{_encode(query)}", _("Sort by"))

    @classmethod
    def new(cls, interaction: Interaction, query: SearchQuery) -> Self:
        menu = cls(query, cache_buster(interaction))
        menu.item.options = [
            discord.SelectOption(
                label=_(label), value=_SORT_LETTERS[sort], default=sort is query.sort
            )
            for sort, label in _SORT_LABELS.items()
        ]
        return menu

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(_decode(match), int(match["number"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        sort = _SORTS.get(values[0], Sort.RELEVANCE)
        query = replace(_with_texts(self.query, interaction), sort=sort)
        await RESULTS.show(interaction, query, 1)


class BookSearchResultButton(
    PersistentButton, template=r"search:book:(?P<mentor>\d{1,20}):(?P<start>\d{0,11})"
):
    """Starts a booking with a mentor, near the time that was searched for."""

    def __init__(self, mentor_id: int, start: datetime | None, name: str = "…") -> None:
        self.mentor_id, self.start = mentor_id, start
        super().__init__(
            f"search:book:{mentor_id}:{int(start.timestamp()) if start else ''}",
            # Translators: a button; {name} is a mentor.
            shortened(_("Book {name}", name=name), 80),
            discord.ButtonStyle.success,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["mentor"]), _instant(int(match["start"])) if match["start"] else None)

    async def on_press(self, interaction: Interaction) -> None:
        if self.start is None:
            await flow.start_booking(
                interaction, mentor=str(self.mentor_id), when=None, minutes=None, topic=""
            )
            return
        await flow.start_booking_near(interaction, self.mentor_id, self.start)


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
