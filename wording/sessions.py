"""Sessions, reviews and mentor profiles in words: their states and what people do to them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mentorship.errors import NotAllowedNow, Obstacle, ReviewAction, SessionAction, Subject
from mentorship.sessions.lateness import rules
from mentorship.sessions.lifecycle import NO_SHOW_GRACE, TRANSITIONS, Action, EndReason
from mentorship.statuses import SessionStatus
from wording.reader import Reader


def status(status: SessionStatus, reader: Reader) -> str:
    """Write a session's status, fit for "it's …"."""
    return _STATUSES[status]


def action(action: StrEnum, reader: Reader) -> str:
    """Write an action as a verb, fit for "you can't … this session"."""
    return _ACTIONS.get(action, action.value)


def subject(subject: Subject, reader: Reader) -> str:
    """Write what an error is about as a noun, fit for "that …"."""
    return _SUBJECTS.get(subject, subject.value)


def state(error: NotAllowedNow, reader: Reader) -> str:
    """Write what does not allow an action, fit for "it's …"."""
    words = "" if error.status is None else status(error.status, reader)
    if error.obstacle is None:
        return words
    minutes = int(NO_SHOW_GRACE.total_seconds() // 60)
    early = int(rules.OPEN_BEFORE.total_seconds() // 60)
    return _OBSTACLES[error.obstacle].format(status=words, minutes=minutes, early=early)


def is_done(error: NotAllowedNow) -> bool:
    """Return whether a session is as the refused action would leave it, as after a second press."""
    rows = [row for row in TRANSITIONS if row.action == error.action and row.target is error.status]
    changes_status = all(row.source is not row.target for row in rows)
    return error.obstacle is None and bool(rows) and changes_status


def end_reason(text: str, reader: Reader) -> str:
    """Return why a session was declined or cancelled: a person's own text, or the program's."""
    return _END_REASONS.get(text, text)


_STATUSES: Mapping[SessionStatus, str] = {
    SessionStatus.SCHEDULED: "waiting for the mentor",
    SessionStatus.CONFIRMED: "confirmed",
    SessionStatus.IN_PROGRESS: "in progress",
    SessionStatus.COMPLETED: "completed",
    SessionStatus.DECLINED: "declined",
    SessionStatus.EXPIRED: "expired",
    SessionStatus.CANCELLED: "cancelled",
    SessionStatus.NO_SHOW: "closed as a no-show",
    SessionStatus.DISPUTED: "in dispute",
    SessionStatus.REFUNDED: "refunded",
}

_ACTIONS: Mapping[StrEnum, str] = {
    Action.PROPOSE: "move",
    Action.ACCEPT_PROPOSAL: "accept the new time of",
    Action.DECLINE_PROPOSAL: "keep the current time of",
    Action.WITHDRAW_PROPOSAL: "withdraw the new time of",
    Action.REPORT_MET: "report on",
    Action.REPORT_NO_SHOW: "report a no-show in",
    Action.CLOSE_MENTOR_NO_SHOW: "close",
    Action.CLOSE_MENTEE_NO_SHOW: "close",
    Action.PAY: "resolve the dispute about",
    Action.REFUND: "resolve the dispute about",
    Action.SPLIT: "resolve the dispute about",
    Action.CONCEDE: "concede the dispute about",
    Action.CONCEDE_MET: "concede the dispute about",
    Action.CONCEDE_NO_SHOW: "concede the dispute about",
    Action.ASK_AGAIN: "move",
    Action.KEEP_SEAT: "keep your seat in",
    Action.CLOSE_SIGN_UP: "close sign-up for",
    Action.OPEN_SIGN_UP: "open sign-up for",
    SessionAction.SET_LINK: "set the meeting link of",
    SessionAction.ANNOUNCE_DELAY: "announce a delay for",
    SessionAction.STOP_REPEATING: "stop repeating",
    SessionAction.THANK: "say thanks for",
    SessionAction.ADD_NOTES: "add anything to",
    ReviewAction.EDIT: "change",
    ReviewAction.REPLY: "reply to",
}
"""The actions whose value is not their verb."""

_SUBJECTS: Mapping[Subject, str] = {
    Subject.SLOT: "time",
    Subject.GUILD: "server",
    Subject.HELP_REQUEST: "request for help",
    Subject.MENTOR_PROFILE: "mentor profile",
    Subject.GRANT_REQUEST: "grant request",
    Subject.GROUP_SESSION: "session",
    Subject.SLOT_ALERT: "slot alert",
    Subject.MENTORSHIP: "mentorship",
    Subject.GOAL: "goal",
    Subject.SEAT: "seat",
    Subject.WAITLIST: "place on the waitlist",
    Subject.WEBHOOK_ENDPOINT: "webhook endpoint",
    Subject.CALENDAR: "calendar",
    Subject.WEBHOOK_DELIVERY: "webhook delivery",
    Subject.WEBHOOK_SECRET: "webhook secret",
    Subject.CALENDAR_FEED: "calendar feed",
    Subject.NEXT_STEP: "next step",
    Subject.SESSION_LINK: "link",
}
"""The subjects whose value is not their noun."""

_END_REASONS: Mapping[str, str] = {
    # The mentee reads it too, whom the reason for a suspension does not concern.
    EndReason.MENTOR_UNAVAILABLE: "The mentor isn't taking sessions right now.",
    EndReason.LEFT_GUILD: "They left the server.",
    EndReason.TOO_FEW_SEATS: "Too few people signed up.",
    EndReason.GROUP_CANCELLED: "The whole session was cancelled.",
}

_OBSTACLES: Mapping[Obstacle, str] = {
    Obstacle.STARTED: "past its start",
    Obstacle.ANSWER_DEADLINE_PASSED: "past the deadline for an answer",
    Obstacle.NO_PROPOSAL: "{status}, and there's no other time to answer",
    Obstacle.PROPOSAL_PASSED: "{status}, and the suggested time has passed",
    Obstacle.OTHER_PROPOSAL_OPEN: (
        "{status}, and the other person has already suggested another time. Accept it, keep the "
        "current time, or suggest yours instead"
    ),
    Obstacle.NONE_LEFT: "already answered, cancelled or over",
    Obstacle.MENTOR_UNAVAILABLE: "waiting for a mentor who isn't taking new sessions right now",
    Obstacle.ALREADY_REPORTED: "waiting for the other person's report: you've sent yours",
    Obstacle.TOO_EARLY: "too early: wait until {minutes} minutes after the start",
    Obstacle.SIGN_UP_CLOSED: "already closed for sign-up",
    Obstacle.SIGN_UP_OPEN: "already open for sign-up",
    Obstacle.PART_OF_GROUP: "a seat in a group session. Change the group session instead",
    Obstacle.NOT_REPEATING: "not repeating",
    Obstacle.NOT_NEAR_START: "too early: wait until {early} minutes before the start",
    Obstacle.DELAY_PASSED: "too late for that",
    Obstacle.LONGER_DELAY_KNOWN: "already known that you're that late or later",
    Obstacle.ALREADY_THANKED: "one you've already said thanks for",
    Obstacle.MENTOR_LEFT: "with someone who has left the server",
    Obstacle.HIDDEN: "hidden by the moderators",
    Obstacle.ALREADY_HIDDEN: "already hidden",
    Obstacle.NOT_HIDDEN: "not hidden",
    Obstacle.ALREADY_ANSWERED: "already answered",
    Obstacle.WITHOUT_TEXT: "only stars, without text",
    Obstacle.ALREADY_SUSPENDED: "already suspended",
    Obstacle.NOT_SUSPENDED: "not suspended",
}
