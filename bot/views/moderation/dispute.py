"""The card of a dispute, and the moderators' decision."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, ActionRows, Card, action_rows
from bot.components.persistent import PersistentButton
from bot.formatting import discord_timestamp, mention, plain
from bot.interaction import Interaction
from bot.readers import readers_of_message
from bot.replies import edit_card, respond, send_ephemeral
from bot.views.sessions.attendance_texts import split_shares
from mentorship.errors import NotAllowedNow
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from wording.lists import listed
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader
from wording.translation import N_, _, ngettext, pgettext, sentences, speaking

_LABELS = {
    Action.PAY: N_("Pay the mentor"),
    Action.REFUND: N_("Refund the mentee"),
    Action.SPLIT: N_("Split it"),
}

_FREE_LABELS = {Action.PAY: N_("They met"), Action.REFUND: N_("They didn't meet")}
"""The decisions about a free session: whether it counts. There is nothing to pay or split."""


def dispute_card(
    session: SessionView, guild: GuildSettings, reader: Reader, decision: Action | None = None
) -> tuple[str, Card, ActionRows]:
    """Return the headline, both reports, and the decisions to choose from while it is open.

    For a free session that is whether it counts, since there are no points to divide.
    """
    is_open = session.status is SessionStatus.DISPUTED
    card = Card(
        title=_("Did they meet?") if is_open else _("Dispute resolved"),
        text=sentences(_subject(session), _question(session) if is_open else ""),
        accent=Accent.WAITING if is_open else Accent.OVER,
    )
    mentor, mentee = _first_names(session)
    for party, name, other in ((Party.MENTOR, mentor, mentee), (Party.MENTEE, mentee, mentor)):
        card.add_fact(
            # Translators: followed by a report of a session, such as "We met"
            _("{name} (mentor) says", name=name)
            if party is Party.MENTOR
            else _("{name} (mentee) says", name=name),
            _format_report(session.reports.get(party), other),
        )
    if session.price:
        price = format_points(session.price, guild, reader)
        card.add_fact(
            pgettext("points", "On hold") if is_open else pgettext("points", "Price"), price
        )
    if session.topic:
        card.add_fact(_("Topic"), plain(session.topic))
    people = _mentions(session, reader)
    if is_open:
        if session.next_at is not None:
            card.add_fact(_("If nobody decides"), _default(session, guild, reader, session.next_at))
        labels = _LABELS if session.price else _FREE_LABELS
        buttons = (ResolveDisputeButton(session.id, act, _(label)) for act, label in labels.items())
        return (
            _("A session of {people} needs your decision.", people=people),
            card,
            action_rows(*buttons),
        )
    decided_at = f"\n{discord_timestamp(session.ended_at)}" if session.ended_at else ""
    card.add_fact(
        pgettext("a dispute", "Decided"),
        f"{_outcome(session, guild, reader, decision)}{decided_at}",
    )
    moderator = f"<@{session.ended_by}>"
    resolved = (
        _(
            "The dispute between {people} was resolved by {moderator}.",
            people=people,
            moderator=moderator,
        )
        if (session.ended_by or 0) > 0
        else _("The dispute between {people} was resolved.", people=people)
    )
    return resolved, card, ()


def reminder_card(
    session: SessionView, guild: GuildSettings, reader: Reader, days: int
) -> tuple[str, Card, ActionRows]:
    """Return the card of a dispute that has been open for some days."""
    card, actions = dispute_card(session, guild, reader)[1:]
    reminder = ngettext(
        "A dispute between {people} has been open for {count} day.",
        "A dispute between {people} has been open for {count} days.",
        days,
        people=_mentions(session, reader),
    )
    return reminder, card, actions


def _mentions(session: SessionView, reader: Reader) -> str:
    people = session.mentor, session.mentee
    return listed((mention(person.user_id, person.name) for person in people), reader)


def _subject(session: SessionView) -> str:
    """Return which session it is."""
    mentor, mentee = _first_names(session)
    values = {
        "mentor": mentor,
        "mentee": mentee,
        "time": discord_timestamp(session.starts_at),
    }
    if session.price:
        return ngettext(
            "{mentor}'s {count}-minute session with {mentee} was on {time}.",
            "{mentor}'s {count}-minute session with {mentee} was on {time}.",
            session.minutes,
            **values,
        )
    return ngettext(
        "{mentor}'s free {count}-minute session with {mentee} was on {time}.",
        "{mentor}'s free {count}-minute session with {mentee} was on {time}.",
        session.minutes,
        **values,
    )


def _question(session: SessionView) -> str:
    """Return what the moderators have to decide."""
    if session.price:
        return _("Their reports don't match. Ask them if you need to know more.")
    mentee = _first_names(session)[1]
    return _(
        "Their reports don't match. No points are at stake. If they met, the session counts as "
        "completed and {mentee} can rate it. If they didn't, it doesn't count.",
        mentee=mentee,
    )


def _default(session: SessionView, guild: GuildSettings, reader: Reader, at: datetime) -> str:
    """Return what happens at `at` if nobody has decided until then."""
    if not session.price:
        return _("It counts as completed on {time}.", time=discord_timestamp(at))
    # Translators: {shares} is "🪙 27 for Oliver, 🪙 30 for Ada"
    return _(
        "The points are split on {time}: {shares}.",
        time=discord_timestamp(at),
        shares=_split_terms(session, guild, reader),
    )


def _first_names(session: SessionView) -> tuple[str, str]:
    """Return the names of mentor and mentee in running text."""
    names = session.mentor.name, session.mentee.name
    mentor, mentee = (first_name(name) for name in names)
    if mentor == mentee:
        mentor, mentee = names
    return plain(mentor), plain(mentee)


def _format_report(report: Attendance | None, other: str) -> str:
    """Return what a participant reported; `other` is the name of the other one."""
    if report is None:
        return pgettext("somebody's report of a session", "nothing yet")
    return _("We met") if report is Attendance.MET else _("{name} didn't come", name=other)


def _outcome(
    session: SessionView, guild: GuildSettings, reader: Reader, decision: Action | None
) -> str:
    """Return how the dispute ended, and what that means for the points."""
    mentor, mentee = _first_names(session)
    conceded = ""
    if decision is Action.CONCEDE and session.ended_by is not None:
        is_mentor = session.ended_by == session.mentor.user_id
        person = session.mentor if is_mentor else session.mentee
        name = mention(session.ended_by, person.name)
        conceded = (
            _("{name} conceded.", name=name)
            if session.price
            else _("{name} agreed with the other report.", name=name)
        )
    late = _("Nobody decided in time.") if session.ended_by is None else ""
    if session.status is SessionStatus.REFUNDED:
        if not session.price:
            return sentences(conceded, _("They didn't meet, so the session doesn't count."))
        price = format_points(session.price, guild, reader)
        refunded = _("{mentee} is refunded {points}.", mentee=mentee, points=price)
        return sentences(conceded, refunded)
    if not session.price:
        return sentences(conceded, late, _("The session counts as completed."))
    if decision is Action.SPLIT:
        shares = _split_terms(session, guild, reader)
        return sentences(late, _("The points are split: {shares}.", shares=shares))
    if decision is None:
        return _("The session counts as completed.")
    payout = format_points(session.payout, guild, reader)
    return sentences(conceded, _("{mentor} is paid {points}.", mentor=mentor, points=payout))


def _split_terms(session: SessionView, guild: GuildSettings, reader: Reader) -> str:
    """Return what each participant gets from a split; an odd point is refunded."""
    refund, payout = (format_points(each, guild, reader) for each in split_shares(session))
    mentor, mentee = _first_names(session)
    # Translators: points for two people: "🪙 27 for Oliver, 🪙 30 for Ada"
    return _(
        "{payout} for {mentor}, {refund} for {mentee}",
        payout=payout,
        mentor=mentor,
        refund=refund,
        mentee=mentee,
    )


async def show_dispute(interaction: Interaction, session_id: int) -> None:
    """Show a moderator the card of a dispute."""
    line, card, actions = await _load_card(interaction, session_id)
    await respond(interaction, line, card=card, actions=actions)


async def _load_card(interaction: Interaction, session_id: int) -> tuple[str, Card, ActionRows]:
    db, actor = interaction.client.db, actor_of(interaction)
    session = await db.read(disputes.load, actor, session_id)
    guild = await db.read(guild_settings.load, actor.guild)
    decision = await db.read(disputes.find_resolution, actor, session_id)
    reader = readers_of_message(interaction, guild)
    with speaking(reader.locale):
        return dispute_card(session, guild, reader, decision)


class ResolveDisputeButton(
    PersistentButton, template=r"dispute:(?P<id>\d{1,18}):(?P<act>pay|refund|split)"
):
    """Makes one of the decisions. Only the first one counts; later ones show it."""

    def __init__(self, session_id: int, act: Action, label: str | None = None) -> None:
        self.session_id, self.act = session_id, act
        style = discord.ButtonStyle.primary if act is Action.PAY else discord.ButtonStyle.secondary
        super().__init__(f"dispute:{session_id}:{act}", label or _(_LABELS[act]), style)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), Action(match["act"]))

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        try:
            await db.run(disputes.resolve, actor, self.session_id, self.act)
        except NotAllowedNow:
            await self._refresh(interaction)
            await send_ephemeral(
                interaction, _("This dispute is already resolved. The card shows the outcome.")
            )
        else:
            await self._refresh(interaction)

    async def _refresh(self, interaction: Interaction) -> None:
        line, card, actions = await _load_card(interaction, self.session_id)
        await edit_card(interaction, line, card=card, actions=actions)
