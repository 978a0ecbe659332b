"""Conceding a dispute: a card that shows who gets the points, then the confirmation."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.formatting import plain
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import send_ephemeral
from bot.views.sessions.session_actions import SessionButton, refresh_card, show_confirmation
from mentorship.errors import TermsChanged
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions import disputes, transitions
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import SessionView
from wording.points import format_points
from wording.reader import Reader


class ConcedeButton(SessionButton):
    """Shows what conceding means for the points, and asks for confirmation."""

    action = Action.CONCEDE
    key, label = "concede", "Concede"

    async def perform(self, interaction: Interaction) -> None:
        await _ask(interaction, self.session_id)


async def _ask(interaction: Interaction, session_id: int) -> None:
    db, actor = interaction.client.db, actor_of(interaction)
    session = await db.read(transitions.load_actionable, actor, session_id, Action.CONCEDE)
    guild = await db.read(guild_settings.load, session.guild_id)
    points = disputes.points_conceded(session, session.party(actor.user_id))
    await show_confirmation(
        interaction,
        Card(
            title="Concede this dispute?",
            text=_terms(session, actor.user_id, points, guild, reader_of(interaction)),
            accent=Accent.WAITING,
        ),
        ConfirmConcessionButton(session_id, points),
        DismissConcessionButton(session_id),
    )


def _terms(
    session: SessionView, reader_id: int, points: int, guild: GuildSettings, reader: Reader
) -> str:
    """Return what conceding does."""
    name = plain(session.other(reader_id).name)
    is_mentor = session.party(reader_id) is Party.MENTOR
    if not session.price:
        counts = "doesn't count" if is_mentor else "counts"
        return f"The session {counts} as completed. It was free, so no points move."
    verb = "refunded" if is_mentor else "paid"
    return f"{name} is {verb} {format_points(points, guild, reader)}, and the dispute is over."


class ConfirmConcessionButton(
    SessionButton, template=r"session:(?P<id>\d{1,18}):really-concede:(?P<points>\d{1,18})"
):
    """Concedes the dispute, if the other side gets the points that the card has shown."""

    key, label, style = "really-concede", "Concede", discord.ButtonStyle.danger

    def __init__(self, session_id: int, points: int) -> None:
        self.session_id, self.points = session_id, points
        custom_id = f"session:{session_id}:{self.key}:{points}"
        PersistentButton.__init__(self, custom_id, self.label, self.style)

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

    key, label = "keep-dispute", "Dismiss"

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)
