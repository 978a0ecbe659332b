"""A session's card, and what each of the two can do with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import Form, PersistentButton, persistent_view
from bot.errors import sentence
from bot.formatting import moment, plain
from bot.interaction import Interaction
from bot.replies import NO_MENTIONS, send_ephemeral
from bot.views.sessions.calendar import CalendarFileButton
from bot.views.sessions.session_card import session_card, status_card
from mentorship.errors import NotAllowedNow
from mentorship.guilds import guild_settings
from mentorship.sessions import session_views, transitions
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import UPCOMING


def action_view(
    session: SessionView, open_acts: Iterable[Action], *more: PersistentButton
) -> ui.View | None:
    """A button for each of `open_acts`, in their order, and `more`; None for nothing to press."""
    items = [*(_button(session, act) for act in open_acts if act in _OFFERED), *more]
    return persistent_view(*items) if items else None


def _button(session: SessionView, act: Action) -> PersistentButton:
    button = _OFFERED[act](session.id)
    if act is Action.CONFIRM and session.proposal is not None:
        # Beside the new time, it has to say which of the two it means.
        button.item.label = "Confirm the old time"
    return button


class SessionButton(PersistentButton, template="unused"):
    """A button about one session. A click that comes too late shows how the session stands.

    `action` names the act of the table that it stands for, if it is offered by itself.
    """

    action: ClassVar[Action | None] = None
    key = ""
    label = ""
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"session:(?P<id>\d+):{cls.key}")
        if cls.action is not None:
            _OFFERED[cls.action] = cls

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"session:{session_id}:{self.key}", self.label, self.style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def on_press(self, interaction: Interaction) -> None:
        try:
            await self.perform(interaction)
        except NotAllowedNow as error:
            await refresh_card(interaction, self.session_id)
            await send_ephemeral(interaction, sentence(error))

    async def perform(self, interaction: Interaction) -> None:
        raise NotImplementedError


_OFFERED: dict[Action, type[SessionButton]] = {}


def session_view(
    session: SessionView, reader_id: int, now: datetime, *more: PersistentButton
) -> ui.View | None:
    """What the person can do to the session now, and with its entry in their calendar; `more`."""
    also: list[PersistentButton] = []
    if session.status in UPCOMING:
        also.append(CalendarFileButton(session.id))
    return action_view(session, session.actions(reader_id, now), *also, *more)


async def refresh_card(interaction: Interaction, session_id: int) -> None:
    """Let the card that was pressed show the session as it stands now."""
    # What lists sessions shows them with these buttons, so one of the two has to wait.
    from bot.views.sessions.session_list import back_to_list

    db = interaction.client.db
    actor = actor_of(interaction)
    session = await db.read(session_views.load_for_participant, actor, session_id)
    guild = await db.read(guild_settings.load, session.guild_id)
    line, embed = status_card(session, actor.user_id, guild, db.now())
    view = session_view(session, actor.user_id, db.now(), *back_to_list(interaction))
    if interaction.response.is_done():
        await interaction.edit_original_response(content=line, embed=embed, view=view)
    else:
        await interaction.response.edit_message(
            content=line, embed=embed, view=view, allowed_mentions=NO_MENTIONS
        )


async def show_confirmation(
    interaction: Interaction, embed: discord.Embed, *items: PersistentButton
) -> None:
    """Ask once more, in place of the card that was pressed, or by itself after a command."""
    from bot.views.sessions.session_list import back_to_list

    view = persistent_view(*items, *back_to_list(interaction))
    if interaction.message is None:
        await send_ephemeral(interaction, embed=embed, view=view)
    else:
        await interaction.response.edit_message(
            content=None, embed=embed, view=view, allowed_mentions=NO_MENTIONS
        )


class ConfirmSessionButton(SessionButton):
    """The mentor takes the session on."""

    action = Action.CONFIRM
    key, label, style = "confirm", "Confirm", discord.ButtonStyle.success

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(transitions.confirm, actor_of(interaction), self.session_id)
        await refresh_card(interaction, self.session_id)


class DeclineSessionButton(SessionButton):
    """The mentor turns the session down, and may say why."""

    action = Action.DECLINE
    key, label, style = "decline", "Decline", discord.ButtonStyle.danger

    async def perform(self, interaction: Interaction) -> None:
        session = await interaction.client.db.read(
            transitions.load_actionable, actor_of(interaction), self.session_id, Action.DECLINE
        )
        await interaction.response.send_modal(DeclineForm(session))


class DeclineForm(Form, title="Decline the session"):
    def __init__(self, session: SessionView) -> None:
        super().__init__()
        self.session_id = session.id
        self.reason = self.add_text_area(
            "reason",
            "Would you like to say why?",
            f"{session.mentee.name} reads it, and gets everything back",
            max_length=transitions.LONGEST_REASON,
            required=False,
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        try:
            await interaction.client.db.run(
                transitions.decline, actor_of(interaction), self.session_id, self.reason.value
            )
        except NotAllowedNow as error:
            await refresh_card(interaction, self.session_id)
            await send_ephemeral(interaction, sentence(error))
            return
        await refresh_card(interaction, self.session_id)


class CancelSessionButton(SessionButton):
    """Asks once more, and says first what comes back."""

    action = Action.CANCEL
    key, label = "cancel", "Cancel session"

    async def perform(self, interaction: Interaction) -> None:
        await show_cancellation_preview(interaction, self.session_id)


async def show_cancellation_preview(interaction: Interaction, session_id: int) -> None:
    """The question before a cancellation: what, and what it gives back."""
    db = interaction.client.db
    actor = actor_of(interaction)
    ending = await db.read(transitions.preview_cancellation, actor, session_id)
    session = ending.session
    guild = await db.read(guild_settings.load, session.guild_id)
    other = session.other(actor.user_id)
    mentor = session.party(actor.user_id) is Party.MENTOR
    if not session.price:
        refund = "It was free, so no points move."
    elif mentor:
        refund = f"{plain(other.name)} gets all {guild.amount(session.price)} back."
    elif ending.refund == session.price:
        refund = f"You get all {guild.amount(ending.refund)} back."
    elif ending.refund:
        refund = f"You get {guild.amount(ending.refund)} of {guild.amount(session.price)} back."
    else:
        refund = (
            f"It is too late for a refund: the {guild.amount(session.price)} "
            f"go to {plain(other.name)}."
        )
    if not mentor and ending.refund < session.price:
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
    key, label, style = "really-cancel", "Yes, cancel it", discord.ButtonStyle.danger

    async def perform(self, interaction: Interaction) -> None:
        await _cancelled(interaction, self.session_id)


class CancelWithReasonButton(SessionButton):
    """Asks for the reason, which the other reads, and cancels with it."""

    key, label = "cancel-why", "Cancel and say why"

    async def perform(self, interaction: Interaction) -> None:
        session = await interaction.client.db.read(
            transitions.load_actionable, actor_of(interaction), self.session_id, Action.CANCEL
        )
        await interaction.response.send_modal(CancelForm(session, interaction.user.id))


class CancelForm(Form, title="Cancel the session"):
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
            await _cancelled(interaction, self.session_id, self.reason.value)
        except NotAllowedNow as error:
            await refresh_card(interaction, self.session_id)
            await send_ephemeral(interaction, sentence(error))


async def _cancelled(interaction: Interaction, session_id: int, reason: str = "") -> None:
    """Cancel, and say what came back. The card that asked becomes the answer."""
    db = interaction.client.db
    actor = actor_of(interaction)
    ending = await db.run(transitions.cancel, actor, session_id, reason)
    session = ending.session
    guild = await db.read(guild_settings.load, session.guild_id)
    other = plain(session.other(actor.user_id).name)
    text = f"{other} will hear of it."
    mine = session.mentee.user_id == actor.user_id
    if ending.refund:
        to = "in your account" if mine else f"with {other}"
        text += f" {guild.amount(ending.refund)} are back {to}."
    if mine and ending.refund < session.price:
        what = "all" if ending.refund else "anything"
        rest = guild.amount(session.price - ending.refund)
        text += f" It was too late to get {what} back: {rest} went to {other}."
    embed = session_card(session, actor.user_id, guild, title=f"Session with {other}", text=text)
    await interaction.response.edit_message(
        content="Your session is cancelled.",
        embed=embed,
        view=persistent_view(CalendarFileButton(session.id, "Remove from calendar")),
        allowed_mentions=NO_MENTIONS,
    )


class KeepSessionButton(SessionButton):
    """Leaves everything as it is, and shows how that is."""

    key, label = "keep-it", "Keep it"

    async def perform(self, interaction: Interaction) -> None:
        await refresh_card(interaction, self.session_id)
