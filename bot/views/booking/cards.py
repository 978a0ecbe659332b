"""The cards before and after booking: what is agreed to, and what was booked."""

from __future__ import annotations

import discord

from bot.formatting import clock, moment, plain
from bot.views.booking.steps import TypedText, add_typed_text
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.booking import Quote
from mentorship.sessions.session_views import SessionView
from wording.points import format_points
from wording.reader import ENGLISH


def confirmation_card(quote: Quote, guild: GuildSettings, typed: TypedText) -> discord.Embed:
    """Return the card that shows what confirming would book."""
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
    embed.add_field(
        name="Price", value=format_points(quote.price, guild, ENGLISH) if quote.price else "free"
    )
    embed.add_field(
        name="Balance after", value=format_points(quote.balance - quote.price, guild, ENGLISH)
    )
    add_typed_text(embed, typed)
    if quote.clock_change:
        embed.add_field(
            name="The clocks change that night",
            value=f"The session lasts {quote.minutes} minutes all the same.",
            inline=False,
        )
    next_step = (
        "It is yours at once."
        if quote.confirmed_at_once
        else f"{plain(quote.mentor_name)} has until {moment(quote.answer_deadline)} to confirm; "
        "without an answer you get everything back."
    )
    embed.add_field(name="Good to know", value=f"{next_step}\n{_policy(quote)}", inline=False)
    return embed


def _policy(quote: Quote) -> str:
    """Return until when cancelling is free, and what is refunded after that."""
    if not quote.price:
        return "You can cancel at any time before it starts."
    late_refund = f"{quote.late_refund_percent} %" if quote.late_refund_percent else "nothing"
    if quote.free_cancellation_until is None:
        name = plain(quote.mentor_name)
        condition = "you have booked" if quote.confirmed_at_once else f"{name} has confirmed"
        return f"It starts so soon that, once {condition}, cancelling gives {late_refund} back."
    return (
        f"You can cancel and get everything back until {moment(quote.free_cancellation_until)}; "
        f"after that {late_refund}, once it is confirmed."
    )


def booked_card(session: SessionView, guild: GuildSettings) -> discord.Embed:
    """Return the card that the mentee sees after booking."""
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
        price = format_points(session.price, guild, ENGLISH)
        embed.add_field(
            name="Points", value=f"{price} are set aside until you have met.", inline=False
        )
    embed.set_footer(text="All your sessions: /sessions")
    return embed
