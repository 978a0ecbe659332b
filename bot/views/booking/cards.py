"""The cards before and after booking: what is agreed to, and what was booked."""

from __future__ import annotations

from bot.components.cards import Accent, Card
from bot.formatting import clock, moment, plain
from bot.views.booking.steps import TypedText, add_typed_text
from bot.views.sessions.refund_policy import quote_policy, session_policy
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.booking import Quote
from mentorship.sessions.session_views import SessionView
from wording.points import format_points
from wording.reader import ENGLISH


def confirmation_card(quote: Quote, guild: GuildSettings, typed: TypedText) -> Card:
    """Return the card that shows what confirming would book."""
    card = Card(
        title=f"Book {plain(quote.mentor_name)}?",
        text=f"## {moment(quote.starts_at)}",
        accent=Accent.NEUTRAL,
    )
    card.add_fact("On your clock", clock(quote.starts_at, quote.ends_at, quote.zone))
    if quote.mentor_zone != quote.zone:
        card.add_fact(
            f"On {plain(quote.mentor_name)}'s clock",
            clock(quote.starts_at, quote.ends_at, quote.mentor_zone),
        )
    card.add_fact("Length", f"{quote.minutes} minutes")
    card.add_fact("Price", format_points(quote.price, guild, ENGLISH) if quote.price else "free")
    card.add_fact("Balance after", format_points(quote.balance - quote.price, guild, ENGLISH))
    add_typed_text(card, typed)
    if quote.clock_change:
        card.add_fact(
            "The clocks change that night",
            f"The session lasts {quote.minutes} minutes all the same.",
        )
    if quote.confirmed_at_once:
        next_step = "It's confirmed as soon as you book."
    else:
        outcome = "you're refunded in full" if quote.price else "the request expires"
        deadline = moment(quote.answer_deadline)
        next_step = f"If {plain(quote.mentor_name)} doesn't confirm by {deadline}, {outcome}."
    card.add_fact("Good to know", f"{next_step}\n{quote_policy(quote)}")
    return card


def booked_card(session: SessionView, guild: GuildSettings) -> Card:
    """Return the card that the mentee sees after booking."""
    name = plain(session.mentor.name)
    card = Card(
        title=f"Request sent to {name}" if session.answer_deadline else f"Booked with {name}",
        text=moment(session.starts_at),
        accent=Accent.AGREED,
    )
    if session.answer_deadline is not None:
        card.add_fact(
            "What happens next",
            f"{name} has until {moment(session.answer_deadline)} to confirm. "
            "I'll tell you by direct message.",
        )
    if session.price:
        price = format_points(session.price, guild, ENGLISH)
        card.add_fact("Points", f"{price} on hold until after the session.")
        card.add_fact("Cancellation", session_policy(session, session.mentee.user_id))
    card.add_note("All your sessions: /sessions")
    return card
