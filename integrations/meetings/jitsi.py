"""Jitsi: rooms that exist as soon as somebody enters them, so there is nothing to make.

Whoever knows a room's name can enter it. Its name has 128 random bits. A server of one's own may
ask for a token (https://github.com/jitsi/lib-jitsi-meet/blob/master/doc/tokens.md): then the links
have one for this room and time, and the mentor's says that they moderate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt

from integrations.meetings.provider import HostedMeeting, Meeting
from mentorship.meetings.planning import KEY_BYTES

OPENS_BEFORE, CLOSES_AFTER = timedelta(hours=1), timedelta(hours=3)
"""How long before the start and after the end tokens are valid."""


@dataclass(frozen=True, slots=True)
class JitsiAccount:
    """The server of the configuration, and what its tokens are signed with, if it asks for some."""

    server: str
    app_id: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return f"JitsiAccount({self.server!r}, {self.app_id!r})"


class Jitsi:
    """Rooms on a Jitsi server."""

    hosts: tuple[str, ...] = ()

    def __init__(self, account: JitsiAccount) -> None:
        self._account = account

    async def create(self, meeting: Meeting) -> HostedMeeting:
        """Return the room of a meeting. Sends nothing."""
        return self._room(meeting)

    async def update(self, meeting: Meeting) -> HostedMeeting:
        """Return the same room, with tokens for the new time."""
        return await self.create(meeting)

    async def remove(self, meeting: Meeting) -> None:
        """Do nothing: a room that nobody is in doesn't exist."""

    async def check(self) -> None:
        """Do nothing: there are no credentials to try."""

    def _room(self, meeting: Meeting) -> HostedMeeting:
        own = self._account
        server = (meeting.server or own.server).rstrip("/")
        url = f"{server}/{meeting.room_key}"
        # The secret is for the server of the configuration, not for one that a guild has chosen.
        if not own.secret or server != own.server.rstrip("/"):
            return HostedMeeting(meeting.room_key, url)
        return HostedMeeting(
            meeting.room_key,
            f"{url}?jwt={self._token(meeting, is_mentor=False)}",
            f"{url}?jwt={self._token(meeting, is_mentor=True)}",
        )

    def longest_link(self) -> int:
        """Return the characters of the longest link to a room on the configuration's server."""
        start = datetime(2100, 1, 1, tzinfo=UTC)
        room = self._room(Meeting("0" * 2 * KEY_BYTES, "", start, start))
        return max(len(room.join_url), len(room.host_url or ""))

    def _token(self, meeting: Meeting, *, is_mentor: bool) -> str:
        # What says that somebody moderates differs between versions and plugins of the server.
        user: dict[str, Any] = {"moderator": is_mentor}
        user["affiliation"] = "owner" if is_mentor else "member"
        claims = {
            "aud": "jitsi",
            "iss": self._account.app_id,
            "sub": urlsplit(self._account.server).hostname,
            "room": meeting.room_key,
            "nbf": _seconds(meeting.starts_at - OPENS_BEFORE),
            "exp": _seconds(meeting.ends_at + CLOSES_AFTER),
            "moderator": is_mentor,
            "context": {"user": user},
        }
        return jwt.encode(claims, self._account.secret, algorithm="HS256")


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())
