"""A session's card, and what each of the two can do with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self

import discord
from discord import ui

from bot.buttons import Form, Interaction, LastingButton, row
from bot.errors import sentence
from bot.people import actor_of
from bot.replies import NOBODY, show, tell
from bot.views.rating import rating_card
from bot.wording import clock, moment, plain
from mentorship import acts, guilds, sessions
from mentorship.errors import NotAllowedNow
from mentorship.guilds import GuildSettings
from mentorship.lifecycle import Act, Party, Status, Word
from mentorship.sessions import SessionView

_COLOURS = {
    Status.SCHEDULED: discord.Colour.gold(),
    Status.CONFIRMED: discord.Colour.green(),
    Status.IN_PROGRESS: discord.Colour.green(),
    Status.COMPLETED: discord.Colour.blurple(),
}


def card(
    session: SessionView, reader_id: int, guild: GuildSettings, *, title: str, text: str = ""
) -> discord.Embed:
    """A session to one of its two, with both clocks."""
    other = session.other(reader_id)
    mine = session.mentor if session.party(reader_id) is Party.MENTOR else session.mentee
    embed = discord.Embed(
        title=title,
        description=text or None,
        colour=_COLOURS.get(session.status, discord.Colour.light_grey()),
    )
    embed.add_field(name="When", value=moment(session.starts_at), inline=False)
    clocks = [f"You: {clock(session.starts_at, session.ends_at, mine.timezone)}"]
    if other.timezone != mine.timezone:
        theirs = clock(session.starts_at, session.ends_at, other.timezone)
        clocks.append(f"{plain(other.name)}: {theirs}")
    embed.add_field(name="On your clocks", value="\n".join(clocks), inline=False)
    # A mention would show as a bare number to whoever shares no loaded server with them.
    profile = f"https://discord.com/users/{other.user_id}"
    embed.add_field(name="With", value=f"[{plain(other.name)}]({profile})")
    embed.add_field(name="Length", value=f"{session.minutes} minutes")
    embed.add_field(name="Price", value=guild.amount(session.price) if session.price else "free")
    if session.topic:
        embed.add_field(name="Topic", value=plain(session.topic), inline=False)
    if session.meeting_link and session.status in (Status.CONFIRMED, Status.IN_PROGRESS):
        embed.add_field(name="Where", value=session.meeting_link, inline=False)
    if session.ended_reason:
        embed.add_field(name="Reason", value=plain(session.ended_reason), inline=False)
    return embed


def buttons(session: SessionView, open_acts: Iterable[Act]) -> ui.View | None:
    """A button for each of `acts`, in their order; None if there is nothing to press."""
    made = {
        Act.CONFIRM: Confirm,
        Act.DECLINE: Decline,
        Act.CANCEL: Cancel,
        Act.TOOK_PLACE: TookPlace,
    }
    items = [made[act](session.id) for act in open_acts if act in made]
    return row(*items) if items else None


def status_card(
    session: SessionView, reader_id: int, guild: GuildSettings
) -> tuple[str, discord.Embed]:
    """A session as it stands now: a line that says so, and the card."""
    name = plain(session.other(reader_id).name)
    text = ""
    if session.answer_by is not None:
        waits = "You have" if session.party(reader_id) is Party.MENTOR else f"{name} has"
        text = f"{waits} until {moment(session.answer_by)} to confirm."
    embed = card(session, reader_id, guild, title=f"Session with {name}", text=text)
    return f"{session.status.words.capitalize()}: {name}", embed


class _SessionButton(LastingButton, template="unused"):
    """A button about one session. A click that comes too late shows how the session stands."""

    act = ""
    label = ""
    style = discord.ButtonStyle.secondary

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(template=template or rf"session:(?P<id>\d+):{cls.act}")

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


class Confirm(_SessionButton):
    """The mentor takes the session on."""

    act, label, style = "confirm", "Confirm", discord.ButtonStyle.success

    async def done(self, interaction: Interaction) -> None:
        await interaction.client.db.run(acts.confirm, actor_of(interaction), self.session_id)
        await refresh(interaction, self.session_id)


class Decline(_SessionButton):
    """The mentor turns the session down, and may say why."""

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


class Cancel(_SessionButton):
    """Asks once more, and says first what comes back."""

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


class ReallyCancel(_SessionButton):
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


class TookPlace(_SessionButton):
    """The mentee says that they met; then come the stars."""

    act, label, style = "took-place", "It took place", discord.ButtonStyle.success

    async def done(self, interaction: Interaction) -> None:
        db = interaction.client.db
        outcome = await db.run(acts.say, actor_of(interaction), self.session_id, Word.TOOK_PLACE)
        embed, view = rating_card(outcome.session)
        await interaction.response.edit_message(
            content=None, embed=embed, view=view, allowed_mentions=NOBODY
        )


LASTING = (Cancel, Confirm, Decline, KeepIt, ReallyCancel, TookPlace)
