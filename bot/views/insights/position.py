"""The page of insights that buttons carry, and the buttons that lead from page to page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import discord

from bot.components.persistent import PersistentButton
from bot.components.screens import Screen
from bot.interaction import Interaction
from mentorship.insights.views import InsightsRange
from wording.insights.labels import GUILD_PAGES, MENTOR_PAGES, RANGES
from wording.translation import _

_SCOPE, _RANGE = r"(?P<scope>[mg])", r"(?P<range>month|quarter|year|all)"
POSITION_PATTERN = rf"{_SCOPE}:(?P<page>[a-z]{{1,20}}):{_RANGE}"

FIRST_PAGE = "sessions"

INSIGHTS: Screen[Interaction, InsightsPosition] = Screen()
"""A page of insights; `bot.views.insights.card` shows it."""


@dataclass(frozen=True, slots=True)
class InsightsPosition:
    """A page of a mentor's own insights, or of the server's, and how far back it looks."""

    is_own: bool
    page: str = FIRST_PAGE
    range: InsightsRange = InsightsRange.YEAR

    @property
    def pages(self) -> Mapping[str, str]:
        """The pages that there are."""
        return MENTOR_PAGES if self.is_own else GUILD_PAGES

    @property
    def encoded(self) -> str:
        """The position for a custom id; `decode` reads it."""
        return f"{'m' if self.is_own else 'g'}:{self.page}:{self.range}"

    @classmethod
    def decode(cls, match: re.Match[str]) -> Self:
        """Return the position in a custom id that matches `POSITION_PATTERN`.

        A page that another version had leads to the first one.
        """
        position = cls(match["scope"] == "m", match["page"], InsightsRange(match["range"]))
        return position if position.page in position.pages else replace(position, page=FIRST_PAGE)


class InsightsButton(PersistentButton, template=rf"insights:{POSITION_PATTERN}:(?P<row>[prs])"):
    """Shows a page of insights.

    Buttons in different rows may lead to the same page: `row` tells them apart, by page, by range,
    and to the other scope.
    """

    def __init__(
        self, position: InsightsPosition, row: str, label: str = "…", *, is_here: bool = False
    ) -> None:
        self.position = position
        style = discord.ButtonStyle.primary if is_here else discord.ButtonStyle.secondary
        super().__init__(f"insights:{position.encoded}:{row}", label, style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(InsightsPosition.decode(match), match["row"])

    async def on_press(self, interaction: Interaction) -> None:
        await INSIGHTS.show(interaction, self.position)


def page_buttons(position: InsightsPosition) -> list[InsightsButton]:
    """Return a button for each page; the one that is shown is highlighted."""
    return [
        InsightsButton(replace(position, page=page), "p", _(label), is_here=page == position.page)
        for page, label in position.pages.items()
    ]


def range_buttons(position: InsightsPosition) -> list[InsightsButton]:
    """Return a button for each range; the one that is shown is highlighted."""
    return [
        InsightsButton(replace(position, range=each), "r", _(label), is_here=each is position.range)
        for each, label in RANGES.items()
    ]


def scope_button(position: InsightsPosition) -> InsightsButton:
    """Return the button from a mentor's own insights to the server's, or back."""
    other = replace(position, is_own=not position.is_own)
    if other.page not in other.pages:
        other = replace(other, page=FIRST_PAGE)
    return InsightsButton(
        other, "s", _("Server insights") if position.is_own else _("Your insights")
    )
