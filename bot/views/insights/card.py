"""The card of `/insights`, and the button that sends its table as a file."""

from __future__ import annotations

import re
from typing import Any, Self

from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, Card, Picture, action_rows
from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.pictures.insight_charts import Chart
from bot.readers import reader_of
from bot.replies import defer, defer_command, respond, send_file
from bot.views.insights.guild_pages import guild_page
from bot.views.insights.mentor_pages import mentor_page
from bot.views.insights.page import Page
from bot.views.insights.position import (
    INSIGHTS,
    POSITION_PATTERN,
    InsightsPosition,
    page_buttons,
    range_buttons,
    scope_button,
)
from mentorship.guilds import guild_settings
from mentorship.insights import insights
from mentorship.members import roles
from wording.insights import labels, sentences, tables
from wording.translation import _

FIRST_CHART_DEADLINE = 6.0
"""Seconds that a card waits for the first chart, whose process has to start."""

_TABLES = {
    "sessions": "months",
    "rating": "months",
    "people": "months",
    "points": "months",
    "hours": "hours",
    "answers": "answer-times",
    "demand": "demand",
}
"""The table that the button of each page sends."""


async def show_insights(interaction: Interaction, position: InsightsPosition | None = None) -> None:
    """Show a page of insights. By default that is a mentor's own first one, or else the server's.

    Raises `NotAMentor`, `StillAnApplicant`, `NotAModerator`.
    """
    db, actor, reader = interaction.client.db, actor_of(interaction), reader_of(interaction)
    own_roles = await db.read(roles.load, actor)
    if position is None:
        position = InsightsPosition(is_own=own_roles.is_mentor or not own_roles.is_moderator)
    if position.is_own:
        own = await db.read(insights.mentor_insights, actor, position.range)
        page = mentor_page(own, position.page, reader)
    else:
        of_guild = await db.read(insights.guild_insights, actor, position.range)
        settings = await db.read(guild_settings.load, actor.guild)
        page = guild_page(of_guild, position.page, settings, reader)
    title = labels.title(position.is_own, position.range, reader)
    card = await _card(interaction, title, page)
    has_both = own_roles.is_mentor and own_roles.is_moderator
    pages = page_buttons(position)
    # A server's pages need two rows, of which neither is nearly empty.
    first_row = 4 if len(pages) <= 4 else len(pages) // 2
    rows = (pages[:first_row], pages[first_row:], range_buttons(position))
    last: list[ui.Item[Any]] = [scope_button(position)] if has_both else []
    last.append(DownloadTableButton(position))
    actions = [row for items in (*rows, last) for row in action_rows(*items)]
    await respond(interaction, card=card, actions=actions)


INSIGHTS.register(show_insights)


async def _card(interaction: Interaction, title: str, page: Page) -> Card:
    card = Card(title=title, text=page.headline, accent=Accent.NEUTRAL)
    for name, value in page.facts:
        card.add_fact(name, value)
    notes = list(page.notes)
    if page.chart is not None:
        picture = await _draw(interaction, page.chart)
        if picture is not None:
            card.add_picture(picture)
        else:
            notes.insert(0, _(sentences.CHART_IS_LATE))
    if page.table:
        card.add_text("\n".join(page.table))
    for heading, lines in page.lists:
        card.add_text("\n".join([f"**{heading}**", *lines] if heading else lines))
    for note in notes:
        card.add_note(note)
    return card


async def _draw(interaction: Interaction, chart: Chart) -> Picture | None:
    pictures = interaction.client.pictures
    deadline = None
    if not pictures.has_drawn_charts:
        # Longer than Discord waits for an acknowledgement.
        deadline = max(FIRST_CHART_DEADLINE, pictures.deadline)
        await (defer_command if interaction.message is None else defer)(interaction)
    content = await pictures.draw(chart.image, deadline)
    return None if content is None else Picture("chart.png", content, chart.description)


class DownloadTableButton(PersistentButton, template=rf"insights-csv:{POSITION_PATTERN}"):
    """Sends the table of a page as a CSV file that only the person sees."""

    def __init__(self, position: InsightsPosition) -> None:
        self.position = position
        super().__init__(f"insights-csv:{position.encoded}", _("Download CSV"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(InsightsPosition.decode(match))

    async def on_press(self, interaction: Interaction) -> None:
        db, actor, position = interaction.client.db, actor_of(interaction), self.position
        table = _TABLES[position.page]
        if position.is_own:
            own = await db.read(insights.mentor_insights, actor, position.range)
            text, owner = tables.mentor_table(own, table), "mentor"
        else:
            of_guild = await db.read(insights.guild_insights, actor, position.range)
            text, owner = tables.guild_table(of_guild, table), "server"
        name = f"insights-{owner}-{table}-{position.range}.csv"
        content = (tables.BYTE_ORDER_MARK + text).encode()
        await send_file(interaction, _(sentences.FILE), (name, content))
