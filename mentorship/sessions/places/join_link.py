"""The address at which people meet: the open room's in Discord, else the meeting link. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mentorship import meeting_places
from mentorship.statuses import AGREED, SessionStatus

OPENS_BEFORE = timedelta(minutes=15)
"""How long before the start a room is opened."""


def channel_url(guild_id: int, channel_id: int) -> str:
    """Return the address of a channel in Discord, which opens it in the app or the browser."""
    return f"https://discord.com/channels/{guild_id}/{channel_id}"


def join_link(
    status: SessionStatus, guild_id: int, channel_id: int | None, meeting_link: str | None
) -> str | None:
    """Return the address of the room `channel_id` if it is open, else the meeting link.

    None unless the session is confirmed or in progress, or without either.
    """
    if status not in AGREED:
        return None
    return meeting_link if channel_id is None else channel_url(guild_id, channel_id)


def awaits_room(place: str, channel_id: int | None, starts_at: datetime, now: datetime) -> bool:
    """Return whether people are going to meet in a room in Discord that isn't open yet.

    Until then they aren't given the meeting link: one would go there, and the other wait in the
    room.
    """
    is_early = now < starts_at - OPENS_BEFORE
    return is_early and channel_id is None and place in meeting_places.ROOMS


def calendar_link(place: str, channel_id: int | None, link: str | None) -> str | None:
    """Return the address that a calendar gives, of which `link` is the one of now.

    None for a room in Discord until it opens, as for `awaits_room`. Since apps read a calendar at
    any time, that doesn't depend on the time of reading: the entry changes when the room opens.
    """
    return None if channel_id is None and place in meeting_places.ROOMS else link
