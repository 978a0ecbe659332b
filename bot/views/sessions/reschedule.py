"""Proposing another time for a session: choose a day, choose a slot, send the request.

The custom ids carry what was chosen so far, so each step works after a restart, and in direct
messages as in a guild.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Self

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.components.persistent import (
    PersistentButton,
    PersistentSelect,
    cache_buster,
)
from bot.errors import not_bookable, sentence
from bot.formatting import discord_timestamp
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import respond
from bot.views.booking.slot_menus import (
    day_items,
    group_by_day,
    match_items,
    parse_instant,
    time_items,
)
from bot.views.sessions.current_card import show_session
from bot.views.sessions.people import other_name
from bot.views.sessions.refund_policy import move_policy
from bot.views.sessions.session_actions import (
    RefusableButton,
    available_buttons,
    current_card_if_refused,
    instant_or_none,
    seconds,
)
from bot.views.sessions.session_card import add_other_time
from bot.views.sessions.time_form import TYPED_TIME_SCREEN, TypeTimeButton
from mentorship.errors import SlotUnavailable, UnreadableTime
from mentorship.members import members
from mentorship.sessions import rescheduling
from mentorship.sessions.lifecycle import Action, Party
from mentorship.sessions.session_views import Proposal, SeenTimes, SessionView
from mentorship.statuses import SessionStatus
from mentorship.time import timezones
from mentorship.time.natural_time import parser
from mentorship.time.natural_time.matching import matches
from mentorship.time.natural_time.parser import ParsedTime
from wording import times
from wording.booking import zone_hint
from wording.durations import session_length
from wording.integrations import calendars
from wording.reader import Reader
from wording.translation import _, pgettext, sentences


async def show_typed_text(interaction: Interaction, session_id: int, text: str) -> None:
    """Show what proposing a typed time means, the slots within it, or why it can't be used."""
    db, actor = interaction.client.db, actor_of(interaction)
    zone = await db.read(members.load_timezone, actor, timezones.FALLBACK)
    refusal = ""
    try:
        time = parser.parse(text, zone=zone, now=db.now(), locale=actor.language)
    except UnreadableTime as error:
        refusal = sentence(error, reader_of(interaction))
        possible = parser.possible_times(error)
        if possible is None:
            await show_days(interaction, session_id, note=refusal)
            return
        time = possible
    if time.instant is not None and not time.unusual and not refusal:
        await show_proposal(interaction, session_id, time.instant)
        return
    await show_matches(interaction, session_id, time, text, refusal)


async def show_matches(
    interaction: Interaction, session_id: int, time: ParsedTime, text: str, note: str
) -> None:
    """Show the slots within a time that `text` names; without any, the nearest days."""
    actor = actor_of(interaction)
    options = await interaction.client.db.read(
        rescheduling.list_options, actor, session_id, text=text
    )
    matching = sorted(matches(options.starts, time.with_unusual()))
    if not matching:
        nothing = _("You aren't both free then. These are the nearest times that suit you both.")
        near = options.starts[0] if options.starts else None
        await show_days(interaction, session_id, near, note=note or nothing)
        return
    if time.instant is not None and len(matching) == 1 and not note:
        await show_proposal(interaction, session_id, matching[0])
        return
    session = options.session
    items = match_items(
        matching,
        session.zone_of(actor.user_id),
        reader_of(interaction),
        day_menu=lambda _number: ProposalDayMenu(session.id, cache_buster(interaction)),
        time_menu=lambda number: ProposalTimeMenu(session.id, number, cache_buster(interaction)),
        page_button=lambda instant, label: DaysPageButton(session.id, instant, label),
    )
    # Translators: a button.
    other_times = DaysPageButton(session.id, matching[0], _("Other times"))
    await respond(
        interaction,
        note,
        card=_question(session, actor.user_id, reader_of(interaction)),
        actions=action_rows(*items, other_times, DismissProposalButton(session.id)),
    )


