"""The buttons of an invitation's card, and the card with them as it is now."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.cards import ActionRows, Card, action_rows
from bot.components.persistent import Form, PersistentButton
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import edit_card, respond, send_ephemeral
from bot.views.booking.booked import ViewSessionButton
from bot.views.offers.invitation_card import invitation_card
from bot.views.sessions.session_actions import refresh_card
from mentorship.errors import InvitationEnded, PriceChanged, TermsChanged
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.offers import invitation_answers, invitation_views
from mentorship.sessions.offers.invitation_answers import terms_of
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.transitions import LONGEST_REASON
from wording.names import first_name
from wording.reader import Reader
from wording.translation import _, pgettext


def current_invitation(
    invitation: InvitationView,
    reader_id: int,
    guild: GuildSettings,
    reader: Reader,
    now: datetime,
    text: str = "",
) -> tuple[Card, ActionRows]:
    """Return the card of an invitation as it is now, with what its reader can do."""
    card = invitation_card(invitation, reader_id, guild, reader, now, text)
    return card, invitation_actions(invitation, reader_id, guild, now)


def invitation_actions(
    invitation: InvitationView, reader_id: int, guild: GuildSettings, now: datetime
) -> ActionRows:
    """Return the buttons that one of the two people can press now."""
    items: list[ui.Item[Any]] = []
    if invitation.session_id is not None:
        items.append(ViewSessionButton(invitation.session_id))
    elif invitation.is_open(now):
        if invitation.party(reader_id) is Party.MENTOR:
            items.append(WithdrawInvitationButton(invitation.id))
        else:
            terms = terms_of(guild, invitation.price)
            items.append(AcceptInvitationButton(invitation.id, invitation.price, terms))
            items.append(DeclineInvitationButton(invitation.id))
    return action_rows(*items)


async def show_invitation(interaction: Interaction, invitation_id: int) -> None:
    """Show an invitation to one of its two people."""
    card, actions = await _load(interaction, invitation_id)
    await respond(interaction, card=card, actions=actions)


async def refresh_invitation(interaction: Interaction, invitation_id: int) -> None:
    """Replace the pressed card by the invitation as it is now."""
    card, actions = await _load(interaction, invitation_id)
    await edit_card(interaction, card=card, actions=actions)


async def _load(interaction: Interaction, invitation_id: int) -> tuple[Card, ActionRows]:
    db, actor = interaction.client.db, actor_of(interaction)
    invitation = await db.read(invitation_views.load_for_participant, actor, invitation_id)
    guild = await db.read(guild_settings.load, invitation.guild_id)
    reader = reader_of(interaction)
    return current_invitation(invitation, actor.user_id, guild, reader, db.now())


@asynccontextmanager
async def _current_card_if_refused(
    interaction: Interaction, invitation_id: int
) -> AsyncIterator[None]:
    """Show the invitation as it is now, and why, if it refuses what is done in the block."""
    try:
        yield
    except (InvitationEnded, PriceChanged, TermsChanged) as error:
        await refresh_invitation(interaction, invitation_id)
        await send_ephemeral(interaction, sentence(error, reader_of(interaction)))


class AcceptInvitationButton(
    PersistentButton,
    template=r"invite:accept:(?P<id>\d{1,18}):(?P<price>\d{1,16}):(?P<terms>[0-9a-f]{8})",
):
    """Accepts the invitation at the price and terms that the card shows."""

    def __init__(self, invitation_id: int, price: int, terms: str) -> None:
        self.invitation_id, self.price, self.terms = invitation_id, price, terms
        custom_id = f"invite:accept:{invitation_id}:{price}:{terms}"
        super().__init__(custom_id, pgettext("button", "Accept"), discord.ButtonStyle.success)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["price"]), match["terms"])

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        async with _current_card_if_refused(interaction, self.invitation_id):
            invitation = await db.read(
                invitation_views.load_for_participant, actor_of(interaction), self.invitation_id
            )
            session = await db.run(
                invitation_answers.accept,
                actor_of(interaction, invitation.guild_id),
                self.invitation_id,
                price_shown=self.price,
                terms_shown=self.terms,
            )
            await refresh_card(interaction, session.id)


class DeclineInvitationButton(PersistentButton, template=r"invite:decline:(?P<id>\d{1,18})"):
    """Opens the form that declines the invitation."""

    def __init__(self, invitation_id: int) -> None:
        self.invitation_id = invitation_id
        custom_id = f"invite:decline:{invitation_id}"
        super().__init__(custom_id, pgettext("button", "Decline"), discord.ButtonStyle.danger)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        invitation = await db.read(
            invitation_views.load_for_participant, actor_of(interaction), self.invitation_id
        )
        async with _current_card_if_refused(interaction, self.invitation_id):
            invitation.require_open(db.now())
            await interaction.response.send_modal(DeclineInvitationForm(invitation))


class DeclineInvitationForm(Form):
    """Declines an invitation, with an optional reason for the mentor."""

    def __init__(self, invitation: InvitationView) -> None:
        super().__init__(title=_("Decline this invitation"))
        self.invitation_id = invitation.id
        self.reason = self.add_text_area(
            "reason",
            _("Would you like to say why?"),
            _("{name} will read it", name=first_name(invitation.mentor.name)),
            max_length=LONGEST_REASON,
            required=False,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        async with _current_card_if_refused(interaction, self.invitation_id):
            await interaction.client.db.run(
                invitation_answers.decline,
                actor_of(interaction),
                self.invitation_id,
                self.reason.value,
            )
            await refresh_invitation(interaction, self.invitation_id)


class WithdrawInvitationButton(PersistentButton, template=r"invite:withdraw:(?P<id>\d{1,18})"):
    """Withdraws the mentor's own invitation."""

    def __init__(self, invitation_id: int) -> None:
        self.invitation_id = invitation_id
        super().__init__(f"invite:withdraw:{invitation_id}", _("Withdraw invitation"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        async with _current_card_if_refused(interaction, self.invitation_id):
            await interaction.client.db.run(
                invitation_answers.withdraw, actor_of(interaction), self.invitation_id
            )
            await refresh_invitation(interaction, self.invitation_id)
