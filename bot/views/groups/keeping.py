"""Keeping a seat in a group session that was moved."""

from __future__ import annotations

import discord

from bot.actors import actor_of
from bot.interaction import Interaction
from bot.views.sessions.session_actions import TimesButton, refresh_card
from mentorship.sessions.groups import seats
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SeenTimes
from wording.translation import N_


class KeepSeatButton(TimesButton):
    """Keeps the seat at the time that the card shows."""

    action = Action.KEEP_SEAT
    key, label, style = "keep-seat", N_("Keep my seat"), discord.ButtonStyle.success

    async def perform_as_seen(self, interaction: Interaction, seen: SeenTimes) -> None:
        await interaction.client.db.run(
            seats.keep, actor_of(interaction), self.session_id, start_shown=seen.starts_at
        )
        await refresh_card(interaction, self.session_id)
