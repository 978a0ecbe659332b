"""What each meeting provider can do, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mentorship.meetings.problems import MeetingProblem


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting to make, change or remove.

    `room_key` is random (32 hexadecimal digits), and marks the meeting at the provider. `host` is
    the provider's user who hosts it, empty where there are none. `server` is the guild's own Jitsi
    server. `external_id` is what the provider calls it, None until that is known. `may_exist` tells
    that an earlier attempt may have made it without recording it.
    """

    room_key: str
    title: str
    starts_at: datetime
    ends_at: datetime
    host: str = ""
    server: str | None = None
    external_id: str | None = None
    may_exist: bool = False

    @property
    def minutes(self) -> int:
        """The length in minutes."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class HostedMeeting:
    """A meeting as the provider has it. `host_url` is the mentor's own link, if it is another."""

    external_id: str
    join_url: str
    host_url: str | None = None


class MeetingFailed(Exception):
    """The provider didn't do it. `retry_after` is how long it asks to wait, if it says so."""

    def __init__(self, problem: MeetingProblem, retry_after: timedelta | None = None) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.retry_after = retry_after


class MeetingProvider(Protocol):
    """A provider. Each call may be repeated, and makes and removes one meeting at most.

    All raise `MeetingFailed`, whose text never contains a secret.
    """

    @property
    def hosts(self) -> tuple[str, ...]:
        """The users who can host one meeting at a time each; empty if there is no such limit."""

    async def create(self, meeting: Meeting) -> HostedMeeting:
        """Make a meeting, or find the one that an earlier attempt has made."""

    async def update(self, meeting: Meeting) -> HostedMeeting:
        """Change the time of a meeting that was made, or make it again if it is gone."""

    async def remove(self, meeting: Meeting) -> None:
        """Remove a meeting, if it exists."""

    async def check(self) -> None:
        """Ask the provider whether the credentials are right. Makes nothing."""
