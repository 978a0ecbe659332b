"""The picture of the week on the cards of the availability panel and on profiles."""

from __future__ import annotations

from bot.components.cards import Card, Picture
from bot.interaction import Interaction
from bot.pictures.availability_week import WeekPicture, own_week, week_of_mentor
from bot.readers import reader_of
from mentorship.availability.editor import AvailabilityView
from mentorship.search.profile_views import ProfileView


async def draw_own_week(interaction: Interaction, availability: AvailabilityView) -> Picture | None:
    """Draw the mentor's own coming week. None if it is empty, or can't be drawn."""
    now, reader = interaction.client.db.now(), reader_of(interaction)
    week = own_week(
        availability.schedule, availability.busy, now, reader, availability.external_busy
    )
    return await _draw(interaction, week)


async def add_own_week(
    card: Card, interaction: Interaction, availability: AvailabilityView
) -> None:
    """Add the picture of the mentor's own coming week to a card, if there is one."""
    if (picture := await draw_own_week(interaction, availability)) is not None:
        card.add_picture(picture)


async def draw_week_of_mentor(
    interaction: Interaction, profile: ProfileView, viewer_zone: str | None
) -> Picture | None:
    """Draw when a mentor is open in the coming week, in the viewer's zone. None as above."""
    now, reader = interaction.client.db.now(), reader_of(interaction)
    week = week_of_mentor(profile.schedule, profile.busy, profile.name, viewer_zone, now, reader)
    return await _draw(interaction, week)


async def _draw(interaction: Interaction, week: WeekPicture | None) -> Picture | None:
    if week is None:
        return None
    content = await interaction.client.pictures.draw(week.image)
    return None if content is None else Picture("week.png", content, week.description)
