"""The cards before and after booking: what is agreed to, and what was booked."""

from __future__ import annotations

import discord

from bot.formatting import clock, moment, plain
from bot.views.booking.steps import TypedText, add_typed_text
from bot.views.sessions.refund_policy import quote_policy, session_policy
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
    if quote.confirmed_at_once:
        next_step = "It's confirmed as soon as you book."
    else:
        outcome = "you're refunded in full" if quote.price else "the request expires"
        deadline = moment(quote.answer_deadline)
        next_step = f"If {plain(quote.mentor_name)} doesn't confirm by {deadline}, {outcome}."
    embed.add_field(name="Good to know", value=f"{next_step}\n{quote_policy(quote)}", inline=False)
    return embed


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
            name="Points", value=f"{price} on hold until after the session.", inline=False
        )
        embed.add_field(
            name="Cancellation", value=session_policy(session, session.mentee.user_id), inline=False
        )
    embed.set_footer(text="All your sessions: /sessions")
    return embed
