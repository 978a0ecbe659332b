"""The first page of the availability panel: the mentor's week.

The panel is one ephemeral message that is edited in place. Custom ids carry what each menu and
button needs, so the panel still works after a restart.
"""

from __future__ import annotations

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import action_rows
from bot.components.persistent import Form, PersistentButton
from bot.drafts import FlowKey
from bot.formatting import shortened
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.availability import booking_rules, date_overrides, weekday
from bot.views.availability.cards import panel_card, zone_name
from bot.views.availability.navigation import WEEK_SCREEN
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityView
from mentorship.availability.weekly_hours import format_hours

MAX_TYPED_WEEK = 500
"""Characters of a week as text."""

_HOURS = "hours"
"""The flow of the form for the weekly hours."""


async def replace_week(interaction: Interaction, text: str) -> None:
    """Replace the weekly hours by typed ones, and say how to get the previous ones back."""
    db, actor = interaction.client.db, actor_of(interaction)
    previous = await db.read(editor.load, actor)
    availability = await db.run(editor.set_weekly, actor, text)
    note = None
    if previous.weekly and sorted(previous.weekly) != sorted(availability.weekly):
        hours = format_hours(previous.weekly)
        note = f"Your whole week was replaced. To undo this: `/mentor hours hours:{hours}`"
        if len(hours) > MAX_TYPED_WEEK:
            note = f"Your whole week was replaced. It was `{shortened(hours, 1_500)}`."
    await show_panel(interaction, availability, note)


async def show_panel(
    interaction: Interaction, availability: AvailabilityView | None = None, note: str | None = None
) -> None:
    """Show the week, with the ways to change it, and a note above it."""
    if availability is None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
    await respond(
        interaction,
        note,
        card=panel_card(availability),
        actions=action_rows(
            weekday.WeekdayMenu.new(),
            TypeHoursButton(),
            date_overrides.OpenDatesButton(),
            booking_rules.OpenRulesButton(),
        ),
    )


class TypeHoursButton(PersistentButton, template=r"hours:type"):
    """Opens the form for the week as text."""

    def __init__(self) -> None:
        super().__init__("hours:type", "Type hours")

    async def on_press(self, interaction: Interaction) -> None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
        draft = interaction.client.drafts.typed.get(
            FlowKey.of(interaction, _HOURS), interaction.client.db.now()
        )
        await interaction.response.send_modal(WeeklyHoursForm(availability, draft))


class WeeklyHoursForm(Form, title="Your week"):
    """The week as text, filled in with the current one or with a text that could not be read."""

    def __init__(self, availability: AvailabilityView, draft: str | None = None) -> None:
        super().__init__()
        self.seen = availability.weekly
        self.hours = ui.TextInput["WeeklyHoursForm"](
            custom_id="hours",
            style=discord.TextStyle.paragraph,
            max_length=MAX_TYPED_WEEK,
            placeholder="mon-fri 18:00-21:30; sat 10-14",
            default=draft or (format_hours(availability.weekly) if availability.weekly else None),
        )
        self.add_item(
            ui.Label(
                text=f"In your time zone ({zone_name(availability)})"[:45],
                description="mon-fri 18-21:30; sat 10-14 · daily 20:00-02:00 · off",
                component=self.hours,
            )
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        # Kept until the hours are saved, so that a mistake does not cost the whole text.
        client, key = interaction.client, FlowKey.of(interaction, _HOURS)
        client.drafts.typed.put(key, self.hours.value, client.db.now())
        availability = await client.db.run(
            editor.set_weekly, actor_of(interaction), self.hours.value, self.seen
        )
        client.drafts.typed.pop(key, client.db.now())
        await show_panel(interaction, availability)


WEEK_SCREEN.register(show_panel)
