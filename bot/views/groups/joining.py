"""Joining a group session: one press if it's free, else a card with the price to agree to.

If all seats are taken, the same press leads to the waitlist.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import discord

from bot.actors import actor_of
from bot.components.cards import Accent, Card, action_rows
from bot.errors import sentence
from bot.formatting import discord_timestamp, plain_title
from bot.interaction import Interaction
from bot.readers import reader_of
from bot.replies import press_key, respond
from bot.views.booking.booked import ViewSessionButton
from bot.views.groups.cards import host_line
from bot.views.groups.items import (
    JOIN_SCREEN,
    AgreedButton,
    DetailsButton,
    DismissButton,
    LeaveButton,
)
from bot.views.sessions.calendar import CalendarFileButton
from bot.views.sessions.meeting_place import link_text, room_announcement
from bot.views.sessions.refund_policy import seat_policy, session_policy
from mentorship.errors import (
    AlreadyJoined,
    AlreadyWaiting,
    MentorshipError,
    PriceChanged,
    SeatsFree,
    SessionFull,
    TermsChanged,
)
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.points import ledger
from mentorship.sessions.groups import seats, waitlist
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.seats import JoinRequest, SeatQuote
from mentorship.sessions.groups.waitlist import WaitlistPlace
from mentorship.sessions.lifecycle import Unit
from mentorship.sessions.session_views import SessionView
from wording import groups
from wording.durations import session_length
from wording.points import format_points
from wording.reader import Reader
from wording.translation import N_, _, ngettext, pgettext, sentences


class JoinButton(AgreedButton):
    """Takes a seat in a session that is free, and shows the terms of one that isn't."""

    key, style = "join", discord.ButtonStyle.success

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button: take a seat in a group session", "Join")

    async def perform(self, interaction: Interaction) -> None:
        if self.price:
            await show_terms(interaction, self.group_id)
        else:
            await _join(interaction, self)


class TakeSeatButton(AgreedButton):
    """Takes a seat on the terms that its card shows."""

    key, style = "take", discord.ButtonStyle.success

    @classmethod
    def usual_label(cls) -> str:
        return pgettext("button: take a seat in a group session", "Join")

    async def perform(self, interaction: Interaction) -> None:
        await _join(interaction, self)


class JoinWaitlistButton(AgreedButton):
    """Adds the person to the waitlist of a session that is free, or shows what that means."""

    key, label = "queue", N_("Join waitlist")

    async def perform(self, interaction: Interaction) -> None:
        if self.price:
            await show_terms(interaction, self.group_id)
        else:
            await _wait(interaction, self)


class WaitButton(AgreedButton):
    """Adds the person to the waitlist on the terms that its card shows."""

    key, label, style = "wait", N_("Join waitlist"), discord.ButtonStyle.success

    async def perform(self, interaction: Interaction) -> None:
        await _wait(interaction, self)


def join_button(group: GroupView) -> AgreedButton:
    """Return the button that leads to a seat, or to a place in line if none is free."""
    return JoinWaitlistButton.of(group) if group.is_full else JoinButton.of(group)


async def show_terms(interaction: Interaction, group_id: int, note: str = "") -> None:
    """Show what a seat costs, or a place in line if there is no seat. Nothing is reserved."""
    try:
        quote = await interaction.client.db.read(seats.quote, actor_of(interaction), group_id)
    except MentorshipError as error:
        await _show_refusal(interaction, group_id, error)
    else:
        await _show_quote(interaction, quote, note)


async def _show_quote(interaction: Interaction, quote: SeatQuote, note: str) -> None:
    """Show the terms of a quote, of a seat or of a place in line."""
    if quote.place_in_line is not None and quote.group.is_full:
        error = AlreadyWaiting(quote.place_in_line)
        await _show_refusal(interaction, quote.group.id, error)
        return
    button: AgreedButton
    if quote.group.is_full:
        card, button = _waitlist_card(quote, reader_of(interaction)), WaitButton.of(quote.group)
    else:
        now = interaction.client.db.now()
        card = _seat_card(quote, reader_of(interaction), now)
        button = TakeSeatButton.of(quote.group)
    await respond(
        interaction, note or None, card=card, actions=action_rows(button, DismissButton())
    )


def _seat_card(quote: SeatQuote, reader: Reader, now: datetime) -> Card:
    group, guild = quote.group, quote.guild
    card = _terms_card(_("Join “{title}”?", title=plain_title(group.title)), group, reader)
    if group.price:
        card.add_fact(_("Price"), format_points(group.price, guild, reader))
        card.add_fact(_("Balance after"), format_points(quote.balance - group.price, guild, reader))
        card.add_text(seat_policy(group, reader, now))
    else:
        card.add_fact(_("Price"), pgettext("a price", "free"))
    return card


def _waitlist_card(quote: SeatQuote, reader: Reader) -> Card:
    group, guild = quote.group, quote.guild
    card = _terms_card(_("“{title}” is full", title=plain_title(group.title)), group, reader)
    card.accent = Accent.WAITING
    if group.waiting:
        # Translators: after the label "Waitlist"
        ahead = ngettext(
            "{count} person ahead of you", "{count} people ahead of you", group.waiting
        )
    else:
        # Translators: after the label "Waitlist"
        ahead = _("you'd be first in line")
    card.add_fact(_("Waitlist"), ahead)
    hold = ""
    if group.price:
        hold = _(
            "{price} are then put on hold; if you have fewer points, the seat goes "
            "to the next person. You can decline it for a full refund.",
            price=format_points(group.price, guild, reader),
        )
    turn = _("When it's your turn, you get the seat and a direct message.")
    card.add_text(sentences(turn, hold))
    return card


