"""The card of `/insights`, and the button that sends its table as a file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Self

from discord import ui

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, Picture, action_rows
from bot.components.persistent import PersistentButton
from bot.interaction import Interaction
from bot.pictures.insight_charts import Chart
from bot.readers import reader_of
from bot.replies import defer, defer_command, respond, send_file
from bot.views.insights.guild_pages import guild_page
from bot.views.insights.mentor_pages import mentor_page
from bot.views.insights.page import Page
from bot.views.insights.position import (
    FIRST_PAGE,
    INSIGHTS,
    POSITION_PATTERN,
    InsightsButton,
    InsightsPageMenu,
    InsightsPosition,
    range_buttons,
)
from mentorship.guilds import guild_settings
from mentorship.insights import insights
from mentorship.members import roles
from wording.insights import labels, sentences, tables

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
    await respond(interaction, card=card, actions=_actions(position, has_both=has_both))


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
            notes.insert(0, sentences.CHART_IS_LATE)
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


def _actions(position: InsightsPosition, *, has_both: bool) -> ActionRows:
    items: list[ui.Item[Any]] = [InsightsPageMenu(position), *range_buttons(position)]
    last: list[ui.Item[Any]] = []
    if has_both:
        other = replace(position, is_own=not position.is_own)
        if other.page not in other.pages:
            other = replace(other, page=FIRST_PAGE)
        label = "Server insights" if position.is_own else "Your insights"
        last.append(InsightsButton(other, label))
    last.append(DownloadTableButton(position))
    return [*action_rows(*items), *action_rows(*last)]


class DownloadTableButton(PersistentButton, template=rf"insights-csv:{POSITION_PATTERN}"):
    """Sends the table of a page as a CSV file that only the person sees."""

    def __init__(self, position: InsightsPosition) -> None:
        self.position = position
        super().__init__(f"insights-csv:{position.encoded}", "Download CSV")

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
        await send_file(interaction, sentences.FILE, (name, content))
