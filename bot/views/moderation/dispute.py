"""The card of a dispute, and the moderators' decision."""

from __future__ import annotations

import re
from typing import Self

import discord
from discord import ui

from bot.actors import actor_of
from bot.components.persistent import PersistentButton, persistent_view
from bot.errors import sentence
from bot.formatting import moment, plain
from bot.interaction import Interaction
from bot.replies import NO_MENTIONS, send_ephemeral
from mentorship.errors import NotAllowedNow
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions import disputes
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from wording.points import format_points
from wording.reader import ENGLISH

_LABELS = {
    Action.PAY: "Pay the mentor",
    Action.REFUND: "Give it back",
    Action.SPLIT: "Split it",
}


_ASK_THEM = " They say different things; please ask them if you need to know more."


def dispute_card(
    session: SessionView, guild: GuildSettings, decision: Action | None = None
) -> tuple[str, discord.Embed, ui.View | None]:
    """Return the headline, both reports, and the decisions to choose from while it is open."""
    mentor, mentee = session.mentor, session.mentee
    is_open = session.status is SessionStatus.DISPUTED
    embed = discord.Embed(
        title="Did this session take place?" if is_open else "A dispute is settled",
        description=f"{plain(mentor.name)} was to mentor {plain(mentee.name)} for "
        f"{session.minutes} minutes on {moment(session.starts_at)}."
        + (_ASK_THEM if is_open else ""),
        colour=discord.Colour.orange() if is_open else discord.Colour.light_grey(),
    )
    embed.add_field(
        name=f"{plain(mentor.name)} (mentor) says",
        value=_format_report(session.reports.get(Party.MENTOR), mentee),
    )
    embed.add_field(
        name=f"{plain(mentee.name)} (mentee) says",
        value=_format_report(session.reports.get(Party.MENTEE), mentor),
    )
    price = (
        format_points(session.price, guild, ENGLISH) if session.price else "nothing, it was free"
    )
    embed.add_field(name="Held" if is_open else "It was about", value=price, inline=False)
    if session.topic:
        embed.add_field(name="Topic", value=plain(session.topic), inline=False)
    headline = f"A session of <@{mentor.user_id}> and <@{mentee.user_id}> needs your decision."
    if is_open:
        if session.price:
            embed.set_footer(text=f"Splitting it: {_split_terms(session, guild)}.")
        return (
            headline,
            embed,
            persistent_view(
                *(ResolveDisputeButton(session.id, act) for act in disputes.RESOLUTIONS)
            ),
        )
    decided_by = f" by <@{session.ended_by}>" if session.ended_by else ""
    decided_at = f"\n{moment(session.ended_at)}" if session.ended_at else ""
    outcome = _outcome(session, guild, decision)
    embed.add_field(name="Decided", value=f"{outcome}{decided_at}", inline=False)
    return f"Settled{decided_by}.", embed, None


def _format_report(report: Attendance | None, other: Person) -> str:
    """Return what a participant reported."""
    if report is None:
        return "nothing yet"
    return "It took place." if report is Attendance.MET else f"{plain(other.name)} did not come."


def _outcome(session: SessionView, guild: GuildSettings, decision: Action | None) -> str:
    """Return what the decision means for the points."""
    if session.status is SessionStatus.REFUNDED:
        return f"Everything went back to {plain(session.mentee.name)}."
    if decision is Action.SPLIT and session.price:
        return f"It is split: {_split_terms(session, guild)}."
    if decision is Action.PAY and session.price:
        return f"{plain(session.mentor.name)} is paid."
    return "It counts as held."


def _split_terms(session: SessionView, guild: GuildSettings) -> str:
    """Return what each participant gets from a split; an odd point is refunded."""
    half = session.price // 2
    share = " less the server's share" if session.fee_percent else ""
    refund = format_points(session.price - half, guild, ENGLISH)
    return (
        f"{format_points(half, guild, ENGLISH)}{share} for {plain(session.mentor.name)}, "
        f"{refund} back to {plain(session.mentee.name)}"
    )


class ResolveDisputeButton(
    PersistentButton, template=r"dispute:(?P<id>\d{1,18}):(?P<act>pay|refund|split)"
):
    """Makes one of the decisions. Only the first one counts; later ones show it."""

    def __init__(self, session_id: int, act: Action) -> None:
        self.session_id, self.act = session_id, act
        style = discord.ButtonStyle.primary if act is Action.PAY else discord.ButtonStyle.secondary
        super().__init__(f"dispute:{session_id}:{act}", _LABELS[act], style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), Action(match["act"]))

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        try:
            await db.run(disputes.resolve, actor, self.session_id, self.act)
        except NotAllowedNow as error:
            await self._refresh(interaction)
            await send_ephemeral(interaction, sentence(error))
        else:
            await self._refresh(interaction)

    async def _refresh(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        session = await db.read(disputes.load, actor, self.session_id)
        guild = await db.read(guild_settings.load, actor.guild)
        decision = await db.read(disputes.find_resolution, actor, self.session_id)
        line, embed, view = dispute_card(session, guild, decision)
        await interaction.response.edit_message(
            content=line, embed=embed, view=view, allowed_mentions=NO_MENTIONS
        )
