"""Buttons of a session's card for a reschedule request: propose, accept, decline, withdraw."""

from __future__ import annotations

import discord

from bot.actors import actor_of
from bot.interaction import Interaction
from bot.views.sessions.reschedule import show_days
from bot.views.sessions.session_actions import SessionButton, TimesButton, refresh_card
from mentorship.sessions import rescheduling
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SeenTimes
from wording.translation import N_


class AcceptProposalButton(TimesButton):
    """Accepts the time that the other participant proposed."""

    action = Action.ACCEPT_PROPOSAL
    key, label, style = "accept", N_("Accept new time"), discord.ButtonStyle.success

    async def perform_as_seen(self, interaction: Interaction, seen: SeenTimes) -> None:
        await interaction.client.db.run(
            rescheduling.accept, actor_of(interaction), self.session_id, seen=seen
        )
        await refresh_card(interaction, self.session_id)


class DeclineProposalButton(TimesButton):
    """Declines the other participant's proposal and keeps the current time."""

    action = Action.DECLINE_PROPOSAL
    # Translators: a button that declines a suggested time.
    key, label = "keep", N_("Keep current time")

    async def perform_as_seen(self, interaction: Interaction, seen: SeenTimes) -> None:
        await interaction.client.db.run(
            rescheduling.decline, actor_of(interaction), self.session_id, seen=seen
        )
        await refresh_card(interaction, self.session_id)


class WithdrawProposalButton(TimesButton):
    """Withdraws one's own proposal."""

    action = Action.WITHDRAW_PROPOSAL
    key, label = "withdraw", N_("Withdraw request")

    async def perform_as_seen(self, interaction: Interaction, seen: SeenTimes) -> None:
        await interaction.client.db.run(
            rescheduling.withdraw, actor_of(interaction), self.session_id, seen=seen
        )
        await refresh_card(interaction, self.session_id)


class ProposeButton(SessionButton):
    """Opens the choice of another time."""

    action = Action.PROPOSE
    key, label = "move", N_("Suggest another time")

    async def perform(self, interaction: Interaction) -> None:
        await show_days(interaction, self.session_id)
