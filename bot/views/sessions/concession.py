"""Conceding a dispute: a card that shows who gets the points, then the confirmation.

In a free session, conceding agrees with what the other participant reported.
"""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import send_ephemeral
from bot.views.sessions.attendance_texts import agrees_that_they_met, concession_label
from bot.views.sessions.people import other_name
from bot.views.sessions.session_actions import SessionButton, refresh_card, show_confirmation
from mentorship.errors import TermsChanged
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions import transitions
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import SessionView
from wording.points import format_points
from wording.reader import Reader
from wording.translation import N_, _, sentences


class ConcedeButton(SessionButton):
    """Shows what conceding means, and asks for confirmation."""

    action = Action.CONCEDE
    # Translators: a button: to give in to what the other one reported.
    key, label = "concede", N_("Concede")

    async def perform(self, interaction: Interaction) -> None:
        await _ask(interaction, self.session_id)


async def _ask(interaction: Interaction, session_id: int) -> None:
    db, actor = interaction.client.db, actor_of(interaction)
    session = await db.read(transitions.load_actionable, actor, session_id, Action.CONCEDE)
    guild = await db.read(guild_settings.load, session.guild_id)
    party = session.party(actor.user_id)
    if session.price:
        points = disputes.points_conceded(session, party)
        card = _priced_terms(session, party, points, guild, reader_of(interaction))
    else:
        points = 0
        card = _free_terms(session, party)
    await show_confirmation(
        interaction,
        card,
        ConfirmConcessionButton(session_id, points, concession_label(session, party)),
        DismissConcessionButton(session_id),
    )


def _priced_terms(
    session: SessionView, party: Party, points: int, guild: GuildSettings, reader: Reader
) -> Card:
    """Return the card that says who gets the points if `party` concedes."""
    name = other_name(session, session.person(party).user_id)
    shown = format_points(points, guild, reader)
    if party is Party.MENTOR:
        text = _("{name} is refunded {points}, and the dispute is over.", name=name, points=shown)
    else:
        text = _("{name} is paid {points}, and the dispute is over.", name=name, points=shown)
    return Card(title=_("Concede this dispute?"), text=text, accent=Accent.WAITING)


def _free_terms(session: SessionView, party: Party) -> Card:
    """Return the card that says whether a free session counts if `party` concedes."""
    if agrees_that_they_met(session, party):
        can_rate = (
            _("You can rate it.")
            if party is Party.MENTEE
            else _("{name} can rate it.", name=other_name(session, session.mentor.user_id))
        )
        return Card(
            title=_("Did you meet after all?"),
            text=sentences(
                _("The session counts as completed, and the dispute is over."), can_rate
            ),
            accent=Accent.WAITING,
        )
    return Card(
        title=_("Did you not meet?"),
        text=_("The session doesn't count as completed, and the dispute is over."),
        accent=Accent.WAITING,
    )


class ConfirmConcessionButton(
    SessionButton, template=r"session:(?P<id>\d{1,18}):really-concede:(?P<points>\d{1,18})"
):
    """Concedes the dispute, if the other side gets the points that the card has shown."""

    key, label, style = "really-concede", N_("Concede"), discord.ButtonStyle.danger

    def __init__(self, session_id: int, points: int, label: str | None = None) -> None:
        self.session_id, self.points = session_id, points
        custom_id = f"session:{session_id}:{self.key}:{points}"
        PersistentButton.__init__(self, custom_id, label or _(self.label), self.style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["points"]))

    async def perform(self, interaction: Interaction) -> None:
        db, actor = interaction.client.db, actor_of(interaction)
        try:
            await db.run(disputes.concede, actor, self.session_id, seen=self.points)
        except TermsChanged as error:
            await _ask(interaction, self.session_id)
            await send_ephemeral(interaction, sentence(error, reader_of(interaction)))
        else:
            await refresh_card(interaction, self.session_id)


class DismissConcessionButton(SessionButton):
    """Leaves the confirmation card without conceding."""

    # Translators: a button that leaves a question.
    key, label = "keep-dispute", N_("Dismiss")

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)
