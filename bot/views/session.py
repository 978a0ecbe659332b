"""A session's card, and what each of the two can do with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Self

import discord
from discord import ui

from bot.buttons import Form, Interaction, LastingButton, row
from bot.errors import sentence
from bot.people import actor_of
from bot.replies import NOBODY, show, tell
from bot.views.session_card import status_card
from bot.wording import moment, plain
from mentorship import acts, guilds, sessions
from mentorship.errors import NotAllowedNow
from mentorship.lifecycle import Act, Party
from mentorship.sessions import SessionView


def buttons(session: SessionView, open_acts: Iterable[Act], *more: LastingButton) -> ui.View | None:
    """A button for each of `open_acts`, in their order, and `more`; None for nothing to press."""
    items = [*(_OFFERED[act](session.id) for act in open_acts if act in _OFFERED), *more]
    return row(*items) if items else None


class SessionButton(LastingButton, template="unused"):
    """A button about one session. A click that comes too late shows how the session stands.

    `does` names the act of the table that it stands for, if it is offered by itself.
    """

    does: ClassVar[Act | None] = None
    act = ""
    label = ""
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"session:(?P<id>\d+):{cls.act}")
        if cls.does is not None:
            _OFFERED[cls.does] = cls

    def __init__(self, session_id: int) -> None:
        self.session_id = session_id
        super().__init__(f"session:{session_id}:{self.act}", self.label, self.style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]))

    async def pressed(self, interaction: Interaction) -> None:
        try:
            await self.done(interaction)
        except NotAllowedNow as error:
            await refresh(interaction, self.session_id)
            await tell(interaction, sentence(error))

    async def done(self, interaction: Interaction) -> None:
        raise NotImplementedError


_OFFERED: dict[Act, type[SessionButton]] = {}


async def refresh(interaction: Interaction, session_id: int) -> None:
    """Let the card that was pressed show the session as it stands now."""
    db = interaction.client.db
    actor = actor_of(interaction)
    session = await db.read(sessions.show, actor, session_id)
    guild = await db.read(guilds.settings, session.guild_id)
    line, embed = status_card(session, actor.user_id, guild)
    view = buttons(session, session.acts(actor.user_id, db.now()))
    if interaction.response.is_done():
        await interaction.edit_original_response(content=line, embed=embed, view=view)
    else:
        await interaction.response.edit_message(
            content=line, embed=embed, view=view, allowed_mentions=NOBODY
        )


class Confirm(SessionButton):
    """The mentor takes the session on."""

    does = Act.CONFIRM
    act, label, style = "confirm", "Confirm", discord.ButtonStyle.success

    async def done(self, interaction: Interaction) -> None:
        await interaction.client.db.run(acts.confirm, actor_of(interaction), self.session_id)
        await refresh(interaction, self.session_id)


class Decline(SessionButton):
    """The mentor turns the session down, and may say why."""

    does = Act.DECLINE
    act, label, style = "decline", "Decline", discord.ButtonStyle.danger

    async def done(self, interaction: Interaction) -> None:
        session = await interaction.client.db.read(
            acts.open_to, actor_of(interaction), self.session_id, Act.DECLINE
        )
        await interaction.response.send_modal(DeclineForm(session))


class DeclineForm(Form, title="Decline the session"):
    def __init__(self, session: SessionView) -> None:
        super().__init__()
        self.session_id = session.id
        self.reason = ui.TextInput["DeclineForm"](
            custom_id="reason",
            style=discord.TextStyle.paragraph,
            max_length=acts.LONGEST_REASON,
            required=False,
        )
        self.add_item(
            ui.Label(
                text="Would you like to say why?",
                description=f"{session.mentee.name} will read it and gets everything back"[:100],
                component=self.reason,
            )
        )

    async def on_submit(  # type: ignore[override]  # the client's type is known
        self, interaction: Interaction
    ) -> None:
        try:
            await interaction.client.db.run(
                acts.decline, actor_of(interaction), self.session_id, self.reason.value
            )
        except NotAllowedNow as error:
            await refresh(interaction, self.session_id)
            await tell(interaction, sentence(error))
            return
        await refresh(interaction, self.session_id)


class Cancel(SessionButton):
    """Asks once more, and says first what comes back."""

    does = Act.CANCEL
    act, label = "cancel", "Cancel session"

    async def done(self, interaction: Interaction) -> None:
        await ask_to_cancel(interaction, self.session_id)


async def ask_to_cancel(interaction: Interaction, session_id: int) -> None:
    """The question before a cancellation: what, and what it gives back."""
    db = interaction.client.db
    actor = actor_of(interaction)
    ending = await db.read(acts.before_cancel, actor, session_id)
    session = ending.session
    guild = await db.read(guilds.settings, session.guild_id)
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
    await tell(
        interaction,
        embed=discord.Embed(
            title="Cancel this session?",
            description=f"{plain(other.name)}, {moment(session.starts_at)}\n\n**{refund}**",
            colour=discord.Colour.orange(),
        ),
        view=row(ReallyCancel(session.id), KeepIt()),
    )


class ReallyCancel(SessionButton):
    act, label, style = "really-cancel", "Yes, cancel it", discord.ButtonStyle.danger

    async def done(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        ending = await db.run(acts.cancel, actor, self.session_id)
        guild = await db.read(guilds.settings, ending.session.guild_id)
        other = ending.session.other(actor.user_id)
        back = f" {guild.amount(ending.refund)} went back." if ending.refund else ""
        await show(
            interaction,
            f"The session is cancelled, and {plain(other.name)} will hear of it.{back}",
        )


class KeepIt(LastingButton, template=r"session:keep"):
    """Leaves everything as it is."""

    def __init__(self) -> None:
        super().__init__("session:keep", "Keep it")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def pressed(self, interaction: Interaction) -> None:
        await show(interaction, "Nothing has changed: the session stands.")


LASTING = (Cancel, Confirm, Decline, KeepIt, ReallyCancel)