async def show_days(
    interaction: Interaction, session_id: int, near: datetime | None = None, *, note: str = ""
) -> None:
    """Show the days on which both participants have an open slot: the page around `near`.

    `note` is shown above them.
    """
    db = interaction.client.db
    actor = actor_of(interaction)
    alternatives = await db.read(rescheduling.list_options, actor, session_id)
    session = alternatives.session
    name = other_name(session, actor.user_id)
    form = _time_form_button(session, actor.user_id)
    answers = available_buttons(
        session, actor.user_id, db.now(), Action.ACCEPT_PROPOSAL, Action.DECLINE_PROPOSAL
    )
    if not alternatives.starts:
        await respond(
            interaction,
            _(
                "There's no other time around this session that works for both of you. "
                "Message {name}, or cancel the session with `/cancel`.",
                name=name,
            ),
            card=_question(session, actor.user_id, reader_of(interaction)) if answers else None,
            actions=action_rows(*answers, *form, DismissProposalButton(session.id)),
        )
        return
    zone = session.zone_of(actor.user_id)
    items = day_items(
        alternatives.starts,
        zone,
        reader_of(interaction),
        near,
        menu=lambda _number: ProposalDayMenu(session.id, cache_buster(interaction)),
        page_button=lambda instant, label: DaysPageButton(session.id, instant, label),
    )
    await respond(
        interaction,
        note,
        card=_question(session, actor.user_id, reader_of(interaction)),
        actions=action_rows(*items, *answers, *form, DismissProposalButton(session.id)),
    )


def _time_form_button(session: SessionView, reader_id: int) -> list[PersistentButton]:
    """Return the button with which a mentor types a time; a mentee chooses an open slot."""
    return [TypeTimeButton(session.id)] if session.party(reader_id) is Party.MENTOR else []


async def show_typed_time(interaction: Interaction, session_id: int, time: ParsedTime) -> None:
    """Show what proposing a typed time means, or the slots near a span of time."""
    if time.instant is not None:
        await show_proposal(interaction, session_id, time.instant)
    else:
        await show_times(interaction, session_id, time.span.start)


async def show_times(interaction: Interaction, session_id: int, near: datetime) -> None:
    """Show the open slots on the day of `near`, in the reader's time zone."""
    db = interaction.client.db
    actor = actor_of(interaction)
    alternatives = await db.read(rescheduling.list_options, actor, session_id)
    session = alternatives.session
    zone = session.zone_of(actor.user_id)
    times = group_by_day(alternatives.starts, zone).get(timezones.to_local(near, zone).date())
    if not times:
        # The last slot of that day was taken in the meantime, or it never had one.
        await show_days(interaction, session_id, near)
        return
    items = time_items(
        times,
        zone,
        reader_of(interaction),
        near,
        menu=lambda number: ProposalTimeMenu(session.id, number, cache_buster(interaction)),
        page_button=lambda instant, label: TimesPageButton(session.id, instant, label),
    )
    await respond(
        interaction,
        card=_question(session, actor.user_id, reader_of(interaction)),
        actions=action_rows(
            *items,
            DaysPageButton(session.id, near, pgettext("button", "Back")),
            DismissProposalButton(session.id),
        ),
    )


async def show_proposal(interaction: Interaction, session_id: int, start: datetime) -> None:
    """Show what proposing a slot means, and the button that sends the request."""
    db = interaction.client.db
    actor = actor_of(interaction)
    try:
        preview = await db.read(rescheduling.preview_proposal, actor, session_id, start)
    except SlotUnavailable as error:
        await _offer_nearest(interaction, session_id, error)
        return
    session = preview.session
    name, reader = other_name(session, actor.user_id), reader_of(interaction)
    # Translators: stands in a line below the suggested time; {time} is the current time.
    instead_of = _("instead of {time}", time=discord_timestamp(session.starts_at))
    card = Card(
        title=_("Suggest this time to {name}?", name=name),
        text=f"## {discord_timestamp(start)}\n{instead_of}",
        accent=Accent.NEUTRAL,
    )
    add_other_time(card, session, actor.user_id, start, reader)
    if preview.has_appointment:
        card.add_text(_(calendars.OWN_APPOINTMENT))
    other_proposal = _proposal_of_other(session, actor.user_id)
    if other_proposal is not None:
        card.add_fact(
            # Translators: stands before the time that {name} has suggested.
            _("{name} suggested", name=name),
            # Translators: {time} is the time that the other person has suggested.
            _(
                "{time}. Suggesting another time declines it.",
                time=discord_timestamp(other_proposal.starts_at),
            ),
        )
    policy = move_policy(
        session, start, session.party(actor.user_id), actor.user_id, reader, db.now()
    )
    in_series = session.series_place is not None
    terms = (
        sentences(_("The price stays the same.") if session.price else "", _silence(session, name)),
        policy,
        _("The other sessions of the series keep their times.") if in_series else "",
    )
    card.add_fact(_("Good to know"), "\n".join(filter(None, terms)))
    await respond(
        interaction,
        card=card,
        actions=action_rows(
            SendProposalButton(session.id, start, _seen_by(actor.user_id, session)),
            TimesPageButton(session.id, start, pgettext("button", "Back")),
            DismissProposalButton(session.id),
        ),
    )


