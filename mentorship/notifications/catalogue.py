"""The catalogue of notifications: who gets each kind, when, and whether it can be switched off.

A notification is written to the outbox in the transaction that causes it, and delivered afterwards
(`mentorship.delivery`). So a crash in between loses nothing. It contains no text. The text is
rendered when it is sent, from the data as of then.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class NotificationKind(StrEnum):
    """What a notification is about. `CATALOGUE` specifies each kind. The values are stored."""

    APPLICATION_RECEIVED = auto()
    APPROVED = auto()
    REJECTED = auto()
    CHANGES_REQUESTED = auto()
    SUSPENDED = auto()
    REINSTATED = auto()
    MENTOR_ROLE = auto()
    LOGGED = auto()
    DELIVERY_PROBLEM = "trouble"
    WELCOME = auto()
    SETTING_LOST = auto()
    UNDELIVERED = auto()
    MEETING_PLACE_FAILED = "place_failed"
    WEBHOOK_DISABLED = auto()
    REQUESTED = auto()
    INVITED = auto()
    INVITATION_ACCEPTED = auto()
    INVITATION_ENDED = auto()
    HELP_REQUESTED = auto()
    HELP_REQUEST_EXPIRED = auto()
    CONFIRMED = auto()
    DECLINED = auto()
    EXPIRED = auto()
    SERIES_REQUESTED = auto()
    SERIES_CONFIRMED = auto()
    SERIES_DECLINED = auto()
    SERIES_EXPIRED = auto()
    SERIES_CANCELLED = auto()
    RESCHEDULE_PROPOSED = "proposed"
    RESCHEDULED = auto()
    RESCHEDULE_ENDED = "kept"
    CANCELLED = auto()
    ANNOUNCEMENT_FAILED = auto()
    EVENT_FAILED = auto()
    EVENT_CHANGED = auto()
    EVENT_CANCELLED = auto()
    ENTRY_MOVED = auto()
    ENTRY_DELETED = auto()
    SEAT_GIVEN = auto()
    SEAT_MOVED = auto()
    SEAT_EXPIRED = auto()
    WAITLIST_ENDED = auto()
    MEETING_LINK = auto()
    REMINDER = auto()
    STARTING = auto()
    RUNNING_LATE = auto()
    LOCAL_TIME_CHANGED = auto()
    STEP_DUE = auto()
    SESSION_ENDED = "how_was_it"
    NO_SHOW_REPORTED = "missed"
    DISPUTED = auto()
    DISPUTE_OPENED = auto()
    DISPUTE_REMINDER = auto()
    DISPUTE_RESOLVED = "settled"
    NO_SHOW = auto()
    COMPLETED = auto()
    RATED = auto()
    REPLIED = auto()
    REVIEW_HIDDEN = auto()
    REVIEW_SHOWN = auto()
    THANKED = auto()
    ROLE_EARNED = auto()
    THRESHOLD_ROLE_STOPPED = auto()
    POINTS = auto()
    ASKED_IF_ACTIVE = auto()
    PAUSED_FOR_SILENCE = auto()
    GRANT_REQUESTED = auto()
    GRANT_DECIDED = auto()
    REPEAT_SKIPPED = auto()
    SLOT_OPENED = auto()
    GOALS_QUESTION = auto()
    MENTORSHIP_ENDED = auto()
    CALENDAR_FAILING = auto()
    CALENDAR_CONFLICT = auto()


class DropReason(StrEnum):
    """Why a notification was not sent, for operators, as stored with it."""

    MUTED = auto()
    OBSOLETE = auto()
    EXPIRED = auto()
    SESSION_ENDED = auto()
    ROLE_ONLY = auto()
    """It changes the recipient's mentor role, and has no message."""


class DeliveryProblem(StrEnum):
    """A problem with a notification that the guild's moderators can fix, or should know about."""

    REVIEW_CLOSED = auto()
    REVIEW_GONE = auto()
    LEFT = auto()
    ROLE_GONE = auto()
    ROLE_REFUSED = auto()
    REQUESTS_CLOSED = auto()
    """The bot may not write to the channel for requests for help."""

    REQUEST_CARD_DELETED = auto()


