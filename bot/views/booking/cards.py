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
from wording.translation import _, pgettext


def confirmation_card(quote: Quote, guild: GuildSettings, reader: Reader, typed: TypedText) -> Card:
    """Return the card that shows what confirming would book."""
    mentor = plain(first_name(quote.mentor_name))
    card = Card(
        title=discord_timestamp(quote.starts_at),
        # Translators: {length} is such as "60 minutes".
        text=_(
            "Book {length} with {name}?",
            length=session_length(quote.minutes, reader),
            name=plain(quote.mentor_name),
        ),
    )
    if quote.clock_change:
        # Counting from the title would give another end.
        card.add_fact(_("Your time"), clock(quote.starts_at, quote.ends_at, quote.zone, reader))
    if quote.mentor_zone != quote.zone:
        card.add_fact(
            clock_label(mentor, quote.mentor_zone),
            clock(quote.starts_at, quote.ends_at, quote.mentor_zone, reader),
        )
    if quote.clock_change:
        card.add_text(
            # Translators: summer time begins or ends. {length} is such as "60 minutes".
            _(
                "The clocks change during this session. It still lasts {length}.",
                length=session_length(quote.minutes, reader),
            )
        )
    free = pgettext("a price", "free")
    card.add_fact(_("Price"), format_points(quote.price, guild, reader) if quote.price else free)
    if quote.price:
        balance = format_points(quote.balance - quote.price, guild, reader)
        # Translators: the points that the reader has left after a booking.
        card.add_fact(_("Balance after"), balance)
    add_typed_text(card, typed)
    if quote.questions:
        card.add_text(questions_ahead(mentor, len(quote.questions), reader))
    card.add_text(f"{_confirmation(quote, mentor, reader)}\n{quote_policy(quote, reader)}")
    return card


def _confirmation(quote: Quote, mentor: str, reader: Reader) -> str:
    if quote.confirmed_at_once:
        return _("It's confirmed as soon as you book.")
    return unanswered_request(mentor, quote.answer_deadline, quote.price, reader, discord_timestamp)
