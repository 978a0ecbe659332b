"""Another time for a session: choosing it, asking for it, and answering.

What was chosen so far is in the custom ids, so each step works after a restart, and in a direct
message as in a server.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.persistent import (
    PersistentButton,
    PersistentSelect,
    cache_buster,
    persistent_view,
)
from bot.errors import sentence
from bot.formatting import clock, moment, plain
from bot.interaction import Interaction
from bot.replies import respond
from bot.views.booking.slot_menus import day_items, group_by_day, parse_instant, time_items
from bot.views.sessions.session_actions import SessionButton, refresh_card
from bot.views.sessions.session_card import format_refund_policy
from mentorship.errors import SlotUnavailable
from mentorship.guilds import guild_settings
from mentorship.sessions import rescheduling
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from mentorship.time import timezones
from wording import times
from wording.reader import ENGLISH


class AcceptProposalButton(SessionButton):
    """Takes the time that the other asked for."""

    action = Action.ACCEPT_PROPOSAL
    key, label, style = "accept", "Take the new time", discord.ButtonStyle.success

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(rescheduling.accept, actor_of(interaction), self.session_id)
        await refresh_card(interaction, self.session_id)


class DeclineProposalButton(SessionButton):
    """Turns the other's proposal down."""

    action = Action.DECLINE_PROPOSAL
    key, label = "keep", "Keep the old time"

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(rescheduling.keep, actor_of(interaction), self.session_id)
        await refresh_card(interaction, self.session_id)


class WithdrawProposalButton(SessionButton):
    """Takes one's own proposal back."""

    action = Action.WITHDRAW_PROPOSAL
    key, label = "withdraw", "Take it back"

    async def perform(self, interaction: Interaction) -> None:
        await interaction.client.db.run(
            rescheduling.withdraw, actor_of(interaction), self.session_id
        )
        await refresh_card(interaction, self.session_id)


class ProposeButton(SessionButton):
    """Begins to choose another time."""

    action = Action.PROPOSE
    key, label = "move", "Propose another time"

    async def perform(self, interaction: Interaction) -> None:
        await show_days(interaction, self.session_id)


async def show_days(
    interaction: Interaction, session_id: int, near: datetime | None = None
) -> None:
    """The days on which both people could meet instead, or the page of them around `near`."""
    db = interaction.client.db
    actor = actor_of(interaction)
    choice = await db.read(rescheduling.choices, actor, session_id)
    session = choice.session
    name = plain(session.other(actor.user_id).name)
    if not choice.starts:
        await respond(
            interaction,
            "There is no other time in the next two weeks that suits both of you. "
            f"Write to {name}, or cancel the session with `/cancel`.",
        )
        return
    zone = _zone(session, actor.user_id)
    items = day_items(
        choice.starts,
        zone,
        near,
        menu=lambda _number: ProposalDayMenu(session.id, cache_buster(interaction)),
        turn=lambda instant, label: DaysPageButton(session.id, instant, label),
    )
    await respond(
        interaction,
        embed=_question(session, actor.user_id),
        view=persistent_view(*items, DismissProposalButton()),
    )


async def show_times(interaction: Interaction, session_id: int, near: datetime) -> None:
    """The times of the day of `near`, on the clock of whoever asks."""
    db = interaction.client.db
    actor = actor_of(interaction)
    choice = await db.read(rescheduling.choices, actor, session_id)
    session = choice.session
    zone = _zone(session, actor.user_id)
    times = group_by_day(choice.starts, zone).get(timezones.to_local(near, zone).date())
    if not times:
        # Somebody has taken the last one of that day meanwhile.
        await show_days(interaction, session_id)
        return
    items = time_items(
        times,
        zone,
        near,
        menu=lambda number: ProposalTimeMenu(session.id, number, cache_buster(interaction)),
        turn=lambda instant, label: TimesPageButton(session.id, instant, label),
    )
    await respond(
        interaction,
        embed=_question(session, actor.user_id),
        view=persistent_view(
            *items, DaysPageButton(session.id, near, "Back"), DismissProposalButton()
        ),
    )


async def show_proposal(interaction: Interaction, session_id: int, start: datetime) -> None:
    """What asking for a time means, before it is done."""
    db = interaction.client.db
    actor = actor_of(interaction)
    try:
        session = await db.read(rescheduling.before_propose, actor, session_id, start)
    except SlotUnavailable as error:
        await _offer_nearest(interaction, session_id, error)
        return
    other = session.other(actor.user_id)
    end = start + (session.ends_at - session.starts_at)
    embed = discord.Embed(
        title=f"Ask {plain(other.name)} for this time?",
        description=f"## {moment(start)}\ninstead of {moment(session.starts_at)}",
        colour=discord.Colour.blurple(),
    )
    zone = _zone(session, actor.user_id)
    embed.add_field(name="On your clock", value=clock(start, end, zone), inline=False)
    if other.timezone and other.timezone != zone:
        embed.add_field(
            name=f"On {plain(other.name)}'s clock",
            value=clock(start, end, other.timezone),
            inline=False,
        )
    stands = (
        "Without an answer the request expires and everything goes back."
        if session.status is SessionStatus.SCHEDULED
        else "Both times are kept free until they answer. Without an answer the old one stands."
    )
    known = f"The price stays as it is. {stands}"
    if session.price and session.mentee.user_id == actor.user_id:
        guild = await db.read(guild_settings.load, session.guild_id)
        known += f"\n{format_refund_policy(start, guild, db.now())}"
    embed.add_field(name="Good to know", value=known, inline=False)
    await respond(
        interaction,
        embed=embed,
        view=persistent_view(
            SendProposalButton(session.id, start),
            TimesPageButton(session.id, start, "Back"),
            DismissProposalButton(),
        ),
    )


