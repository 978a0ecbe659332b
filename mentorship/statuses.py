"""The statuses of sessions, mentor profiles and profile revisions, as the database stores them.

They stand at the bottom of the package because availability, search and members read the status of
a session or a profile too. Which action leads from one session status to another is the table in
`mentorship.sessions.lifecycle`.
"""

from __future__ import annotations

from enum import StrEnum, auto


class SessionStatus(StrEnum):
    """The status of a session."""

    SCHEDULED = auto()
    CONFIRMED = auto()
    IN_PROGRESS = auto()
    COMPLETED = auto()
    DECLINED = auto()
    EXPIRED = auto()
    CANCELLED = auto()
    NO_SHOW = auto()
    DISPUTED = auto()
    REFUNDED = auto()

    @property
    def is_over(self) -> bool:
        """Whether no further action is possible: the points have been paid out or refunded."""
        return self not in LIVE


UPCOMING = frozenset({SessionStatus.SCHEDULED, SessionStatus.CONFIRMED})
"""Statuses of a session that hasn't started."""

LIVE = UPCOMING | {SessionStatus.IN_PROGRESS, SessionStatus.DISPUTED}
"""Statuses of a session that isn't over: the mentee's points are on hold."""

AGREED = frozenset({SessionStatus.CONFIRMED, SessionStatus.IN_PROGRESS})
"""Statuses of a session that the mentor has confirmed and that hasn't ended."""

CALLED_OFF = frozenset({SessionStatus.DECLINED, SessionStatus.EXPIRED, SessionStatus.CANCELLED})
"""Statuses of a session that ended without taking place."""


class ProfileStatus(StrEnum):
    """The status of a mentor profile.

    `APPLICANT`: never approved. `APPROVED`: a mentor, perhaps paused. `SUSPENDED`: by a moderator.
    `STOPPED`: by the mentor, or because they left the guild.
    """

    APPLICANT = auto()
    APPROVED = auto()
    SUSPENDED = auto()
    STOPPED = auto()


class InvitationStatus(StrEnum):
    """The status of a mentor's invitation to a session."""

    OPEN = auto()
    ACCEPTED = auto()
    DECLINED = auto()
    WITHDRAWN = auto()
    """By the mentor, or because the mentor can't mentor any more."""

    EXPIRED = auto()


class HelpRequestStatus(StrEnum):
    """The status of a member's request for help."""

    OPEN = auto()
    OFFERED = auto()
    """A mentor has offered a time, which the member hasn't answered yet."""

    BOOKED = auto()
    WITHDRAWN = auto()
    EXPIRED = auto()

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen to the request any more."""
        return self not in (HelpRequestStatus.OPEN, HelpRequestStatus.OFFERED)


class GoalStatus(StrEnum):
    """The status of a mentee's goal."""

    OPEN = auto()
    REACHED = auto()
    DROPPED = auto()


class RevisionStatus(StrEnum):
    """The status of a profile revision: a text that a mentor or applicant submitted."""

    PENDING = auto()
    CHANGES_REQUESTED = auto()
    APPROVED = auto()
    REJECTED = auto()
    WITHDRAWN = auto()


class RevisionKind(StrEnum):
    """What a profile revision is: an application, or a change of an approved profile."""

    APPLICATION = auto()
    CHANGE = auto()
