"""The availability panel: a mentor's week at a glance, and every way to change it.

One ephemeral message that is edited in place. Each menu and button knows from its custom id what it
is about, so the panel still works after a restart.
"""

from __future__ import annotations

import re
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form, PersistentButton, persistent_view
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.availability import booking_rules, date_overrides, weekday
from bot.views.availability.cards import panel_card
from mentorship.availability import editor
from mentorship.availability.editor import Timetable
from mentorship.availability.weekly_hours import format_hours


async def show_panel(interaction: Interaction, table: Timetable | None = None) -> None:
    """Show the whole timetable, with the ways to change it."""
    if table is None:
        table = await interaction.client.db.read(editor.look, actor_of(interaction))
    await respond(
        interaction,
        embed=panel_card(table),
        view=persistent_view(
            weekday.WeekdayMenu.new(),
            TypeHoursButton(),
            date_overrides.OpenDatesButton(),
            booking_rules.OpenRulesButton(),
        ),
    )


class BackToWeekButton(PersistentButton, template=r"hours:back"):
    """To the whole timetable."""

    def __init__(self) -> None:
        super().__init__("hours:back")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_press(self, interaction: Interaction) -> None:
        await show_panel(interaction)


class TypeHoursButton(PersistentButton, template=r"hours:type"):
    """Opens the whole week as text."""

    def __init__(self) -> None:
        super().__init__("hours:type", "Type hours", emoji="⌨️")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_press(self, interaction: Interaction) -> None:
        table = await interaction.client.db.read(editor.look, actor_of(interaction))
        draft = interaction.client.drafts.weekly_hours.get(interaction.user.id)
        await interaction.response.send_modal(WeeklyHoursForm(table, draft))


class WeeklyHoursForm(Form, title="Your week"):
    """The whole week, filled in with what it is, or with what could not be read before."""

    def __init__(self, table: Timetable, draft: str | None = None) -> None:
        super().__init__()
        self.hours = ui.TextInput["WeeklyHoursForm"](
            custom_id="hours",
            style=discord.TextStyle.paragraph,
            max_length=500,
            placeholder="mon-fri 18:00-21:30; sat 10-14",
            default=draft or (format_hours(table.weekly) if table.weekly else None),
        )
        self.add_item(
            ui.Label(
                text=f"Hours on the clock of {table.zone}"[:45],
                description="mon-fri 18-21:30; sat 10-14 · daily 20:00-02:00 · off",
                component=self.hours,
            )
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        # Kept until it can be read, so that a slip does not cost the whole text.
        interaction.client.drafts.weekly_hours.put(interaction.user.id, self.hours.value)
        table = await interaction.client.db.run(
            editor.set_weekly, actor_of(interaction), self.hours.value
        )
        interaction.client.drafts.weekly_hours.pop(interaction.user.id)
        await show_panel(interaction, table)