def _terms_card(title: str, group: GroupView, reader: Reader) -> Card:
    length = session_length(group.minutes, reader)
    card = Card(title=title, text=host_line(group))
    card.add_fact(_("When"), discord_timestamp(group.starts_at))
    card.add_fact(_("Length"), length)
    return card


_LAST_SEAT_TAKEN = N_("The last seat was just taken. You can wait for one.")


async def _join(interaction: Interaction, button: AgreedButton) -> None:
    """Take a seat on the terms of the pressed card, and show it or why not."""
    db, actor = interaction.client.db, actor_of(interaction)
    request = JoinRequest(
        button.group_id,
        price_shown=button.price,
        revision_shown=button.revision,
        key=_key(interaction, button),
    )
    # Readers work side by side, and the writer alone: of a crowd that is too late, nobody waits for
    # the writer.
    with suppress(MentorshipError):
        quote = await db.read(seats.quote, actor, button.group_id)
        if quote.group.is_full:
            await _show_quote(interaction, quote, _(_LAST_SEAT_TAKEN))
            return
    try:
        seat = await db.run(seats.join, actor, request)
    except MentorshipError as error:
        await _show_refusal(interaction, button.group_id, error)
        return
    guild = await db.read(guild_settings.load, seat.guild_id)
    balance = await db.read(ledger.load_balance, actor) if seat.price else None
    await respond(
        interaction,
        card=seat_card(seat, guild, reader_of(interaction), db.now(), balance),
        actions=action_rows(
            CalendarFileButton.of(seat),
            ViewSessionButton(seat.id),
            LeaveButton(button.group_id),
        ),
    )


def _key(interaction: Interaction, button: AgreedButton) -> str | None:
    """Return the idempotency key of a press on a card that one person has; it makes one seat.

    An announcement's button may be pressed again after leaving.
    """
    message = interaction.message
    if message is None or not message.flags.ephemeral:
        return None
    return press_key(message, button.item.custom_id)


def seat_card(
    seat: SessionView,
    guild: GuildSettings,
    reader: Reader,
    now: datetime,
    balance: int | None = None,
) -> Card:
    """Return the card after joining: the seat, what it costs, and where to meet."""
    card = Card(
        title=_("You have a seat in “{title}”", title=plain_title(seat.topic)),
        text=f"{discord_timestamp(seat.starts_at)} · {session_length(seat.minutes, reader)}",
        accent=Accent.AGREED,
    )
    room = room_announcement(seat.group_place or "", Unit.SEAT)
    link = seat.join_link_at(seat.mentee.user_id, now)
    if link or room:
        card.add_fact(_("Where"), link_text(link) if link else room)
    if seat.price:
        price = format_points(seat.price, guild, reader)
        hold = _("{price} on hold until after the session.", price=price)
        left = ""
        if balance is not None:
            left = _("Your balance: {points}.", points=format_points(balance, guild, reader))
        policy = session_policy(seat, seat.mentee.user_id, reader, seat.created_at)
        card.add_text(f"{sentences(hold, left)}\n{policy}")
    return card


async def _wait(interaction: Interaction, button: AgreedButton) -> None:
    """Join the waitlist on the terms of the pressed card, and show the place or why not."""
    try:
        place = await interaction.client.db.run(
            waitlist.join,
            actor_of(interaction),
            button.group_id,
            price_shown=button.price,
            revision_shown=button.revision,
        )
    except MentorshipError as error:
        await _show_refusal(interaction, button.group_id, error)
        return
    await respond(
        interaction,
        card=place_card(place),
        actions=action_rows(
            LeaveButton(button.group_id, _("Leave waitlist")), DetailsButton(button.group_id)
        ),
    )


def place_card(place: WaitlistPlace) -> Card:
    """Return the card of somebody's place in line."""
    # Translators: a group session and its start
    session = _(
        "“{title}” on {time}",
        title=plain_title(place.group.title),
        time=discord_timestamp(place.group.starts_at),
    )
    turn = _("When a seat is free and it's your turn, you get it and I'll send you a message.")
    return Card(
        # Translators: {ordinal} is "3rd" in English, the bare number "3" elsewhere
        title=_("You're {ordinal} in line", ordinal=groups.ordinal(place.place)),
        text=f"{session}\n{turn}",
        accent=Accent.WAITING,
    )


async def _show_refusal(interaction: Interaction, group_id: int, error: MentorshipError) -> None:
    """Show why somebody can't have a seat or a place in line, and what they can do instead.

    If the terms aren't what they agreed to, the card is shown again with what is true now.
    """
    reason = sentence(error, reader_of(interaction))
    if isinstance(error, PriceChanged | TermsChanged | SeatsFree | SessionFull):
        note = reason
        if isinstance(error, SessionFull):
            note = _(_LAST_SEAT_TAKEN)
        elif isinstance(error, SeatsFree):
            note = _("There's a free seat.")
        await show_terms(interaction, group_id, note)
        return
    buttons = [DetailsButton(group_id)]
    if isinstance(error, AlreadyJoined):
        actions = action_rows(ViewSessionButton(error.session_id), LeaveButton(group_id))
    elif isinstance(error, AlreadyWaiting):
        actions = action_rows(LeaveButton(group_id, _("Leave waitlist")), *buttons)
    else:
        actions = action_rows(*buttons)
    await respond(interaction, card=Card(text=reason, accent=Accent.WAITING), actions=actions)


JOIN_SCREEN.register(show_terms)