class Destination(StrEnum):
    """Where a notification is sent."""

    PERSON = auto()
    REVIEW_CHANNEL = auto()
    LOG_CHANNEL = auto()
    MODERATORS = auto()
    """The first of these that can be reached: the review channel, the log channel, the owner."""


class Timing(Enum):
    """What makes a notification too important to wait until its reader's quiet hours end.

    `mentorship.notifications.timing` has the rules.
    """

    CAN_WAIT = auto()
    """Nothing does."""

    ANSWER = auto()
    """The reader's silence has a consequence before they would have had a fair time to answer."""

    START = auto()
    """The session starts before they would have had a fair time to prepare."""

    CANCELLATION = auto()
    """As `START`, and always if the session would have started soon."""

    REMINDER = auto()
    """The session starts soon, and no later reminder says so."""

    NOW = auto()
    """It is only useful at this moment."""


@dataclass(frozen=True, slots=True)
class NotificationSpec:
    """The properties of all notifications of a kind.

    Attributes:
        destination: Where it is sent.
        timing: What keeps it from waiting until the recipient's quiet hours end.
        can_be_muted: Whether a member may switch it off.
        muted_with: Another kind, with which a member switches it off, too.
        before_start: Whether it is only useful before its session starts.
        shows_state: Whether its message says or asks something that is no longer true once its
            session or application has changed. Then the message is edited.
        supersedes: Whether its reader's earlier messages about the session are only history once
            this one was sent, since it says how things are now.
    """

    destination: Destination = Destination.PERSON
    timing: Timing = Timing.CAN_WAIT
    can_be_muted: bool = False
    muted_with: NotificationKind | None = None
    before_start: bool = False
    shows_state: bool = False
    supersedes: bool = False

    def is_muted(self, kind: NotificationKind, muted: Collection[str]) -> bool:
        """Return whether a member who has switched off the kinds `muted` doesn't get `kind`.

        The specification is that of `kind`.
        """
        return (self.can_be_muted and kind in muted) or self.muted_with in muted

    @property
    def asks(self) -> bool:
        """Return whether it asks for something, so that the reader's silence has a consequence."""
        return self.timing is Timing.ANSWER

    @property
    def respects_quiet_hours(self) -> bool:
        """Return whether it may have to wait until the recipient's quiet hours end."""
        return self.destination is Destination.PERSON and self.timing is not Timing.NOW


