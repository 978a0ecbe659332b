"""What a booking looks like: the card before it, with all that one agrees to, and the one after."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.formatting import clock, moment, plain, unplain
from bot.interaction import Interaction
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.booking import Quote
from mentorship.sessions.session_views import SessionView

_TOPIC, _MENTOR_QUERY = "Topic", "Looking for"


@dataclass(frozen=True, slots=True)
class TypedText:
    """What somebody typed on the way: too long for a custom id, so each card carries it on.

    `topic` is for the mentor to read, `sought` what was typed for one.
    """

    topic: str = ""
    sought: str = ""


def add_typed_text(embed: discord.Embed, words: TypedText) -> None:
    """Write the words onto a card, where `read_typed_text` finds them at the next press."""
    for name, text in ((_TOPIC, words.topic), (_MENTOR_QUERY, words.sought)):
        if text:
            embed.add_field(name=name, value=plain(text), inline=False)


def read_typed_text(interaction: Interaction) -> TypedText:
    """The words that the card under the pressed button carries."""
    embeds = interaction.message.embeds if interaction.message else []
    fields = {field.name: unplain(field.value or "") for each in embeds for field in each.fields}
    return TypedText(fields.get(_TOPIC, ""), fields.get(_MENTOR_QUERY, ""))


def confirmation_card(quote: Quote, guild: GuildSettings, words: TypedText) -> discord.Embed:
    """What confirming would do."""
    embed = discord.Embed(
        title=f"Book {plain(quote.mentor_name)}?",
        description=f"## {moment(quote.starts_at)}",
        colour=discord.Colour.blurple(),
    )
    embed.add_field(
        name="On your clock", value=clock(quote.starts_at, quote.ends_at, quote.zone), inline=False
    )
    if quote.mentor_zone != quote.zone:
        embed.add_field(
            name=f"On {plain(quote.mentor_name)}'s clock",
            value=clock(quote.starts_at, quote.ends_at, quote.mentor_zone),
            inline=False,
        )
    embed.add_field(name="Length", value=f"{quote.minutes} minutes")
    embed.add_field(name="Price", value=guild.amount(quote.price) if quote.price else "free")
    embed.add_field(name="Balance after", value=guild.amount(quote.balance - quote.price))
    add_typed_text(embed, words)
    if quote.clock_change:
        embed.add_field(
            name="The clocks change that night",
            value=f"The session lasts {quote.minutes} minutes all the same.",
            inline=False,
        )
    promise = (
        "It is yours at once."
        if quote.confirmed_at_once
        else f"{plain(quote.mentor_name)} has until {moment(quote.answer_deadline)} to confirm; "
        "without an answer you get everything back."
    )
    embed.add_field(name="Good to know", value=f"{promise}\n{_policy(quote)}", inline=False)
    return embed


def _policy(quote: Quote) -> str:
    """What cancelling gives back, and until when, in a sentence or two."""
    if not quote.price:
        return "You can cancel at any time before it starts."
    late = f"{quote.late_refund_percent} %" if quote.late_refund_percent else "nothing"
    if quote.free_cancellation_until is None:
        name = plain(quote.mentor_name)
        settled = "you have booked" if quote.confirmed_at_once else f"{name} has confirmed"
        return f"It starts so soon that, once {settled}, cancelling gives {late} back."
    return (
        f"You can cancel and get everything back until {moment(quote.free_cancellation_until)}; "
        f"after that {late}, once it is confirmed."
    )


def booked_card(session: SessionView, guild: GuildSettings) -> discord.Embed:
    """What the mentee sees right after booking."""
    name = plain(session.mentor.name)
    embed = discord.Embed(
        title=f"Request sent to {name}" if session.answer_deadline else f"Booked with {name}",
        description=moment(session.starts_at),
        colour=discord.Colour.green(),
    )
    if session.answer_deadline is not None:
        embed.add_field(
            name="What happens next",
            value=f"{name} has until {moment(session.answer_deadline)} to confirm. "
            "I'll tell you by direct message.",
            inline=False,
        )
    if session.price:
        embed.add_field(
            name="Points",
            value=f"{guild.amount(session.price)} are set aside until you have met.",
            inline=False,
        )
    embed.set_footer(text="All your sessions: /sessions")
    return embed
