"""Who is notified of what: from the type of an event to notifications. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft


class Audience(Enum):
    """Who gets a notification of an event."""

    SUBJECT = auto()
    """The member whom the event is about."""

    ACTOR = auto()
    """The member who caused the event."""

    PARTICIPANTS = auto()
    """The people in the session or in the request, other than the actor."""

    REVIEW_CHANNEL = auto()
    MODERATORS = auto()
    LOG_CHANNEL = auto()
    """The guild's log channel, if it has one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A notification that an event causes.

    `facts` names the facts of the event that its text needs. `with_note` adds the event's note, as
    the fact `reason`. `only_if` names a fact without which the event causes none.
    """

    kind: NotificationKind
    audience: Audience
    facts: tuple[str, ...] = ()
    with_note: bool = False
    only_if: str | None = None


_TRANSITION = ("act", "refund", "earned", "silent", "left", "previous_start", "countered")
"""The facts of a transition that the text about a session, or its timing, may need."""

_SHIFTS = ("mentor_shift", "mentee_shift")
"""By how many minutes the clock of each side moved, of those whose clock did."""

_REVIEW_CARD = Rule(NotificationKind.APPLICATION_RECEIVED, Audience.REVIEW_CHANNEL)
"""Posts the review card, or brings the one that is posted up to date."""

_GRANT_DECIDED = Rule(NotificationKind.GRANT_DECIDED, Audience.PARTICIPANTS, ("request",))
"""Tells the moderator who asked for the grant."""


_MENTOR_ROLE = Rule(NotificationKind.MENTOR_ROLE, Audience.ACTOR)
"""Gives or takes the mentor role."""


_INVITATION_ENDED = Rule(
    NotificationKind.INVITATION_ENDED, Audience.PARTICIPANTS, ("left", "stopped"), with_note=True
)


_MEETING_LINK = Rule(NotificationKind.MEETING_LINK, Audience.PARTICIPANTS, ("room", "provider"))
"""The fact `room` is the room that can't be opened, unless the mentor wants to meet elsewhere. The
fact `provider` is the meeting provider that has made the meeting."""


def _participants(kind: NotificationKind) -> tuple[Rule, ...]:
    return (Rule(kind, Audience.PARTICIPANTS, _TRANSITION),)


def _of_series(kind: NotificationKind) -> tuple[Rule, ...]:
    facts = ("sessions", "refund", "earned")
    return (Rule(kind, Audience.PARTICIPANTS, facts),)


RULES: Mapping[EventType, tuple[Rule, ...]] = {
    EventType.SESSION_BOOKED: (Rule(NotificationKind.REQUESTED, Audience.PARTICIPANTS),),
    EventType.SESSION_CONFIRMED: _participants(NotificationKind.CONFIRMED),
    EventType.SESSION_DECLINED: _participants(NotificationKind.DECLINED),
    EventType.SESSION_EXPIRED: _participants(NotificationKind.EXPIRED),
    EventType.SESSION_CANCELLED: _participants(NotificationKind.CANCELLED),
    EventType.SERIES_BOOKED: (Rule(NotificationKind.SERIES_REQUESTED, Audience.PARTICIPANTS),),
    EventType.SERIES_CONFIRMED: _of_series(NotificationKind.SERIES_CONFIRMED),
    EventType.SERIES_DECLINED: _of_series(NotificationKind.SERIES_DECLINED),
    EventType.SERIES_EXPIRED: _of_series(NotificationKind.SERIES_EXPIRED),
    EventType.SERIES_CANCELLED: _of_series(NotificationKind.SERIES_CANCELLED),
    # "Starting now" was scheduled when the session was confirmed. This one is due at the end.
    EventType.SESSION_STARTED: (Rule(NotificationKind.SESSION_ENDED, Audience.PARTICIPANTS),),
    EventType.SESSION_COMPLETED: _participants(NotificationKind.COMPLETED),
    EventType.SESSION_NO_SHOW: _participants(NotificationKind.NO_SHOW),
    EventType.MEETING_LINK_CHANGED: (_MEETING_LINK,),
    EventType.GROUP_LINK_CHANGED: (_MEETING_LINK,),
    EventType.SESSION_RUNNING_LATE: (
        Rule(NotificationKind.RUNNING_LATE, Audience.PARTICIPANTS, ("minutes",)),
    ),
    EventType.SESSION_LOCAL_TIME_CHANGED: (
        Rule(NotificationKind.LOCAL_TIME_CHANGED, Audience.PARTICIPANTS, _SHIFTS),
    ),
    EventType.GROUP_LOCAL_TIME_CHANGED: (
        Rule(NotificationKind.LOCAL_TIME_CHANGED, Audience.SUBJECT, _SHIFTS),
    ),
    EventType.SEAT_GIVEN: _participants(NotificationKind.SEAT_GIVEN),
    EventType.SEAT_MOVED: (
        Rule(NotificationKind.SEAT_MOVED, Audience.PARTICIPANTS, (*_TRANSITION, "waited")),
    ),
    EventType.SEAT_EXPIRED: _participants(NotificationKind.SEAT_EXPIRED),
    EventType.WAITLIST_ENDED: (Rule(NotificationKind.WAITLIST_ENDED, Audience.SUBJECT),),
    EventType.SEAT_CANCELLED: _participants(NotificationKind.CANCELLED),
    EventType.SEAT_STARTED: (Rule(NotificationKind.SESSION_ENDED, Audience.PARTICIPANTS),),
    EventType.SEAT_COMPLETED: _participants(NotificationKind.COMPLETED),
    # Their mentor's: "who was there?", due at the end, and why somebody else has cancelled it.
    EventType.GROUP_STARTED: (Rule(NotificationKind.SESSION_ENDED, Audience.SUBJECT),),
    EventType.GROUP_CANCELLED: (Rule(NotificationKind.CANCELLED, Audience.SUBJECT),),
    # What they were paid in all, once nothing is open about any of its seats.
    EventType.GROUP_SETTLED: (Rule(NotificationKind.COMPLETED, Audience.SUBJECT),),
    EventType.GROUP_REPEAT_SKIPPED: (
        Rule(NotificationKind.REPEAT_SKIPPED, Audience.SUBJECT, ("start", "why")),
    ),
    EventType.GROUP_CANCELLED_BY_MODERATOR: (Rule(NotificationKind.CANCELLED, Audience.SUBJECT),),
    EventType.GROUP_ANNOUNCEMENT_FAILED: (
        Rule(NotificationKind.ANNOUNCEMENT_FAILED, Audience.SUBJECT, ("problem", "channel")),
    ),
    EventType.RESCHEDULE_PROPOSED: _participants(NotificationKind.RESCHEDULE_PROPOSED),
    EventType.RESCHEDULE_ACCEPTED: _participants(NotificationKind.RESCHEDULED),
    EventType.RESCHEDULE_DECLINED: _participants(NotificationKind.RESCHEDULE_ENDED),
    EventType.RESCHEDULE_WITHDRAWN: _participants(NotificationKind.RESCHEDULE_ENDED),
    EventType.RESCHEDULE_EXPIRED: _participants(NotificationKind.RESCHEDULE_ENDED),
    EventType.NO_SHOW_REPORTED: _participants(NotificationKind.NO_SHOW_REPORTED),
    EventType.DISPUTE_OPENED: (
        *_participants(NotificationKind.DISPUTED),
        Rule(NotificationKind.DISPUTE_OPENED, Audience.MODERATORS, _TRANSITION),
    ),
    EventType.DISPUTE_RESOLVED: _participants(NotificationKind.DISPUTE_RESOLVED),
    EventType.DISPUTE_CONCEDED: _participants(NotificationKind.DISPUTE_RESOLVED),
    EventType.DISPUTE_EXPIRED: _participants(NotificationKind.DISPUTE_RESOLVED),
    EventType.HELP_SHOWN: (Rule(NotificationKind.HELP_REQUESTED, Audience.PARTICIPANTS),),
    EventType.HELP_REQUEST_EXPIRED: (
        Rule(NotificationKind.HELP_REQUEST_EXPIRED, Audience.PARTICIPANTS),
    ),
    EventType.INVITATION_SENT: (Rule(NotificationKind.INVITED, Audience.PARTICIPANTS),),
    EventType.INVITATION_ACCEPTED: (
        Rule(NotificationKind.INVITATION_ACCEPTED, Audience.PARTICIPANTS),
    ),
    EventType.INVITATION_DECLINED: (_INVITATION_ENDED,),
    EventType.INVITATION_WITHDRAWN: (_INVITATION_ENDED,),
    EventType.INVITATION_EXPIRED: (_INVITATION_ENDED,),
    EventType.REVIEW_WRITTEN: (Rule(NotificationKind.RATED, Audience.SUBJECT, ("words",)),),
    # A change after the mentor's reply, which lets the mentor reply again.
    EventType.REVIEW_EDITED: (
        Rule(NotificationKind.RATED, Audience.SUBJECT, ("words",), only_if="reopened"),
    ),
    EventType.REVIEW_HIDDEN: (
        Rule(NotificationKind.REVIEW_HIDDEN, Audience.SUBJECT, with_note=True),
    ),
    EventType.REVIEW_SHOWN: (Rule(NotificationKind.REVIEW_SHOWN, Audience.SUBJECT),),
    EventType.SESSION_THANKED: (Rule(NotificationKind.THANKED, Audience.SUBJECT),),
    EventType.REVIEW_REPLIED: (Rule(NotificationKind.REPLIED, Audience.SUBJECT),),
    EventType.APPLICATION_SUBMITTED: (_REVIEW_CARD,),
    EventType.APPLICATION_REVISED: (_REVIEW_CARD,),
    EventType.APPLICATION_WITHDRAWN: (_REVIEW_CARD,),
    EventType.APPLICATION_APPROVED: (
        Rule(NotificationKind.APPROVED, Audience.SUBJECT),
        _REVIEW_CARD,
    ),
    EventType.APPLICATION_REJECTED: (
        Rule(NotificationKind.REJECTED, Audience.SUBJECT),
        _REVIEW_CARD,
    ),
    EventType.APPLICATION_CHANGES_REQUESTED: (
        Rule(NotificationKind.CHANGES_REQUESTED, Audience.SUBJECT),
        _REVIEW_CARD,
    ),
    EventType.MENTOR_SUSPENDED: (
        Rule(
            NotificationKind.SUSPENDED,
            Audience.SUBJECT,
            ("cancelled", "seats", "groups", "kept"),
            with_note=True,
        ),
    ),
    EventType.MENTOR_REINSTATED: (Rule(NotificationKind.REINSTATED, Audience.SUBJECT),),
    EventType.MENTOR_RESUMED: (_MENTOR_ROLE,),
    EventType.MENTOR_STOPPED: (_MENTOR_ROLE,),
    EventType.MENTOR_ASKED_IF_ACTIVE: (
        Rule(NotificationKind.ASKED_IF_ACTIVE, Audience.SUBJECT, ("unanswered",)),
    ),
    EventType.MENTOR_PAUSED_FOR_SILENCE: (
        Rule(NotificationKind.PAUSED_FOR_SILENCE, Audience.SUBJECT, ("unanswered",)),
    ),
    EventType.ROLE_EARNED: (
        Rule(NotificationKind.ROLE_EARNED, Audience.SUBJECT, ("role", "name")),
    ),
    EventType.POINTS_GIVEN: (Rule(NotificationKind.POINTS, Audience.SUBJECT, ("transfer",)),),
    EventType.POINTS_GRANTED: (Rule(NotificationKind.POINTS, Audience.SUBJECT, ("transfer",)),),
    EventType.POINTS_DEDUCTED: (Rule(NotificationKind.POINTS, Audience.SUBJECT, ("transfer",)),),
    EventType.GRANT_REQUESTED: (
        Rule(NotificationKind.GRANT_REQUESTED, Audience.MODERATORS, ("request",)),
    ),
    EventType.SLOT_ALERT_MET: (
        Rule(
            NotificationKind.SLOT_OPENED,
            Audience.SUBJECT,
            ("profile", "alert", "weekdays", "part"),
        ),
    ),
    EventType.GOALS_ASKED_ABOUT: (
        Rule(NotificationKind.GOALS_QUESTION, Audience.SUBJECT, ("mentorship",)),
    ),
    EventType.MENTORSHIP_ENDED: (
        Rule(NotificationKind.MENTORSHIP_ENDED, Audience.PARTICIPANTS, ("mentorship",)),
    ),
    EventType.GRANT_CONFIRMED: (_GRANT_DECIDED,),
    EventType.GRANT_REJECTED: (_GRANT_DECIDED,),
}
"""Events without a row notify nobody. Reminders are scheduled by `mentorship.notifications.
reminders`; what only reports a failed delivery is written by `mentorship.delivery`."""

WITH_SERIES = "with_series"
"""The fact of a session's event that says that the same was done to its series, whose own event
people are notified of."""

_HAS_ITS_OWN_CARD = frozenset({EventType.SETTINGS_LOST})
"""Audited events that the log channel gets a notification of anyway."""


def notifications(
    event: Event,
    event_id: int,
    now: datetime,
    *,
    log_channel_id: int | None = None,
    participants: Sequence[int] = (),
    due_at: datetime | None = None,
    useful_until: datetime | None = None,
    starts_at: datetime | None = None,
) -> Iterator[NotificationDraft]:
    """Return the notifications that an event causes.

    `participants` are the people in the session or request other than the actor. The notifications
    are due at `due_at`, by default now, and dropped if they aren't sent by `useful_until`.
    `starts_at` is the session's start. `log_channel_id` is the guild's, which audited events are
    shown in.
    """
    for rule in () if event.facts.get(WITH_SERIES) else RULES.get(event.type, ()):
        if rule.only_if is not None and not event.facts.get(rule.only_if):
            continue
        facts = {name: event.facts[name] for name in rule.facts if name in event.facts}
        if rule.with_note:
            facts["reason"] = event.note or ""
        for user_id in _recipients(rule.audience, event, participants):
            yield NotificationDraft(
                rule.kind,
                event.guild_id,
                user_id,
                subject=str(event_id),
                due_at=due_at or now,
                useful_until=useful_until,
                session_id=event.session_id,
                revision_id=event.revision_id,
                group_id=event.group_id,
                invitation_id=event.invitation_id,
                request_id=event.request_id,
                facts=facts,
                starts_at=starts_at,
                caused_by=event.actor_id,
            )
    shown_in_log = event.type.is_audited and event.type not in _HAS_ITS_OWN_CARD
    if shown_in_log and log_channel_id is not None:
        yield NotificationDraft(
            NotificationKind.LOGGED,
            event.guild_id,
            None,
            subject=str(event_id),
            due_at=now,
            facts={"entry": event_id},
            caused_by=event.actor_id,
        )


def _recipients(
    audience: Audience, event: Event, participants: Sequence[int]
) -> Sequence[int | None]:
    """Return user ids; None stands for a channel of the guild."""
    if audience is Audience.PARTICIPANTS:
        return participants
    if audience is Audience.ACTOR:
        return [event.actor_id]
    if audience is Audience.SUBJECT:
        return [] if event.subject_id is None else [event.subject_id]
    return [None]
