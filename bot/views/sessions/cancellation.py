"""Cancelling a session: a card that shows the refund first, then the confirmation."""

from __future__ import annotations

import discord

from bot.actors import actor_of
from bot.components.persistent import Form, persistent_view
from bot.formatting import moment, plain
from bot.interaction import Interaction
from bot.replies import NO_MENTIONS
from bot.views.sessions.calendar import CalendarFileButton
from bot.views.sessions.session_actions import (
    SessionButton,
    refresh_card,
    show_confirmation,
    show_too_late,
)
from bot.views.sessions.session_card import session_card
from mentorship.errors import NotAllowedNow
from mentorship.guilds import guild_settings
from mentorship.sessions import transitions
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import SessionView
from wording.points import format_points
from wording.reader import ENGLISH


class CancelSessionButton(SessionButton):
    """Shows what cancelling would refund, and asks for confirmation."""

    action = Action.CANCEL
    key, label = "cancel", "Cancel session"

    async def perform(self, interaction: Interaction) -> None:
        await show_cancellation_preview(interaction, self.session_id)


async def show_cancellation_preview(interaction: Interaction, session_id: int) -> None:
    """Show the refund of cancelling now, with the buttons to confirm.

    Raises `NotFound`, `NotAllowedNow`.
    """
    db = interaction.client.db
    actor = actor_of(interaction)
    preview = await db.read(transitions.preview_cancellation, actor, session_id)
    session = preview.session
    guild = await db.read(guild_settings.load, session.guild_id)
    other = session.other(actor.user_id)
    is_mentor = session.party(actor.user_id) is Party.MENTOR
    if not session.price:
        refund = "It was free, so no points move."
    elif is_mentor:
        refund = (
            f"{plain(other.name)} gets all {format_points(session.price, guild, ENGLISH)} back."
        )
    elif preview.refund == session.price:
        refund = f"You get all {format_points(preview.refund, guild, ENGLISH)} back."
    elif preview.refund:
        price = format_points(session.price, guild, ENGLISH)
        refund = f"You get {format_points(preview.refund, guild, ENGLISH)} of {price} back."
    else:
        refund = (
            f"It is too late for a refund: the {format_points(session.price, guild, ENGLISH)} "
            f"go to {plain(other.name)}."
        )
    if not is_mentor and preview.refund < session.price:
        refund += " Proposing another time costs nothing."
    await show_confirmation(
        interaction,
        discord.Embed(
            title="Cancel this session?",
            description=f"{plain(other.name)}, {moment(session.starts_at)}\n\n**{refund}**",
            colour=discord.Colour.orange(),
        ),
        ConfirmCancellationButton(session.id),
        CancelWithReasonButton(session.id),
        KeepSessionButton(session.id),
    )


class ConfirmCancellationButton(SessionButton):
    """Cancels the session."""

    key, label, style = "really-cancel", "Yes, cancel it", discord.ButtonStyle.danger

    async def perform(self, interaction: Interaction) -> None:
        await _cancel(interaction, self.session_id)


class CancelWithReasonButton(SessionButton):
    """Opens the form that cancels the session with a reason."""

    key, label = "cancel-why", "Cancel and say why"

    async def perform(self, interaction: Interaction) -> None:
        session = await interaction.client.db.read(
            transitions.load_actionable, actor_of(interaction), self.session_id, Action.CANCEL
        )
        await interaction.response.send_modal(CancelForm(session, interaction.user.id))


class CancelForm(Form, title="Cancel the session"):
    """Cancels the session with a reason that the other participant reads."""

    def __init__(self, session: SessionView, reader_id: int) -> None:
        super().__init__()
        self.session_id = session.id
        self.reason = self.add_text_area(
            "reason",
            "Why?",
            f"{session.other(reader_id).name} will read it",
            max_length=transitions.LONGEST_REASON,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        try:
            await _cancel(interaction, self.session_id, self.reason.value)
        except NotAllowedNow as error:
            await show_too_late(interaction, self.session_id, error)


async def _cancel(interaction: Interaction, session_id: int, reason: str = "") -> None:
    """Cancel the session, and show the refund in place of the confirmation card."""
    db = interaction.client.db
    actor = actor_of(interaction)
    result = await db.run(transitions.cancel, actor, session_id, reason)
    session = result.session
    guild = await db.read(guild_settings.load, session.guild_id)
    other_name = plain(session.other(actor.user_id).name)
    text = f"{other_name} will hear of it."
    is_mentee = session.mentee.user_id == actor.user_id
    if result.refund:
        account = "in your account" if is_mentee else f"with {other_name}"
        text += f" {format_points(result.refund, guild, ENGLISH)} are back {account}."
    if is_mentee and result.refund < session.price:
        portion = "all" if result.refund else "anything"
        paid = format_points(session.price - result.refund, guild, ENGLISH)
        text += f" It was too late to get {portion} back: {paid} went to {other_name}."
    embed = session_card(
        session, actor.user_id, guild, title=f"Session with {other_name}", text=text
    )
    await interaction.response.edit_message(
        content="Your session is cancelled.",
        embed=embed,
        view=persistent_view(CalendarFileButton(session.id, "Remove from calendar")),
        allowed_mentions=NO_MENTIONS,
    )


class KeepSessionButton(SessionButton):
    """Leaves the confirmation card and shows the session again."""

    key, label = "keep-it", "Keep it"

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)
