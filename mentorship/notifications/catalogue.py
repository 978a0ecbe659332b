"""What people are told, as one catalogue, and how a use case puts it into the outbox.

A notice is written in the transaction of its cause and sent afterwards
(`mentorship.delivery.outbox`), so a crash in between loses nothing. It holds no words: those are
made when it is sent, from the facts as they are then.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class Kind(StrEnum):
    """What a notice is about.

    To whom it goes, when, and what a member may say about that stands in `CATALOGUE`.
    """

    APPLICATION_RECEIVED = auto()
    APPROVED = auto()
    REJECTED = auto()
    CHANGES_REQUESTED = auto()
    SUSPENDED = auto()
    REINSTATED = auto()
    LOGGED = auto()
    TROUBLE = auto()
    WELCOME = auto()
    SETTING_LOST = auto()
    UNDELIVERED = auto()
    PLACE_FAILED = auto()
    REQUESTED = auto()
    CONFIRMED = auto()
    DECLINED = auto()
    EXPIRED = auto()
    PROPOSED = auto()
    RESCHEDULED = auto()
    KEPT = auto()
    CANCELLED = auto()
    REMINDER = auto()
    STARTING = auto()
    HOW_WAS_IT = auto()
    MISSED = auto()
    DISPUTED = auto()
    DISPUTE_OPENED = auto()
    SETTLED = auto()
    NO_SHOW = auto()
    COMPLETED = auto()
    RATED = auto()
    REPLIED = auto()
    POINTS = auto()


class Trouble(StrEnum):
    """What only a guild's moderators can mend, or need to know, about another notice."""

    REVIEW_CLOSED = auto()
    REVIEW_GONE = auto()
    LEFT = auto()
    ROLE_GONE = auto()
    ROLE_REFUSED = auto()


class To(StrEnum):
    """Where a notice goes."""

    PERSON = auto()
    REVIEW_CHANNEL = auto()
    LOG_CHANNEL = auto()
    MODERATORS = auto()
    """The first place that can be written to: the review channel, the log channel, the owner."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What holds for all notices of a kind.

    `urgent`: it goes out before what can wait, and quiet hours don't hold it. `can_be_muted`: a
    member may switch it off (`wording.notifications` names it). `before_start`: it is of no use
    once the session that it is about has begun.
    """

    to: To = To.PERSON
    urgent: bool = False
    can_be_muted: bool = False
    before_start: bool = False

    @property
    def urgency(self) -> int:
        """A higher one goes out first."""
        return 2 if self.urgent else 1

    @property
    def waits(self) -> bool:
        """Whether a person's quiet hours hold it until they end."""
        return self.to is To.PERSON and not self.urgent


URGENCIES = (2, 1)

CATALOGUE: dict[Kind, Entry] = {
    # To the moderators when somebody applies or changes their profile.
    Kind.APPLICATION_RECEIVED: Entry(To.REVIEW_CHANNEL),
    # To the applicant when a moderator approves.
    Kind.APPROVED: Entry(),
    # To the applicant when a moderator rejects, with the reason.
    Kind.REJECTED: Entry(),
    # To the applicant when a moderator asks for changes.
    Kind.CHANGES_REQUESTED: Entry(),
    # To the mentor when a moderator suspends them.
    Kind.SUSPENDED: Entry(),
    # To the mentor when a moderator lets them mentor again.
    Kind.REINSTATED: Entry(),
    # To the moderators when one of them has done something.
    Kind.LOGGED: Entry(To.LOG_CHANNEL),
    # To the moderators when something is wrong that only they can fix.
    Kind.TROUBLE: Entry(To.MODERATORS),
    # To whoever invited the bot, when it joins a server.
    Kind.WELCOME: Entry(),
    # To the moderators, or the owner, when the role or channel of a setting was deleted.
    Kind.SETTING_LOST: Entry(To.LOG_CHANNEL),
    # To the moderators, once an hour, when notifications could not be delivered.
    Kind.UNDELIVERED: Entry(To.LOG_CHANNEL),
    # To the moderators when a meeting place could not be created.
    Kind.PLACE_FAILED: Entry(To.LOG_CHANNEL),
    # To the mentor when somebody books.
    Kind.REQUESTED: Entry(before_start=True),
    # To the mentee when the mentor confirms.
    Kind.CONFIRMED: Entry(can_be_muted=True, before_start=True),
    # To the mentee when the mentor declines, with the reason.
    Kind.DECLINED: Entry(),
    # To both when the mentor did not answer in time.
    Kind.EXPIRED: Entry(),
    # To the other side of a reschedule request.
    Kind.PROPOSED: Entry(before_start=True),
    # To the author of a reschedule request that was accepted.
    Kind.RESCHEDULED: Entry(before_start=True),
    # To whoever did not end it, when a reschedule request was declined, withdrawn or expired.
    Kind.KEPT: Entry(before_start=True),
    # To the other side, or to both, when a session is cancelled.
    Kind.CANCELLED: Entry(urgent=True),
    # To both, some time before the start.
    Kind.REMINDER: Entry(before_start=True),
    # To both when a session starts.
    Kind.STARTING: Entry(urgent=True),
    # To the mentee when a session ends.
    Kind.HOW_WAS_IT: Entry(can_be_muted=True),
    # To whoever the other side reported as a no-show.
    Kind.MISSED: Entry(),
    # To both when their attendance reports contradict each other.
    Kind.DISPUTED: Entry(),
    # To the moderators when two attendance reports contradict each other.
    Kind.DISPUTE_OPENED: Entry(To.MODERATORS),
    # To both when a moderator resolves the dispute.
    Kind.SETTLED: Entry(),
    # To both when a no-show was not contested.
    Kind.NO_SHOW: Entry(),
    # To whoever did not report it, when a session is completed.
    Kind.COMPLETED: Entry(can_be_muted=True),
    # To the mentor when the mentee rates a session, and when they add text later.
    Kind.RATED: Entry(can_be_muted=True),
    # To the mentee when the mentor replies to a review.
    Kind.REPLIED: Entry(can_be_muted=True),
    # To the member whose points were granted, deducted or given.
    Kind.POINTS: Entry(can_be_muted=True),
}

WRITTEN_AHEAD = (Kind.REMINDER, Kind.STARTING, Kind.HOW_WAS_IT)
"""Kinds that lie in the outbox until their time, and are dropped when the session ends early."""

MUTABLE = tuple(kind for kind, entry in CATALOGUE.items() if entry.can_be_muted)
"""The kinds that a member may switch off."""
