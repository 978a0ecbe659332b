"""The card of a dispute, and the moderators' decision."""

from __future__ import annotations

import re
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.errors import sentence
from bot.formatting import moment, plain
from bot.interaction import Interaction
from bot.readers import reader_of, readers_of_message
from bot.replies import edit_card, respond, send_ephemeral
from bot.views.sessions.attendance_texts import split_shares
from mentorship.errors import NotAllowedNow
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions import disputes
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.session_views import Person, SessionView
from mentorship.statuses import SessionStatus
from wording.durations import counted
from wording.points import format_points
from wording.reader import Reader

_LABELS = {
    Action.PAY: "Pay the mentor",
    Action.REFUND: "Refund the mentee",
    Action.SPLIT: "Split it",
}

_FREE_LABELS = {Action.PAY: "They met", Action.REFUND: "They didn't meet"}
"""The decisions about a free session: no points move, so there is nothing to split."""


def dispute_card(
    session: SessionView, guild: GuildSettings, reader: Reader, decision: Action | None = None
) -> tuple[str, Card, ActionRows]:
    """Return the headline, both reports, and the decisions to choose from while it is open."""
    mentor, mentee = session.mentor, session.mentee
    is_open = session.status is SessionStatus.DISPUTED
    card = Card(
        title="Did they meet?" if is_open else "Dispute resolved",
        text=f"{plain(mentor.name)}'s {session.minutes}-minute session with {plain(mentee.name)} "
        f"was on {moment(session.starts_at)}." + (f" {_question(session)}" if is_open else ""),
        accent=Accent.WAITING if is_open else Accent.OVER,
    )
    card.add_fact(
        f"{plain(mentor.name)} (mentor) says",
        _format_report(session.reports.get(Party.MENTOR), mentee),
    )
    card.add_fact(
        f"{plain(mentee.name)} (mentee) says",
        _format_report(session.reports.get(Party.MENTEE), mentor),
    )
    price = format_points(session.price, guild, reader) if session.price else "nothing, it was free"
    card.add_fact("On hold" if is_open else "Price", price)
    if session.topic:
        card.add_fact("Topic", plain(session.topic))
    headline = f"A session of <@{mentor.user_id}> and <@{mentee.user_id}> needs your decision."
    if is_open:
        if session.next_at is not None:
            date = moment(session.next_at)
            default = f"It counts as completed on {date}."
            if session.price:
                default = f"The points are split on {date}: {_split_terms(session, guild, reader)}."
            card.add_fact("If nobody decides", default)
        labels = _LABELS if session.price else _FREE_LABELS
        return (
            headline,
            card,
            action_rows(
                *(ResolveDisputeButton(session.id, act, label) for act, label in labels.items())
            ),
        )
    decided_by = f" by <@{session.ended_by}>" if session.ended_by else ""
    decided_at = f"\n{moment(session.ended_at)}" if session.ended_at else ""
    outcome = _outcome(session, guild, reader, decision)
    card.add_fact("Decided", f"{outcome}{decided_at}")
    return f"Resolved{decided_by}.", card, ()


def reminder_card(
    session: SessionView, guild: GuildSettings, reader: Reader, days: int
) -> tuple[str, Card, ActionRows]:
    """Return the card of a dispute that has been open for some days."""
    _, card, actions = dispute_card(session, guild, reader)
    people = f"<@{session.mentor.user_id}> and <@{session.mentee.user_id}>"
    return (
        f"A dispute between {people} has been open for {counted(days, 'day', reader)}.",
        card,
        actions,
    )


def _question(session: SessionView) -> str:
    """Return what the moderators have to decide."""
    if session.price:
        return "Their reports don't match. Ask them if you need to know more."
    mentor, mentee = plain(session.mentor.name), plain(session.mentee.name)
    return (
        "Their reports don't match. No points are at stake: decide whether it counts as one of "
        f"{mentor}'s sessions, so that {mentee} can rate it."
    )


def _format_report(report: Attendance | None, other: Person) -> str:
    """Return what a participant reported."""
    if report is None:
        return "nothing yet"
    return "We met" if report is Attendance.MET else f"{plain(other.name)} didn't show up"


def _outcome(
    session: SessionView, guild: GuildSettings, reader: Reader, decision: Action | None
) -> str:
    """Return how the dispute ended, and what that means for the points."""
    conceded = f"<@{session.ended_by}> conceded. " if decision is Action.CONCEDE else ""
    if session.status is SessionStatus.REFUNDED:
        if not session.price:
            return f"{conceded}The session doesn't count."
        return f"{conceded}{plain(session.mentee.name)} is refunded in full."
    if not session.price:
        return f"{conceded}The session counts as completed."
    if decision is Action.SPLIT:
        late = "Nobody decided in time. " if session.ended_by is None else ""
        return f"{late}The points are split: {_split_terms(session, guild, reader)}."
    if decision is None:
        return "The session counts as completed."
    return f"{conceded}{plain(session.mentor.name)} is paid."


def _split_terms(session: SessionView, guild: GuildSettings, reader: Reader) -> str:
    """Return what each participant gets from a split; an odd point is refunded."""
    refund, payout = (format_points(each, guild, reader) for each in split_shares(session))
    return f"{payout} for {plain(session.mentor.name)}, {refund} for {plain(session.mentee.name)}"


async def show_dispute(interaction: Interaction, session_id: int) -> None:
    """Show a moderator the card of a dispute."""
    line, card, actions = await _load_card(interaction, session_id)
    await respond(interaction, line, card=card, actions=actions)


async def _load_card(interaction: Interaction, session_id: int) -> tuple[str, Card, ActionRows]:
    db, actor = interaction.client.db, actor_of(interaction)
    session = await db.read(disputes.load, actor, session_id)
    guild = await db.read(guild_settings.load, actor.guild)
    decision = await db.read(disputes.find_resolution, actor, session_id)
    return dispute_card(session, guild, readers_of_message(interaction), decision)


class ResolveDisputeButton(
    PersistentButton, template=r"dispute:(?P<id>\d{1,18}):(?P<act>pay|refund|split)"
):
    """Makes one of the decisions. Only the first one counts; later ones show it."""

    def __init__(self, session_id: int, act: Action, label: str | None = None) -> None:
        self.session_id, self.act = session_id, act
        style = discord.ButtonStyle.primary if act is Action.PAY else discord.ButtonStyle.secondary
        super().__init__(f"dispute:{session_id}:{act}", label or _LABELS[act], style)

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
            await send_ephemeral(interaction, sentence(error, reader_of(interaction)))
        else:
            await self._refresh(interaction)

    async def _refresh(self, interaction: Interaction) -> None:
        line, card, actions = await _load_card(interaction, self.session_id)
        await edit_card(interaction, line, card=card, actions=actions)
