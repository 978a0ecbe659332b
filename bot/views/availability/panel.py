"""The first page of the availability panel: the mentor's week.

The panel is one ephemeral message that is edited in place. Custom ids carry what each menu and
button needs, so the panel still works after a restart.
"""

from __future__ import annotations

from bot.actors import actor_of
from bot.components.cards import action_rows
from bot.components.persistent import cache_buster
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.availability import booking_rules, date_overrides, travel, typed_week, weekday
from bot.views.availability.cards import panel_card
from bot.views.availability.navigation import WEEK_SCREEN
from bot.views.availability.week_picture import draw_own_week
from bot.views.calendar.navigation import OpenCalendarsButton
from bot.views.mentors.return_card import ResumeMentoringButton
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityView


async def show_panel(
    interaction: Interaction, availability: AvailabilityView | None = None, note: str | None = None
) -> None:
    """Show the week, with the ways to change it, and a note above it."""
    if availability is None:
        availability = await interaction.client.db.read(editor.load, actor_of(interaction))
    reader = reader_of(interaction)
    resume = [ResumeMentoringButton()] if availability.is_paused else []
    await respond(
        interaction,
        note,
        card=panel_card(availability, reader, await draw_own_week(interaction, availability)),
        actions=action_rows(
            weekday.WeekdayMenu.new(reader, cache_buster(interaction)),
            typed_week.TypeHoursButton(),
            date_overrides.OpenDatesButton(),
            travel.OpenTravelButton(),
            booking_rules.OpenRulesButton(),
            OpenCalendarsButton(),
            *resume,
        ),
    )


WEEK_SCREEN.register(show_panel)