def _silence(session: SessionView, name: str) -> str:
    """Return what happens to a proposal if `name` doesn't answer it."""
    if session.status is not SessionStatus.SCHEDULED:
        return _(
            "Both times are reserved until {name} answers. Without an answer, the session keeps "
            "its current time.",
            name=name,
        )
    if session.price:
        return _("If {name} doesn't answer, the request expires with a full refund.", name=name)
    return _("If {name} doesn't answer, the request expires.", name=name)


async def _offer_nearest(interaction: Interaction, session_id: int, error: SlotUnavailable) -> None:
    actor = actor_of(interaction)
    alternatives = await interaction.client.db.read(rescheduling.list_options, actor, session_id)
    zone, reader = alternatives.session.zone_of(actor.user_id), reader_of(interaction)
    if not error.nearest:
        await respond(
            interaction,
            sentence(error, reader_of(interaction)),
            actions=action_rows(DismissProposalButton(session_id)),
        )
        return
    card = Card(
        title=not_bookable(error, reader),
        text=_("These are the nearest open slots, in your time:"),
        accent=Accent.WAITING,
    )
    buttons = [
        NearestSlotButton(session_id, start, times.describe_compact(start, zone, reader))
        for start in sorted(error.nearest)
    ]
    # Translators: a button.
    other_days = DaysPageButton(session_id, error.nearest[0], _("Other days"))
    await respond(
        interaction,
        card=card,
        actions=action_rows(*buttons, other_days, DismissProposalButton(session_id)),
    )


def _question(session: SessionView, reader_id: int, reader: Reader) -> Card:
    name = other_name(session, reader_id)
    zone = session.zone_of(reader_id)
    # Translators: {time} is a date with a time of day, {length} is “60 minutes”.
    currently = _(
        "Currently {time}, {length}.",
        time=discord_timestamp(session.starts_at),
        length=session_length(session.minutes, reader),
    )
    card = Card(
        title=_("Suggest another time to {name}", name=name),
        text=f"{currently}\n{zone_hint(zone, reader)}",
        accent=Accent.NEUTRAL,
    )
    proposal = _proposal_of_other(session, reader_id)
    if proposal is not None:
        card.add_fact(
            # Translators: stands before the time that {name} has suggested.
            _("{name} suggested", name=name),
            _(
                "{time}. Answer it, or choose another time instead.",
                time=discord_timestamp(proposal.starts_at),
            ),
        )
    return card


def _proposal_of_other(session: SessionView, reader_id: int) -> Proposal | None:
    """Return the open proposal of the participant whom the reader meets."""
    proposal = session.proposal
    return None if proposal is None or proposal.by == reader_id else proposal


def _seen_by(reader_id: int, session: SessionView) -> SeenTimes:
    """Return the times on the card of a proposal, with the one that sending it would decline."""
    declined = _proposal_of_other(session, reader_id)
    return SeenTimes(session.starts_at, None if declined is None else declined.starts_at)


