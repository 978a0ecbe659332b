"""Where the two of a session meet, as each of them is told."""

from __future__ import annotations

from datetime import datetime

from bot.formatting import plain
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.meeting import OPENS_BEFORE
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import AGREED

_SOON = OPENS_BEFORE.seconds // 60
_PLACES = {"thread": "private thread", "voice": "voice channel"}


def meeting_link(session: SessionView, guild: GuildSettings) -> str | None:
    """The place itself, while there is one: a channel of the guild, or the mentor's link."""
    if session.status not in AGREED:
        return None
    if session.meeting_channel_id is not None:
        return f"https://discord.com/channels/{guild.id}/{session.meeting_channel_id}"
    return session.meeting_link


def meeting_instructions(
    session: SessionView, guild: GuildSettings, reader_id: int, now: datetime
) -> str:
    """How to get together, in a sentence for one of the two; empty where the card says it all."""
    place = meeting_link(session, guild)
    if guild.meeting_place in _PLACES and now < session.starts_at - OPENS_BEFORE:
        what = _PLACES[guild.meeting_place]
        return f"A {what} for the two of you opens {_SOON} minutes before the start."
    if place is not None:
        # The card itself has it, above the time.
        return ""
    if session.party(reader_id) is Party.MENTOR:
        return f"Send {plain(session.mentee.name)} a message to say where you meet."
    return f"{plain(session.mentor.name)} will tell you where."