CATALOGUE: dict[NotificationKind, NotificationSpec] = {
    # To the moderators when someone applies or changes their profile.
    NotificationKind.APPLICATION_RECEIVED: NotificationSpec(Destination.REVIEW_CHANNEL),
    # To the applicant when a moderator approves.
    NotificationKind.APPROVED: NotificationSpec(),
    # To the applicant when a moderator rejects, with the reason.
    NotificationKind.REJECTED: NotificationSpec(),
    # To the applicant when a moderator asks for changes.
    NotificationKind.CHANGES_REQUESTED: NotificationSpec(shows_state=True),
    # To the mentor when a moderator suspends them.
    NotificationKind.SUSPENDED: NotificationSpec(),
    # To the mentor when a moderator reinstates them.
    NotificationKind.REINSTATED: NotificationSpec(),
    # No message: gives the mentor the mentor role, or takes it.
    NotificationKind.MENTOR_ROLE: NotificationSpec(),
    # To the moderators when one of them makes a decision.
    NotificationKind.LOGGED: NotificationSpec(Destination.LOG_CHANNEL),
    # To the moderators when something is wrong that only they can fix.
    NotificationKind.DELIVERY_PROBLEM: NotificationSpec(Destination.MODERATORS),
    # To the person who invited the bot, when it is added to a guild.
    NotificationKind.WELCOME: NotificationSpec(),
    # To the moderators, or the owner, when the role or channel of a setting was deleted.
    NotificationKind.SETTING_LOST: NotificationSpec(Destination.LOG_CHANNEL),
    # To the moderators, once an hour, when notifications could not be delivered.
    NotificationKind.UNDELIVERED: NotificationSpec(Destination.LOG_CHANNEL),
    # To the moderators when a meeting place could not be opened, or only in another way.
    NotificationKind.MEETING_PLACE_FAILED: NotificationSpec(Destination.LOG_CHANNEL),
    # To the moderators when a webhook endpoint of the main app isn't sent anything any more.
    NotificationKind.WEBHOOK_DISABLED: NotificationSpec(Destination.LOG_CHANNEL),
    # To the mentor when someone books.
    NotificationKind.REQUESTED: NotificationSpec(
        timing=Timing.ANSWER, before_start=True, shows_state=True, supersedes=True
    ),
    # To the member whom a mentor invites to a session.
    NotificationKind.INVITED: NotificationSpec(
        timing=Timing.ANSWER, shows_state=True, supersedes=True
    ),
    # To the mentor when the member accepts the invitation.
    NotificationKind.INVITATION_ACCEPTED: NotificationSpec(
        timing=Timing.START, before_start=True, shows_state=True, supersedes=True
    ),
    # To mentors of the expertise when a member asks for help, some at a time.
    NotificationKind.HELP_REQUESTED: NotificationSpec(can_be_muted=True, shows_state=True),
    # To the member when no mentor has answered their request for help.
    NotificationKind.HELP_REQUEST_EXPIRED: NotificationSpec(),
    # To the other side when an invitation was declined, withdrawn or has expired.
    NotificationKind.INVITATION_ENDED: NotificationSpec(),
    # To the mentee when the mentor confirms.
    NotificationKind.CONFIRMED: NotificationSpec(
        timing=Timing.START, can_be_muted=True, before_start=True, shows_state=True, supersedes=True
    ),
    # To the mentee when the mentor declines, with the reason.
    NotificationKind.DECLINED: NotificationSpec(timing=Timing.START, supersedes=True),
    # To both when the mentor did not answer in time.
    NotificationKind.EXPIRED: NotificationSpec(timing=Timing.START, supersedes=True),
    # To the mentor when someone books a series. Messages about a series always show how all of its
    # sessions are now.
    NotificationKind.SERIES_REQUESTED: NotificationSpec(
        timing=Timing.ANSWER, before_start=True, shows_state=True
    ),
    # To the mentee when the mentor confirms all sessions of a series that are pending.
    NotificationKind.SERIES_CONFIRMED: NotificationSpec(
        timing=Timing.START,
        muted_with=NotificationKind.CONFIRMED,
        before_start=True,
        shows_state=True,
    ),
    # To the mentee when the mentor declines all of them, with the reason.
    NotificationKind.SERIES_DECLINED: NotificationSpec(timing=Timing.START, shows_state=True),
    # To both when the mentor did not answer the request for a series in time.
    NotificationKind.SERIES_EXPIRED: NotificationSpec(timing=Timing.START, shows_state=True),
    # To the other side when somebody cancels all sessions of a series that remain.
    NotificationKind.SERIES_CANCELLED: NotificationSpec(
        timing=Timing.CANCELLATION, shows_state=True
    ),
    # To the other side of a reschedule request.
    NotificationKind.RESCHEDULE_PROPOSED: NotificationSpec(
        timing=Timing.ANSWER, before_start=True, shows_state=True, supersedes=True
    ),
    # To the author of a reschedule request that was accepted.
    NotificationKind.RESCHEDULED: NotificationSpec(
        timing=Timing.START, before_start=True, shows_state=True, supersedes=True
    ),
    # To those who did not end it, when a reschedule request was declined, withdrawn or expired.
    NotificationKind.RESCHEDULE_ENDED: NotificationSpec(
        timing=Timing.START, before_start=True, shows_state=True, supersedes=True
    ),
    # To the other side, or to both, when a session is cancelled.
    NotificationKind.CANCELLED: NotificationSpec(timing=Timing.CANCELLATION, supersedes=True),
    # To the mentor whose group session can't be announced, or isn't any more.
    NotificationKind.ANNOUNCEMENT_FAILED: NotificationSpec(),
    # To the mentor whose group session can't have a scheduled event in Discord.
    NotificationKind.EVENT_FAILED: NotificationSpec(shows_state=True),
    # To the mentor when somebody moved or renamed that event in Discord.
    NotificationKind.EVENT_CHANGED: NotificationSpec(
        timing=Timing.START, before_start=True, shows_state=True
    ),
    # To the mentor when somebody cancelled or deleted it.
    NotificationKind.EVENT_CANCELLED: NotificationSpec(
        timing=Timing.START, before_start=True, shows_state=True
    ),
    # To the person who has moved a session in their own calendar.
    NotificationKind.ENTRY_MOVED: NotificationSpec(
        timing=Timing.START, before_start=True, shows_state=True
    ),
    # To the person who has deleted a session from it.
    NotificationKind.ENTRY_DELETED: NotificationSpec(
        timing=Timing.START, before_start=True, shows_state=True
    ),
    # To the attendee who got a seat from the waitlist.
    NotificationKind.SEAT_GIVEN: NotificationSpec(
        timing=Timing.START, before_start=True, shows_state=True, supersedes=True
    ),
    # To each attendee when the mentor has moved a group session: they keep their seat or leave.
    NotificationKind.SEAT_MOVED: NotificationSpec(
        timing=Timing.ANSWER, before_start=True, shows_state=True, supersedes=True
    ),
    # To the attendee who didn't answer in time.
    NotificationKind.SEAT_EXPIRED: NotificationSpec(timing=Timing.START, supersedes=True),
    # To each member who still waits for a seat when the session is cancelled, or starts.
    NotificationKind.WAITLIST_ENDED: NotificationSpec(),
    # To the mentee when the mentor changes where they meet, shortly before the start or later. To
    # both if their room can't be opened.
    NotificationKind.MEETING_LINK: NotificationSpec(
        timing=Timing.NOW, shows_state=True, supersedes=True
    ),
    # To both, some time before the start.
    NotificationKind.REMINDER: NotificationSpec(
        timing=Timing.REMINDER, before_start=True, shows_state=True, supersedes=True
    ),
    # To both when a session starts.
    NotificationKind.STARTING: NotificationSpec(
        timing=Timing.NOW, shows_state=True, supersedes=True
    ),
    # To the other side when somebody says that they will be late.
    NotificationKind.RUNNING_LATE: NotificationSpec(
        timing=Timing.NOW, shows_state=True, supersedes=True
    ),
    # To both when new rules of a time zone change what a clock shows at the start.
    NotificationKind.LOCAL_TIME_CHANGED: NotificationSpec(
        timing=Timing.START, before_start=True, shows_state=True, supersedes=True
    ),
    # To who is to do a next step, on its date.
    NotificationKind.STEP_DUE: NotificationSpec(can_be_muted=True),
    # To both when a session ends.
    NotificationKind.SESSION_ENDED: NotificationSpec(
        timing=Timing.ANSWER, shows_state=True, supersedes=True
    ),
    # To the person whom the other side reported as a no-show.
    NotificationKind.NO_SHOW_REPORTED: NotificationSpec(
        timing=Timing.ANSWER, shows_state=True, supersedes=True
    ),
    # To both when their attendance reports contradict each other.
    NotificationKind.DISPUTED: NotificationSpec(
        timing=Timing.ANSWER, shows_state=True, supersedes=True
    ),
    # To the moderators when two attendance reports contradict each other.
    NotificationKind.DISPUTE_OPENED: NotificationSpec(Destination.MODERATORS, shows_state=True),
    # To the moderators when nobody has resolved a dispute after some days.
    NotificationKind.DISPUTE_REMINDER: NotificationSpec(Destination.MODERATORS, shows_state=True),
    # To those who didn't end it, when a dispute was resolved, conceded or split by the clock.
    NotificationKind.DISPUTE_RESOLVED: NotificationSpec(supersedes=True),
    # To both when a no-show was not contested.
    NotificationKind.NO_SHOW: NotificationSpec(supersedes=True),
    # To those who did not report it, when a session is completed. To the mentor of a group session
    # once all of its seats are over.
    NotificationKind.COMPLETED: NotificationSpec(
        can_be_muted=True, shows_state=True, supersedes=True
    ),
    # To the mentor when the mentee rates a session, and when they add text later.
    NotificationKind.RATED: NotificationSpec(can_be_muted=True, shows_state=True),
    # To the mentee when the mentor replies to a review.
    NotificationKind.REPLIED: NotificationSpec(can_be_muted=True),
    # To the mentee when a moderator hides their review, with the reason.
    NotificationKind.REVIEW_HIDDEN: NotificationSpec(shows_state=True),
    # To the mentee when a moderator shows it again.
    NotificationKind.REVIEW_SHOWN: NotificationSpec(shows_state=True),
    # To the mentor when the mentee thanks them for a session.
    NotificationKind.THANKED: NotificationSpec(can_be_muted=True),
    # To the mentor when they first get a role for what they have done.
    NotificationKind.ROLE_EARNED: NotificationSpec(can_be_muted=True),
    # To the moderators when a role at thresholds can't be given or taken any more.
    NotificationKind.THRESHOLD_ROLE_STOPPED: NotificationSpec(Destination.LOG_CHANNEL),
    # To the mentor after two requests in a row that expired.
    NotificationKind.ASKED_IF_ACTIVE: NotificationSpec(),
    # To the mentor when another one has expired.
    NotificationKind.PAUSED_FOR_SILENCE: NotificationSpec(),
    # To the member whose points were granted, deducted or given.
    NotificationKind.POINTS: NotificationSpec(can_be_muted=True),
    # To the moderators when a grant needs a second one of them.
    NotificationKind.GRANT_REQUESTED: NotificationSpec(Destination.MODERATORS),
    # To the moderator who asked for it, when another confirms or rejects a grant.
    NotificationKind.GRANT_DECIDED: NotificationSpec(),
    # To the mentor of a group session that repeats, when a date of it can't take place.
    NotificationKind.REPEAT_SKIPPED: NotificationSpec(),
    # To a member who waits for a mentor's slot, when one that suits them is open.
    NotificationKind.SLOT_OPENED: NotificationSpec(can_be_muted=True),
    # To a mentee with goals, about once a month: how far have you come?
    NotificationKind.GOALS_QUESTION: NotificationSpec(can_be_muted=True),
    # To the other of two people when one of them ends their mentorship.
    NotificationKind.MENTORSHIP_ENDED: NotificationSpec(),
    # To the owner of a calendar that can't be read any more, once until it can.
    NotificationKind.CALENDAR_FAILING: NotificationSpec(),
    # To the owner of a calendar, when a new appointment in it overlaps a booked session.
    NotificationKind.CALENDAR_CONFLICT: NotificationSpec(timing=Timing.START, before_start=True),
}

SCHEDULED_KINDS = (
    NotificationKind.REMINDER,
    NotificationKind.STARTING,
    NotificationKind.SESSION_ENDED,
)
"""Kinds that are written to the outbox in advance, and dropped if the session doesn't take place at
that time."""

MUTABLE_KINDS = tuple(kind for kind, spec in CATALOGUE.items() if spec.can_be_muted)
"""The kinds that a member may switch off."""

RETIRED_KINDS = (NotificationKind.SESSION_ENDED,)
"""Kinds that members could switch off once. They are sent all the same now: they ask for something
by a deadline."""

ASKING_KINDS = tuple(kind for kind, spec in CATALOGUE.items() if spec.asks)
"""The kinds that ask for something by a deadline. Nobody can switch them off."""

STATE_KINDS = tuple(kind for kind, spec in CATALOGUE.items() if spec.shows_state)
"""The kinds whose messages are edited when what they are about has changed."""

SERIES_KINDS = tuple(kind for kind in NotificationKind if kind.value.startswith("series_"))
"""The kinds about a whole series. They are stored with the session of it that comes first."""

SUPERSEDING_KINDS = tuple(kind for kind, spec in CATALOGUE.items() if spec.supersedes)
"""The kinds after which earlier messages about the session are history."""