async def _offer_nearest(interaction: Interaction, session_id: int, error: SlotUnavailable) -> None:
    actor = actor_of(interaction)
    choice = await interaction.client.db.read(rescheduling.choices, actor, session_id)
    zone = _zone(choice.session, actor.user_id)
    if not error.nearest:
        await respond(interaction, sentence(error), view=persistent_view(DismissProposalButton()))
        return
    embed = discord.Embed(
        title=error.reason,
        description="These are the nearest open times, on your clock:",
        colour=discord.Colour.orange(),
    )
    picks = [
        NearestSlotButton(session_id, start, times.describe_compact(start, zone, ENGLISH))
        for start in error.nearest
    ]
    await respond(interaction, embed=embed, view=persistent_view(*picks, DismissProposalButton()))


def _question(session: SessionView, reader_id: int) -> discord.Embed:
    name = plain(session.other(reader_id).name)
    zone = _zone(session, reader_id)
    return discord.Embed(
        title=f"When would you rather meet {name}?",
        description=f"It is {moment(session.starts_at)} now, {session.minutes} minutes.\n"
        f"Times are yours: {times.describe_offset(session.starts_at, zone, ENGLISH)}.",
        colour=discord.Colour.blurple(),
    )


def _zone(session: SessionView, reader_id: int) -> str:
    me = session.person(session.party(reader_id))
    return me.timezone or session.timezone


class ProposalDayMenu(PersistentSelect, template=r"move:day:(?P<id>\d{1,18}):(?P<fresh>\d{1,2})"):
    """Days to choose from."""

    def __init__(self, session_id: int, fresh: int) -> None:
        self.session_id = session_id
        super().__init__(f"move:day:{session_id}:{fresh}", "Choose a day")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["fresh"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        await show_times(interaction, self.session_id, parse_instant(value))


class ProposalTimeMenu(
    PersistentSelect, template=r"move:time:(?P<id>\d{1,18}):(?P<number>\d):(?P<fresh>\d{1,2})"
):
    """Times of one day to choose from."""

    def __init__(self, session_id: int, number: int, fresh: int) -> None:
        self.session_id = session_id
        super().__init__(f"move:time:{session_id}:{number}:{fresh}", "Choose a time")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["number"]), int(match["fresh"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        await show_proposal(interaction, self.session_id, parse_instant(value))


class NearestSlotButton(
    PersistentButton, template=r"move:pick:(?P<id>\d{1,18}):(?P<start>\d{1,11})"
):
    """One open time; pressing it shows what asking for it means."""

    def __init__(self, session_id: int, start: datetime, label: str = "…") -> None:
        self.session_id, self.start = session_id, start
        super().__init__(f"move:pick:{session_id}:{int(start.timestamp())}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), parse_instant(match["start"]))

    async def on_press(self, interaction: Interaction) -> None:
        await show_proposal(interaction, self.session_id, self.start)


class SendProposalButton(
    PersistentButton, template=r"move:ask:(?P<id>\d{1,18}):(?P<start>\d{1,11})"
):
    """Asks the other for the time on the card."""

    def __init__(self, session_id: int, start: datetime) -> None:
        self.session_id, self.start = session_id, start
        super().__init__(
            f"move:ask:{session_id}:{int(start.timestamp())}",
            "Ask for this time",
            discord.ButtonStyle.success,
        )

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), parse_instant(match["start"]))

    async def on_press(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        try:
            session = await db.run(rescheduling.propose, actor, self.session_id, self.start)
        except SlotUnavailable as error:
            await _offer_nearest(interaction, self.session_id, error)
            return
        name = plain(session.other(actor.user_id).name)
        until = f" They have until {moment(session.next_at)} to answer." if session.next_at else ""
        await respond(
            interaction,
            f"{name} is asked whether {moment(self.start)} suits them.{until} "
            "You'll hear from me by direct message.",
        )


class _PageButton(PersistentButton, template="unused"):
    """A button that leads to a choice around an instant."""

    key = ""

    def __init_subclass__(cls, *, template: str = "", **kwargs: object) -> None:
        super().__init_subclass__(
            template=template or rf"move:{cls.key}:(?P<id>\d{{1,18}}):(?P<near>\d{{1,11}})"
        )

    def __init__(self, session_id: int, near: datetime, label: str = "…") -> None:
        self.session_id, self.near = session_id, near
        super().__init__(f"move:{self.key}:{session_id}:{int(near.timestamp())}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), parse_instant(match["near"]))


class DaysPageButton(_PageButton):
    """To the days around an instant."""

    key = "days"

    async def on_press(self, interaction: Interaction) -> None:
        await show_days(interaction, self.session_id, self.near)


class TimesPageButton(_PageButton):
    """To the times of the day of an instant."""

    key = "times"

    async def on_press(self, interaction: Interaction) -> None:
        await show_times(interaction, self.session_id, self.near)


class DismissProposalButton(PersistentButton, template=r"move:leave"):
    """Leaves the session where it is."""

    def __init__(self) -> None:
        super().__init__("move:leave", "Leave it")

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls()

    async def on_press(self, interaction: Interaction) -> None:
        await respond(interaction, "Nothing has changed: the session stays where it is.")
