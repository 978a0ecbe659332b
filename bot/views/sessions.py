"""A person's sessions in a list."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.wording import moment, plain, stars
from mentorship.lifecycle import Party
from mentorship.sessions import SessionView


def list_card(
    upcoming: Sequence[SessionView], past: Sequence[SessionView], reader_id: int
) -> discord.Embed:
    """What comes and what was, each in one line."""
    embed = discord.Embed(title="Your sessions", colour=discord.Colour.blurple())
    if not upcoming and not past:
        embed.description = "You have no sessions yet. Book one with `/book`."
        return embed
    embed.description = "**Upcoming**\n" + (
        "\n".join(_line(session, reader_id) for session in upcoming)
        or "Nothing at the moment. Book a session with `/book`."
    )
    if past:
        embed.description += "\n\n**Past**\n" + "\n".join(
            _line(session, reader_id) for session in past
        )
    if len(embed.description) > 4_000:
        embed.description = embed.description[:4_000].rsplit("\n", 1)[0] + "\n…"
    embed.set_footer(text="Cancel with /cancel · rate with /rate")
    return embed


def _line(session: SessionView, reader_id: int) -> str:
    mentoring = session.party(reader_id) is Party.MENTOR
    rated = f" {stars(session.stars)}" if session.stars is not None else ""
    return (
        f"• {moment(session.starts_at)} — {'you mentor ' if mentoring else ''}"
        f"**{plain(session.other(reader_id).name)}**, {session.minutes} minutes, "
        f"{session.status.words}{rated}"
    )
