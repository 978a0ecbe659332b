"""Daily: rooms with a name of our own, which open before the start and expire after the end.

Facts of its API: https://docs.daily.co/reference/rest-api/rooms. A room's name is its key, so a
second attempt can't make a second room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from integrations.egress import Egress
from integrations.meetings import requests
from integrations.meetings.provider import HostedMeeting, Meeting, MeetingFailed
from integrations.meetings.requests import JsonAnswer
from mentorship.meetings.problems import MeetingProblem

API = "https://api.daily.co/v1"

OPENS_BEFORE, CLOSES_AFTER = timedelta(hours=1), timedelta(hours=3)
"""How long before the start people can enter, and after the end. Who is inside then may stay."""


@dataclass(frozen=True, slots=True)
class DailyAccount:
    """The account's API key."""

    api_key: str

    def __repr__(self) -> str:
        return "DailyAccount()"


class Daily:
    """Rooms at Daily."""

    hosts: tuple[str, ...] = ()

    def __init__(self, egress: Egress, account: DailyAccount, *, api: str = API) -> None:
        self._egress = egress
        self._account = account
        self._api = api

    async def create(self, meeting: Meeting) -> HostedMeeting:
        """Make a room, or bring the one up to date that has its name."""
        room = {"name": meeting.room_key, "privacy": "public", "properties": _properties(meeting)}
        answer = await self._send("POST", "/rooms", room)
        if answer.status == 400:
            # The name may be taken, by an attempt whose answer was lost.
            changed = await self._change(meeting)
            if changed.status == 200:
                return _hosted(changed)
        if answer.status != 200:
            raise answer.failure()
        return _hosted(answer)

    async def update(self, meeting: Meeting) -> HostedMeeting:
        """Change when the room can be entered; make it again if it was deleted or has expired."""
        answer = await self._change(meeting)
        if _is_gone(answer):
            return await self.create(meeting)
        if answer.status != 200:
            raise answer.failure()
        return _hosted(answer)

    async def remove(self, meeting: Meeting) -> None:
        """Delete the room."""
        answer = await self._send("DELETE", f"/rooms/{meeting.room_key}")
        if answer.status != 200 and not _is_gone(answer):
            raise answer.failure()

    async def check(self) -> None:
        """Ask for the account's configuration, which needs a valid key."""
        answer = await self._send("GET", "/")
        if answer.status != 200:
            raise answer.failure()

    async def _change(self, meeting: Meeting) -> JsonAnswer:
        content = {"properties": _properties(meeting)}
        return await self._send("POST", f"/rooms/{meeting.room_key}", content)

    async def _send(
        self, method: str, path: str, content: Mapping[str, Any] | None = None
    ) -> JsonAnswer:
        authorization = f"Bearer {self._account.api_key}"
        return await requests.send(
            self._egress, method, self._api + path, authorization=authorization, content=content
        )


def _properties(meeting: Meeting) -> dict[str, Any]:
    return {
        "nbf": int((meeting.starts_at - OPENS_BEFORE).timestamp()),
        "exp": int((meeting.ends_at + CLOSES_AFTER).timestamp()),
    }


def _is_gone(answer: JsonAnswer) -> bool:
    """Return whether Daily says that there is no such room. A proxy may also answer 404."""
    return answer.status == 404 and answer.content.get("error") == "not-found"


def _hosted(answer: JsonAnswer) -> HostedMeeting:
    try:
        return HostedMeeting(answer.text("name"), answer.link("url"))
    except MeetingFailed:
        raise MeetingFailed(MeetingProblem.BAD_ANSWER) from None
