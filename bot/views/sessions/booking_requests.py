"""The mentor's answers to a booking request: confirm it, or decline it with a reason."""

from __future__ import annotations

import discord

from bot.actors import actor_of
from bot.components.persistent import Form
from bot.interaction import Interaction
from bot.views.sessions.session_actions import (
    TimesButton,
    current_card_if_refused,
    refresh_card,
)
from mentorship.sessions import transitions
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SeenTimes, SessionView
from wording.names import first_name
from wording.translation import N_, _


class ConfirmSessionButton(TimesButton):
    """Confirms a booking request at its current time."""

    action = Action.CONFIRM
    # Translators: a button.
    key, label, style = "confirm", N_("Confirm"), discord.ButtonStyle.success

    async def perform_as_seen(self, interaction: Interaction, seen: SeenTimes) -> None:
        await interaction.client.db.run(
            transitions.confirm, actor_of(interaction), self.session_id, seen=seen
        )
        await refresh_card(interaction, self.session_id)


class DeclineSessionButton(TimesButton):
    """Opens the form that declines a booking request."""

    action = Action.DECLINE
    # Translators: a button.
    key, label, style = "decline", N_("Decline"), discord.ButtonStyle.danger

    async def perform_as_seen(self, interaction: Interaction, seen: SeenTimes) -> None:
        session = await interaction.client.db.read(
            transitions.load_actionable, actor_of(interaction), self.session_id, Action.DECLINE
        )
        seen.require(session)
        await interaction.response.send_modal(DeclineForm(session))


class DeclineForm(Form):
    """Declines a booking request, with an optional reason for the mentee."""

    def __init__(self, session: SessionView) -> None:
        super().__init__(title=_("Decline this request"))
        name = first_name(session.mentee.name)
        self.session_id, self.seen = session.id, session.times
        self.reason = self.add_text_area(
            "reason",
            _("Would you like to say why?"),
            # Translators: below the field for the reason why a request is declined.
            _("{name} will read it and is refunded in full", name=name)
            if session.price
            else _("{name} will read it", name=name),
            max_length=transitions.LONGEST_REASON,
            required=False,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        async with current_card_if_refused(interaction, self.session_id):
            await interaction.client.db.run(
                transitions.decline,
                actor_of(interaction),
                self.session_id,
                self.reason.value,
                seen=self.seen,
            )
            await refresh_card(interaction, self.session_id)
