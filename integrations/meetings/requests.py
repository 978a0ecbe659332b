"""Requests to a provider's REST API: JSON both ways, with limits, and failures by their kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from integrations.egress import Egress, NoAnswer, Response
from integrations.meetings.provider import MeetingFailed
from mentorship import web_addresses
from mentorship.meetings.problems import MeetingProblem
from mentorship.mentors.profile_rules import MAX_LINK_LENGTH

TIMEOUT_S = 10.0
"""Seconds until a provider has to have answered, for the `Egress` of its requests."""

MAX_ANSWER = 2 * 1024 * 1024
"""Bytes of an answer. A page with 300 of Zoom's meetings has some 300 KB."""

MAX_WAIT = timedelta(days=1)
"""The longest wait that a provider can ask for."""


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """An answer: its status, and the object in its body; empty if there is none."""

    status: int
    content: Mapping[str, Any]
    retry_after: timedelta | None = None

    def text(self, name: str) -> str:
        """Return a field that has to be text. Raises `MeetingFailed`."""
        value = self.content.get(name)
        if not isinstance(value, str) or not value:
            raise MeetingFailed(MeetingProblem.BAD_ANSWER)
        return value

    def link(self, name: str) -> str:
        """Return a field that has to be a link people can be given. Raises `MeetingFailed`."""
        value = self.text(name)
        if len(value) > MAX_LINK_LENGTH or not web_addresses.is_link(value):
            raise MeetingFailed(MeetingProblem.BAD_ANSWER)
        return value

    def failure(self) -> MeetingFailed:
        """Return what the status of an answer says that is no success."""
        if self.status in (401, 403):
            return MeetingFailed(MeetingProblem.UNAUTHORIZED)
        if self.status == 429:
            return MeetingFailed(MeetingProblem.RATE_LIMITED, self.retry_after)
        if self.status == 408 or self.status >= 500:
            return MeetingFailed(MeetingProblem.UNAVAILABLE, self.retry_after)
        if 400 <= self.status < 500:
            return MeetingFailed(MeetingProblem.REFUSED)
        return MeetingFailed(MeetingProblem.BAD_ANSWER)


async def send(
    egress: Egress,
    method: str,
    url: str,
    *,
    authorization: str,
    content: Mapping[str, Any] | None = None,
) -> JsonAnswer:
    """Send a request, and return its answer whatever the status. Raises `MeetingFailed`."""
    headers = {"authorization": authorization, "accept": "application/json"}
    headers["user-agent"] = "mentorbot"
    body = None
    if content is not None:
        headers["content-type"] = "application/json"
        body = json.dumps(content).encode()
    try:
        answer = await egress.request(method, url, headers, body, max_bytes=MAX_ANSWER)
    except NoAnswer as error:
        # Its text says nothing about the request, and so does not contain the credentials.
        raise MeetingFailed(MeetingProblem.UNAVAILABLE) from error
    return JsonAnswer(answer.status, _read(answer), _retry_after(answer))


def _read(answer: Response) -> Mapping[str, Any]:
    if not answer.body.strip():
        return {}
    try:
        content = json.loads(answer.body)
    except ValueError:
        content = None
    if isinstance(content, dict):
        return content
    if answer.is_success:
        raise MeetingFailed(MeetingProblem.BAD_ANSWER)
    # Errors may come from a proxy, as a page.
    return {}


def _retry_after(answer: Response) -> timedelta | None:
    """Return how long the provider asks to wait: in seconds, or until a date."""
    text = answer.headers.get("Retry-After", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), MAX_WAIT)
    now = datetime.now(UTC)
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            until = parse(text)
        except ValueError:
            continue
        if until.tzinfo is None:
            until = until.replace(tzinfo=UTC)
        return min(max(until - now, timedelta()), MAX_WAIT)
    return None
