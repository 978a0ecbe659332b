"""The page of insights that buttons carry, and the buttons that lead from page to page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import discord

from bot.components.persistent import PersistentButton, PersistentSelect
from bot.components.screens import Screen
from bot.interaction import Interaction
from mentorship.insights.views import InsightsRange
from wording.insights.labels import GUILD_PAGES, MENTOR_PAGES, RANGES, PageLabel

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
    def pages(self) -> Mapping[str, PageLabel]:
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


class InsightsButton(PersistentButton, template=rf"insights:{POSITION_PATTERN}"):
    """Shows a page of insights."""

    def __init__(self, position: InsightsPosition, label: str = "…", *, is_here: bool = False):
        self.position = position
        style = discord.ButtonStyle.primary if is_here else discord.ButtonStyle.secondary
        super().__init__(f"insights:{position.encoded}", label, style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(InsightsPosition.decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        await INSIGHTS.show(interaction, self.position)


class InsightsPageMenu(PersistentSelect, template=rf"insights-pages:{POSITION_PATTERN}"):
    """Chooses a page of insights."""

    def __init__(self, position: InsightsPosition) -> None:
        self.position = position
        options = [
            discord.SelectOption(
                label=label.name,
                value=page,
                description=label.content,
                default=page == position.page,
            )
            for page, label in position.pages.items()
        ]
        super().__init__(f"insights-pages:{position.encoded}", "Choose what to see", options)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(InsightsPosition.decode(match))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        page = values[0] if values and values[0] in self.position.pages else FIRST_PAGE
        await INSIGHTS.show(interaction, replace(self.position, page=page))


def range_buttons(position: InsightsPosition) -> list[InsightsButton]:
    """Return a button for each range; the one that is shown is highlighted."""
    return [
        InsightsButton(replace(position, range=each), label, is_here=each is position.range)
        for each, label in RANGES.items()
    ]
