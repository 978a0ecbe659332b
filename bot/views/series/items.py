"""The buttons that lead to a series, and what all buttons about a series share."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Self

import discord

from bot.components.persistent import PersistentButton
from bot.components.screens import Screen
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import send_ephemeral
from mentorship.errors import NotAllowedNow, TermsChanged
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING
from wording.translation import N_, _

SERIES_CARD: Screen[Interaction, int] = Screen()
"""The series with that id, in place of the pressed card; `bot.views.series.card` shows it."""

OPENED_SERIES: Screen[Interaction, int] = Screen()
"""The series with that id, beside the pressed card unless that is ephemeral."""

SERIES_CANCELLATION: Screen[Interaction, int] = Screen()
"""The refund for all that remain, with the buttons to confirm; `cancellation` shows it."""


class SeriesButton(PersistentButton, template="unused"):
    """A button about a series. A press that the series refuses shows how it is now.

    `key` is the end of its custom id, and `arguments` the pattern of what follows.
    """

    key = ""
    label = ""
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, arguments: str = "") -> None:
        template = rf"series:(?P<id>\d{{1,18}}):{cls.key}{arguments}" if cls.key else "unused"
        super().__init_subclass__(template=template)

    def __init__(self, series_id: int, *arguments: object, label: str | None = None) -> None:
        self.series_id = series_id
        custom_id = ":".join(map(str, ("series", series_id, self.key, *arguments)))
        super().__init__(custom_id, label or (self.label and _(self.label)), self.style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        async with current_series_if_refused(interaction, self.series_id):
            await self.perform(interaction)

    async def perform(self, interaction: Interaction) -> None:
        """Do what the button says. See `current_series_if_refused` for errors."""
        raise NotImplementedError


@asynccontextmanager
async def current_series_if_refused(
    interaction: Interaction, series_id: int
) -> AsyncIterator[None]:
    """Show the series as it is now, and why, if it refuses what is done in the block."""
    try:
        yield
    except (NotAllowedNow, TermsChanged) as error:
        await SERIES_CARD.show(interaction, series_id)
        await send_ephemeral(interaction, sentence(error, reader_of(interaction)))


class ViewSeriesButton(SeriesButton):
    """Shows the series as it is now, with all that the person can do."""

    key, label = "view", N_("View series")

    async def perform(self, interaction: Interaction) -> None:
        await OPENED_SERIES.show(interaction, self.series_id)


class CancelSeriesButton(SeriesButton):
    """Shows what cancelling all that remain would refund, and asks for confirmation."""

    key = "cancel"
    # Translators: the sessions of a series.
    label = N_("Cancel all that remain")

    async def perform(self, interaction: Interaction) -> None:
        await SERIES_CANCELLATION.show(interaction, self.series_id)


def series_buttons(session: SessionView, now: datetime) -> list[PersistentButton]:
    """Return the buttons of a session's card about its series, if it is part of one."""
    if session.series_id is None:
        return []
    view = ViewSeriesButton(session.series_id)
    if session.status not in UPCOMING or now >= session.starts_at:
        return [view]
    return [view, CancelSeriesButton(session.series_id)]
