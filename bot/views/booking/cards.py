"""The confirmation card: what a mentee agrees to by booking."""

from __future__ import annotations

from bot.components.cards import Card
from bot.formatting import clock, discord_timestamp, plain
from bot.views.booking.steps import TypedText, add_typed_text
from bot.views.sessions.refund_policy import quote_policy
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.booking import Quote
from wording.booking import questions_ahead, unanswered_request
from wording.durations import session_length
from wording.names import first_name
from wording.points import format_points
from wording.reader import Reader
from wording.times import clock_label


def confirmation_card(quote: Quote, guild: GuildSettings, reader: Reader, typed: TypedText) -> Card:
    """Return the card that shows what confirming would book."""
    mentor = plain(first_name(quote.mentor_name))
    card = Card(
        title=discord_timestamp(quote.starts_at),
        text=f"Book {session_length(quote.minutes, reader)} with {plain(quote.mentor_name)}?",
    )
    if quote.clock_change:
        # Counting from the title would give another end.
        card.add_fact("Your time", clock(quote.starts_at, quote.ends_at, quote.zone, reader))
    if quote.mentor_zone != quote.zone:
        card.add_fact(
            clock_label(mentor, quote.mentor_zone),
            clock(quote.starts_at, quote.ends_at, quote.mentor_zone, reader),
        )
    if quote.clock_change:
        card.add_text(
            "The clocks change during this session. It still lasts "
            f"{session_length(quote.minutes, reader)}."
        )
    card.add_fact("Price", format_points(quote.price, guild, reader) if quote.price else "free")
    if quote.price:
        balance = format_points(quote.balance - quote.price, guild, reader)
        card.add_fact("Balance after", balance)
    add_typed_text(card, typed)
    if quote.questions:
        card.add_text(questions_ahead(mentor, len(quote.questions), reader))
    card.add_text(f"{_confirmation(quote, mentor, reader)}\n{quote_policy(quote, reader)}")
    return card


def _confirmation(quote: Quote, mentor: str, reader: Reader) -> str:
    if quote.confirmed_at_once:
        return "It's confirmed as soon as you book."
    return unanswered_request(mentor, quote.answer_deadline, quote.price, reader, discord_timestamp)
