"""What people are told, as one catalogue, and how a use case puts it into the outbox.

A notice is written in the transaction of its cause and sent afterwards
(`mentorship.delivery.outbox`), so a crash in between loses nothing. It holds no words: those are
made when it is sent, from the facts as they are then.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto


class NotificationKind(StrEnum):
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


class DeliveryProblem(StrEnum):
    """What only a guild's moderators can mend, or need to know, about another notice."""

    REVIEW_CLOSED = auto()
    REVIEW_GONE = auto()
    LEFT = auto()
    ROLE_GONE = auto()
    ROLE_REFUSED = auto()


class Destination(StrEnum):
    """Where a notice goes."""

    PERSON = auto()
    REVIEW_CHANNEL = auto()
    LOG_CHANNEL = auto()
    MODERATORS = auto()
    """The first place that can be written to: the review channel, the log channel, the owner."""


@dataclass(frozen=True, slots=True)
class NotificationSpec:
    """What holds for all notices of a kind.

    `urgent`: it goes out before what can wait, and quiet hours don't hold it. `can_be_muted`: a
    member may switch it off (`wording.notifications` names it). `before_start`: it is of no use
    once the session that it is about has begun.
    """

    to: Destination = Destination.PERSON
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
        return self.to is Destination.PERSON and not self.urgent


URGENCIES = (2, 1)

CATALOGUE: dict[NotificationKind, NotificationSpec] = {
    # To the moderators when somebody applies or changes their profile.
    NotificationKind.APPLICATION_RECEIVED: NotificationSpec(Destination.REVIEW_CHANNEL),
    # To the applicant when a moderator approves.
    NotificationKind.APPROVED: NotificationSpec(),
    # To the applicant when a moderator rejects, with the reason.
    NotificationKind.REJECTED: NotificationSpec(),
    # To the applicant when a moderator asks for changes.
    NotificationKind.CHANGES_REQUESTED: NotificationSpec(),
    # To the mentor when a moderator suspends them.
    NotificationKind.SUSPENDED: NotificationSpec(),
    # To the mentor when a moderator lets them mentor again.
    NotificationKind.REINSTATED: NotificationSpec(),
    # To the moderators when one of them has done something.
    NotificationKind.LOGGED: NotificationSpec(Destination.LOG_CHANNEL),
    # To the moderators when something is wrong that only they can fix.
    NotificationKind.TROUBLE: NotificationSpec(Destination.MODERATORS),
    # To whoever invited the bot, when it joins a server.
    NotificationKind.WELCOME: NotificationSpec(),
    # To the moderators, or the owner, when the role or channel of a setting was deleted.
    NotificationKind.SETTING_LOST: NotificationSpec(Destination.LOG_CHANNEL),
    # To the moderators, once an hour, when notifications could not be delivered.
    NotificationKind.UNDELIVERED: NotificationSpec(Destination.LOG_CHANNEL),
    # To the moderators when a meeting place could not be created.
    NotificationKind.PLACE_FAILED: NotificationSpec(Destination.LOG_CHANNEL),
    # To the mentor when somebody books.
    NotificationKind.REQUESTED: NotificationSpec(before_start=True),
    # To the mentee when the mentor confirms.
    NotificationKind.CONFIRMED: NotificationSpec(can_be_muted=True, before_start=True),
    # To the mentee when the mentor declines, with the reason.
    NotificationKind.DECLINED: NotificationSpec(),
    # To both when the mentor did not answer in time.
    NotificationKind.EXPIRED: NotificationSpec(),
    # To the other side of a reschedule request.
    NotificationKind.PROPOSED: NotificationSpec(before_start=True),
    # To the author of a reschedule request that was accepted.
    NotificationKind.RESCHEDULED: NotificationSpec(before_start=True),
    # To whoever did not end it, when a reschedule request was declined, withdrawn or expired.
    NotificationKind.KEPT: NotificationSpec(before_start=True),
    # To the other side, or to both, when a session is cancelled.
    NotificationKind.CANCELLED: NotificationSpec(urgent=True),
    # To both, some time before the start.
    NotificationKind.REMINDER: NotificationSpec(before_start=True),
    # To both when a session starts.
    NotificationKind.STARTING: NotificationSpec(urgent=True),
    # To the mentee when a session ends.
    NotificationKind.HOW_WAS_IT: NotificationSpec(can_be_muted=True),
    # To whoever the other side reported as a no-show.
    NotificationKind.MISSED: NotificationSpec(),
    # To both when their attendance reports contradict each other.
    NotificationKind.DISPUTED: NotificationSpec(),
    # To the moderators when two attendance reports contradict each other.
    NotificationKind.DISPUTE_OPENED: NotificationSpec(Destination.MODERATORS),
    # To both when a moderator resolves the dispute.
    NotificationKind.SETTLED: NotificationSpec(),
    # To both when a no-show was not contested.
    NotificationKind.NO_SHOW: NotificationSpec(),
    # To whoever did not report it, when a session is completed.
    NotificationKind.COMPLETED: NotificationSpec(can_be_muted=True),
    # To the mentor when the mentee rates a session, and when they add text later.
    NotificationKind.RATED: NotificationSpec(can_be_muted=True),
    # To the mentee when the mentor replies to a review.
    NotificationKind.REPLIED: NotificationSpec(can_be_muted=True),
    # To the member whose points were granted, deducted or given.
    NotificationKind.POINTS: NotificationSpec(can_be_muted=True),
}

SCHEDULED_KINDS = (
    NotificationKind.REMINDER,
    NotificationKind.STARTING,
    NotificationKind.HOW_WAS_IT,
)
"""Kinds that lie in the outbox until their time, and are dropped when the session ends early."""

MUTABLE = tuple(kind for kind, entry in CATALOGUE.items() if entry.can_be_muted)
"""The kinds that a member may switch off."""
