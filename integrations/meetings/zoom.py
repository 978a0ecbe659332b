"""Zoom: scheduled meetings, made by a server-to-server OAuth app of the operator's account.

Facts of its API: https://developers.zoom.us/docs/api/meetings/ and
https://developers.zoom.us/docs/internal-apps/s2s-oauth/. Zoom has no key that makes a request safe
to repeat. So each meeting has our own key in its agenda, by which an earlier attempt's is found.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from integrations.egress import Egress
from integrations.meetings import requests
from integrations.meetings.provider import HostedMeeting, Meeting, MeetingFailed
from integrations.meetings.requests import JsonAnswer
from mentorship.meetings.problems import MeetingProblem

API = "https://api.zoom.us/v2"
LOGIN = "https://zoom.us/oauth/token"

PAGE_SIZE = 300
"""Meetings on a page of the list: the most that Zoom gives."""

MAX_PAGES = 10
"""Pages that are read in search of one meeting."""

MAX_TITLE = 200
"""Characters of a topic."""

TOKEN_MARGIN_S = 60.0
"""Seconds before its end after which a token isn't used any more."""

DAILY_LIMIT_RETRY = timedelta(hours=2)
"""Time until the next attempt for a user who has used up the changes that Zoom allows in a day."""

_SCHEDULED = 2
"""The type of a meeting with a time."""

_WITHOUT_REGISTRATION = 2

_NO_SUCH_USER, _NO_SUCH_MEETING = 1001, 3001
_IN_PROGRESS, _ENDED = 3002, 3007


@dataclass(frozen=True, slots=True)
class ZoomAccount:
    """The credentials of the app, and the users who host meetings, by id or email address."""

    account_id: str
    client_id: str
    client_secret: str
    users: tuple[str, ...]
    waiting_room: bool = False

    def __repr__(self) -> str:
        return f"ZoomAccount(users={self.users!r})"