class ProposalDayMenu(PersistentSelect, template=r"move:day:(?P<id>\d{1,18}):(?P<salt>\d{1,2})"):
    """Shows the open slots of a day."""

    def __init__(self, session_id: int, salt: int) -> None:
        self.session_id = session_id
        super().__init__(f"move:day:{session_id}:{salt}", _("Choose a day"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        async with current_card_if_refused(interaction, self.session_id):
            await show_times(interaction, self.session_id, parse_instant(value))


class ProposalTimeMenu(
    PersistentSelect, template=r"move:time:(?P<id>\d{1,18}):(?P<number>\d):(?P<salt>\d{1,2})"
):
    """Shows what proposing a slot means."""

    def __init__(self, session_id: int, number: int, salt: int) -> None:
        self.session_id = session_id
        super().__init__(f"move:time:{session_id}:{number}:{salt}", _("Choose a time"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), int(match["number"]), int(match["salt"]))

    async def on_select(self, interaction: Interaction, *values: str) -> None:
        (value,) = values
        async with current_card_if_refused(interaction, self.session_id):
            await show_proposal(interaction, self.session_id, parse_instant(value))


class NearestSlotButton(
    RefusableButton, template=r"move:pick:(?P<id>\d{1,18}):(?P<start>\d{1,11})"
):
    """Shows what proposing an open slot near the chosen one means."""

    def __init__(self, session_id: int, start: datetime, label: str = "…") -> None:
        self.session_id, self.start = session_id, start
        super().__init__(f"move:pick:{session_id}:{int(start.timestamp())}", label)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]), parse_instant(match["start"]))

    async def perform(self, interaction: Interaction) -> None:
        await show_proposal(interaction, self.session_id, self.start)


class SendProposalButton(
    RefusableButton,
    template=r"move:ask:(?P<id>\d{1,18}):(?P<start>\d{1,11})"
    r"(?::(?P<current>\d{1,11}):(?P<declined>\d{1,11}))?",
):
    """Sends the reschedule request, and declines the other person's, if the card says so.

    `seen` are the session's times on the card. A card of an older version doesn't say them, so a
    press shows it again.
    """

    def __init__(self, session_id: int, start: datetime, seen: SeenTimes | None = None) -> None:
        self.session_id, self.start, self.seen = session_id, start, seen
        label, custom_id = _("Suggest this time"), f"move:ask:{session_id}:{seconds(start)}"
        if seen is not None:
            custom_id += f":{seconds(seen.starts_at)}:{seconds(seen.proposed_starts_at)}"
            if seen.proposed_starts_at is not None:
                label = _("Decline and suggest this time")
        super().__init__(custom_id, label, discord.ButtonStyle.success)

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        session_id, start = int(match["id"]), parse_instant(match["start"])
        if match["current"] is None:
            return cls(session_id, start)
        seen = SeenTimes(instant_or_none(match["current"]), instant_or_none(match["declined"]))
        return cls(session_id, start, seen)

    async def perform(self, interaction: Interaction) -> None:
        db = interaction.client.db
        actor = actor_of(interaction)
        if self.seen is None:
            await show_proposal(interaction, self.session_id, self.start)
            return
        try:
            await db.run(rescheduling.propose, actor, self.session_id, self.start, seen=self.seen)
        except SlotUnavailable as error:
            await _offer_nearest(interaction, self.session_id, error)
            return
        await show_session(interaction, self.session_id)


class _PageButton(RefusableButton, template="unused"):
    """A button to the days or slots around an instant. `key` is a part of its custom id."""

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
    """Shows the days around an instant."""

    key = "days"

    async def perform(self, interaction: Interaction) -> None:
        await show_days(interaction, self.session_id, self.near)


class TimesPageButton(_PageButton):
    """Shows the open slots on the day of an instant."""

    key = "times"

    async def perform(self, interaction: Interaction) -> None:
        await show_times(interaction, self.session_id, self.near)


TYPED_TIME_SCREEN.register(show_typed_time)


class DismissProposalButton(PersistentButton, template=r"move:leave(?::(?P<id>\d{1,18}))?"):
    """Leaves the choice without a request, and shows the session.

    A message of an older version doesn't say which.
    """

    def __init__(self, session_id: int | None) -> None:
        self.session_id = session_id
        suffix = "" if session_id is None else f":{session_id}"
        super().__init__(f"move:leave{suffix}", _("Cancel"))

    @classmethod
    def from_match(cls, match: re.Match[str]) -> Self:
        return cls(int(match["id"]) if match["id"] else None)

    async def on_press(self, interaction: Interaction) -> None:
        if self.session_id is None:
            await respond(
                interaction, _("Nothing has changed. The session keeps its current time.")
            )
        else:
            await show_session(interaction, self.session_id)
