"""How a session looks to one of its two, and how it stands."""

from __future__ import annotations

import discord

from bot.views.place import way_in
from bot.wording import clock, moment, plain
from mentorship.guilds import GuildSettings
from mentorship.lifecycle import Party, Status, Word
from mentorship.sessions import SessionView

_COLOURS = {
    Status.SCHEDULED: discord.Colour.gold(),
    Status.CONFIRMED: discord.Colour.green(),
    Status.IN_PROGRESS: discord.Colour.green(),
    Status.COMPLETED: discord.Colour.blurple(),
}


def card(
    session: SessionView, reader_id: int, guild: GuildSettings, *, title: str, text: str = ""
) -> discord.Embed:
    """A session to one of its two, with both clocks."""
    other = session.other(reader_id)
    mine = session.mentor if session.party(reader_id) is Party.MENTOR else session.mentee
    embed = discord.Embed(
        title=title,
        description=text or None,
        colour=_COLOURS.get(session.status, discord.Colour.light_grey()),
    )
    embed.add_field(name="When", value=moment(session.starts_at), inline=False)
    clocks = [f"You: {clock(session.starts_at, session.ends_at, mine.timezone)}"]
    if other.timezone != mine.timezone:
        theirs = clock(session.starts_at, session.ends_at, other.timezone)
        clocks.append(f"{plain(other.name)}: {theirs}")
    embed.add_field(name="On your clocks", value="\n".join(clocks), inline=False)
    # A mention would show as a bare number to whoever shares no loaded server with them.
    profile = f"https://discord.com/users/{other.user_id}"
    embed.add_field(name="With", value=f"[{plain(other.name)}]({profile})")
    embed.add_field(name="Length", value=f"{session.minutes} minutes")
    embed.add_field(name="Price", value=guild.amount(session.price) if session.price else "free")
    if session.topic:
        embed.add_field(name="Topic", value=plain(session.topic), inline=False)
    if session.proposal is not None:
        other_time = session.proposal
        embed.add_field(
            name="Asked for instead",
            value=f"{moment(other_time.starts_at)}\n"
            f"You: {clock(other_time.starts_at, other_time.ends_at, mine.timezone)}",
            inline=False,
        )
    place = way_in(session, guild)
    if place is not None:
        embed.add_field(name="Where", value=place, inline=False)
    if session.ended_reason:
        embed.add_field(name="Reason", value=plain(session.ended_reason), inline=False)
    return embed


def status_card(
    session: SessionView, reader_id: int, guild: GuildSettings
) -> tuple[str, discord.Embed]:
    """A session as it stands now: a line that says so, and the card."""
    name = plain(session.other(reader_id).name)
    text = how_it_stands(session, reader_id, guild)
    embed = card(session, reader_id, guild, title=f"Session with {name}", text=text)
    return f"{session.status.words.capitalize()}: {name}", embed


def how_it_stands(session: SessionView, reader_id: int, guild: GuildSettings) -> str:
    """What the session waits for, or how it ended, in a sentence or two for one of the two."""
    me = session.party(reader_id)
    name = plain(session.other(reader_id).name)
    if session.proposal is not None:
        return f"{proposed(session, reader_id)} {_until(session, reader_id)}"
    if session.answer_by is not None:
        waits = "You have" if me is Party.MENTOR else f"{name} has"
        return f"{waits} until {moment(session.answer_by)} to confirm."
    if session.status is Status.IN_PROGRESS:
        return _how_it_went(session, me, name)
    if session.status is Status.DISPUTED:
        return (
            "You two remember it differently, so the moderators decide what becomes of the "
            "points. You'll hear from me when they have."
        )
    if session.status is Status.NO_SHOW:
        who = "You" if session.absent == reader_id else name
        missed = "did not come" if who != "You" else "did not come, as it was reported"
        to = "to the mentor" if session.absent == session.mentee.user_id else "back to the mentee"
        points = f" {guild.amount(session.price)} went {to}." if session.price else ""
        return f"{who} {missed}.{points}"
    if session.status is Status.REFUNDED:
        return "The moderators gave everything back to the mentee."
    return ""


def proposed(session: SessionView, reader_id: int) -> str:
    """Who asks for which other time, in a sentence for one of the two."""
    assert session.proposal is not None
    name = plain(session.other(reader_id).name)
    when = moment(session.proposal.starts_at)
    if session.proposal.by == reader_id:
        return f"You asked {name} to meet at another time: {when}."
    return f"{name} would rather meet at another time: {when}."


def _until(session: SessionView, reader_id: int) -> str:
    """What silence to a proposal means, and from when on."""
    assert session.proposal is not None
    if session.next_at is None:
        return ""
    mine = session.proposal.by == reader_id
    waits = "They have" if mine else "You have"
    meanwhile = (
        "after that the request expires and everything goes back"
        if session.status is Status.SCHEDULED
        else "until then both times are kept free, and without an answer the old one stands"
    )
    return f"{waits} until {moment(session.next_at)} to answer; {meanwhile}."


def _how_it_went(session: SessionView, me: Party, name: str) -> str:
    mine, theirs = session.said.get(me), session.said.get(me.other)
    until = moment(session.next_at) if session.next_at else "tomorrow"
    if theirs is Word.NO_SHOW:
        return (
            f"{name} says that you did not come. If it was otherwise, say so until {until}; "
            "without a word from you that stands."
        )
    if mine is Word.NO_SHOW:
        return (
            f"You said that {name} did not come. They have until {until} to say otherwise; "
            "without a word from them that stands."
        )
    if mine is Word.TOOK_PLACE:
        return (
            f"You said that it took place, thank you. As soon as {name} says so too, or "
            f"{until} at the latest, it is completed."
        )
    return ""