class Zoom:
    """Meetings at Zoom."""

    def __init__(
        self, egress: Egress, account: ZoomAccount, *, api: str = API, login: str = LOGIN
    ) -> None:
        self._egress = egress
        self._account = account
        self._api = api
        self._login = login
        self._token: str | None = None
        self._token_ends = 0.0
        self._logging_in = asyncio.Lock()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The configured users: Zoom lets each host one meeting at a time."""
        return self._account.users

    async def create(self, meeting: Meeting) -> HostedMeeting:
        """Make a meeting, or find the one that an earlier attempt has made."""
        if meeting.may_exist:
            existing = await self._find(meeting)
            if existing is not None:
                return await self._change(existing, meeting)
        path = f"/users/{quote(meeting.host, safe='@')}/meetings"
        answer = await self._send("POST", path, self._content(meeting))
        if answer.status != 201:
            raise _failure(answer)
        return _hosted(answer.content)

    async def update(self, meeting: Meeting) -> HostedMeeting:
        """Change the time of a meeting; make it again if somebody has deleted it."""
        if meeting.external_id is None:
            return await self.create(meeting)
        answer = await self._send("GET", f"/meetings/{meeting.external_id}")
        if _is_gone(answer):
            return await self.create(replace(meeting, may_exist=True))
        if answer.status != 200:
            raise _failure(answer)
        return await self._change(_hosted(answer.content), meeting)

    async def remove(self, meeting: Meeting) -> None:
        """Delete a meeting, if it exists."""
        external_id = meeting.external_id
        if external_id is None:
            existing = await self._find(meeting)
            if existing is None:
                return
            external_id = existing.external_id
        # The people concerned are told here, and not once more by Zoom.
        query = urlencode({"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"})
        answer = await self._send("DELETE", f"/meetings/{external_id}?{query}")
        code = answer.content.get("code")
        if answer.status == 204 or _is_gone(answer) or (answer.status == 400 and code == _ENDED):
            return
        if answer.status == 400 and code == _IN_PROGRESS:
            # Somebody is in there. It is deleted when they have left.
            raise MeetingFailed(MeetingProblem.UNAVAILABLE)
        raise _failure(answer)

    async def check(self) -> None:
        """Log in, and ask for one meeting of each user, which needs the permission to list them."""
        for user in self._account.users:
            answer = await self._list(user, page_size=1)
            if answer.status != 200:
                raise _failure(answer)

    async def _change(self, existing: HostedMeeting, meeting: Meeting) -> HostedMeeting:
        answer = await self._send(
            "PATCH", f"/meetings/{existing.external_id}", self._content(meeting)
        )
        if answer.status != 204:
            raise _failure(answer)
        return existing

    async def _find(self, meeting: Meeting) -> HostedMeeting | None:
        """Find a meeting by its key among its host's. The list has the beginning of the agenda."""
        page_token = ""
        for _ in range(MAX_PAGES):
            answer = await self._list(meeting.host, PAGE_SIZE, page_token)
            if answer.status != 200:
                raise _failure(answer)
            meetings = answer.content.get("meetings")
            if not isinstance(meetings, list):
                raise MeetingFailed(MeetingProblem.BAD_ANSWER)
            for each in meetings:
                agenda = each.get("agenda") if isinstance(each, dict) else None
                if isinstance(agenda, str) and agenda.startswith(meeting.room_key):
                    return _hosted(each)
            page_token = answer.content.get("next_page_token") or ""
            if not isinstance(page_token, str):
                raise MeetingFailed(MeetingProblem.BAD_ANSWER)
            if not page_token:
                return None
        # It may be on a later page. Making another one could leave two.
        raise MeetingFailed(MeetingProblem.REFUSED)

    async def _list(self, user: str, page_size: int, page_token: str = "") -> JsonAnswer:
        query = {"type": "scheduled", "page_size": str(page_size)}
        if page_token:
            query["next_page_token"] = page_token
        path = f"/users/{quote(user, safe='@')}/meetings?{urlencode(query)}"
        return await self._send("GET", path)

    def _content(self, meeting: Meeting) -> dict[str, Any]:
        waiting_room = self._account.waiting_room
        return {
            "topic": meeting.title[:MAX_TITLE],
            "type": _SCHEDULED,
            "start_time": f"{meeting.starts_at:%Y-%m-%dT%H:%M:%SZ}",
            "duration": meeting.minutes,
            "timezone": "UTC",
            "agenda": meeting.room_key,
            "settings": {
                "approval_type": _WITHOUT_REGISTRATION,
                # The configured user hosts the meeting on paper only.
                "join_before_host": not waiting_room,
                "jbh_time": 0,
                "waiting_room": waiting_room,
            },
        }

    async def _send(
        self, method: str, path: str, content: Mapping[str, Any] | None = None
    ) -> JsonAnswer:
        """Send a request with a token; with a new one, if the old one was withdrawn meanwhile."""
        token = await self._log_in()
        answer = await self._send_with(token, method, path, content)
        if answer.status == 401:
            if self._token == token:
                self._token = None
            answer = await self._send_with(await self._log_in(), method, path, content)
        return answer

    async def _send_with(
        self, token: str, method: str, path: str, content: Mapping[str, Any] | None
    ) -> JsonAnswer:
        return await requests.send(
            self._egress,
            method,
            self._api + path,
            authorization=f"Bearer {token}",
            content=content,
        )

    async def _log_in(self) -> str:
        """Return a valid token; a new one, if there is none."""
        async with self._logging_in:
            if self._token is not None and time.monotonic() < self._token_ends:
                return self._token
            own = self._account
            query = urlencode({"grant_type": "account_credentials", "account_id": own.account_id})
            pair = b64encode(f"{own.client_id}:{own.client_secret}".encode()).decode()
            answer = await requests.send(
                self._egress, "POST", f"{self._login}?{query}", authorization=f"Basic {pair}"
            )
            if answer.status in (400, 401):
                # OAuth says 400 for wrong credentials, too.
                raise MeetingFailed(MeetingProblem.UNAUTHORIZED)
            if answer.status != 200:
                raise answer.failure()
            token, seconds = answer.text("access_token"), answer.content.get("expires_in")
            if not isinstance(seconds, int):
                raise MeetingFailed(MeetingProblem.BAD_ANSWER)
            self._token, self._token_ends = token, time.monotonic() + seconds - TOKEN_MARGIN_S
            return token


def _hosted(content: Mapping[str, Any]) -> HostedMeeting:
    number = content.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise MeetingFailed(MeetingProblem.BAD_ANSWER)
    return HostedMeeting(str(number), JsonAnswer(200, content).link("join_url"))


def _is_gone(answer: JsonAnswer) -> bool:
    """Return whether Zoom says that there is no such meeting. A proxy may also answer 404."""
    return answer.status == 404 and answer.content.get("code") == _NO_SUCH_MEETING


def _failure(answer: JsonAnswer) -> MeetingFailed:
    code = answer.content.get("code")
    if answer.status == 404 and code == _NO_SUCH_USER:
        return MeetingFailed(MeetingProblem.UNKNOWN_HOST_USER)
    if answer.status == 300:
        # "A maximum of 100 meetings can be created/updated for a single user in one day."
        return MeetingFailed(MeetingProblem.RATE_LIMITED, DAILY_LIMIT_RETRY)
    if answer.status == 400 and code in (124, 4700, 4711):
        # The token is invalid, or lacks a scope.
        return MeetingFailed(MeetingProblem.UNAUTHORIZED)
    return answer.failure()
