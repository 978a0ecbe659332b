"""Sessions, booking them, and what can be done to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.problems import invalid
from api.schemas.base import (
    Asked,
    Date,
    Id,
    IdText,
    Instant,
    InstantText,
    Text,
    Told,
    Zone,
    minutes_of,
    rfc3339,
    shown_as,
)
from api.wall_clock import instant_on
from mentorship.sessions import booking, reviews, transitions
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from mentorship.time import timezones

Clock = Annotated[
    Text, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["18:00"], max_length=5)
]
EndClock = Annotated[
    Text,
    Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["19:00"], max_length=5),
]

SessionStatusName = Literal[
    "scheduled",
    "confirmed",
    "in-progress",
    "completed",
    "declined",
    "expired",
    "cancelled",
    "no-show",
    "disputed",
    "refunded",
]

STATUSES: dict[SessionStatusName, SessionStatus] = {
    "scheduled": SessionStatus.SCHEDULED,
    "confirmed": SessionStatus.CONFIRMED,
    "in-progress": SessionStatus.IN_PROGRESS,
    "completed": SessionStatus.COMPLETED,
    "declined": SessionStatus.DECLINED,
    "expired": SessionStatus.EXPIRED,
    "cancelled": SessionStatus.CANCELLED,
    "no-show": SessionStatus.NO_SHOW,
    "disputed": SessionStatus.DISPUTED,
    "refunded": SessionStatus.REFUNDED,
}
_SPELLED = {status: spelled for spelled, status in STATUSES.items()}

_ACTIONS = {
    Action.CONFIRM: "confirm",
    Action.DECLINE: "decline",
    Action.PROPOSE: "propose",
    Action.ACCEPT_PROPOSAL: "accept",
    Action.DECLINE_PROPOSAL: "keep",
    Action.WITHDRAW_PROPOSAL: "withdraw",
    Action.CANCEL: "cancel",
    Action.REPORT_MET: "complete",
    Action.REPORT_NO_SHOW: "no-show",
}


class Moment(Asked):
    """A start, in one of two spellings: `scheduledAt`, or `date` and `startTime` on the clock of
    `timezone`."""

    scheduled_at: Instant | None = Field(None, description="The start as an instant.")
    date: Date | None = Field(None, description="The day of the start on the clock of `timezone`.")
    start_time: Clock | None = Field(None, description="The start on the clock of `timezone`.")
    end_time: EndClock | None = Field(
        None, description="Optional, since the duration says it: the end on the same clock."
    )

    def instant(self, zone: str | None, minutes: int | None) -> datetime:
        """The start. `minutes` is what `endTime` has to agree with, if both are there.

        Raises `Problem` (422).
        """
        if self.scheduled_at is not None:
            clash = next(
                (n for n in ("date", "start_time", "end_time") if getattr(self, n) is not None),
                None,
            )
            if clash is not None:
                raise invalid("/scheduledAt", "comes alone, or date and startTime instead of it")
            return self.scheduled_at
        if self.date is None or self.start_time is None:
            missing = "/date" if self.start_time else "/startTime" if self.date else "/scheduledAt"
            raise invalid(missing, "is missing: scheduledAt, or date and startTime")
        if zone is None:
            raise invalid("/timezone", "is missing: date and startTime mean nothing without it")
        start = instant_on(self.date, self.start_time, zone)
        if self.end_time is not None and minutes is not None:
            span = (minutes_of(self.end_time) - minutes_of(self.start_time)) % 1_440
            if span != minutes % 1_440:
                raise invalid(
                    "/endTime", f"must be {minutes} minutes after startTime, as duration says"
                )
        return start


class Booking(Moment):
    """A session that is asked for."""

    model_config = shown_as(
        {
            "mentorId": "226871203982016513",
            "duration": 60,
            "timezone": "America/New_York",
            "scheduledAt": "2026-03-02T18:00:00Z",
            "notes": "My first pull request",
        },
        {
            "mentorId": "226871203982016513",
            "duration": 60,
            "timezone": "America/New_York",
            "date": "2026-03-02",
            "startTime": "13:00",
            "endTime": "14:00",
            "notes": "My first pull request",
        },
    )

    mentor_id: Id
    duration: Annotated[int, Field(ge=1, le=1_440, description="Minutes, one of the mentor's.")]
    timezone: Zone | None = Field(
        None,
        description="The mentee's time zone: the clock of `date` and `startTime`. Becomes the "
        "member's own if they have none yet.",
    )
    notes: Annotated[Text, Field(max_length=booking.LONGEST_TOPIC)] | None = Field(
        None, description="What the session is about. The mentor reads it."
    )
    expected_price: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(
        None, description="The points that the member agreed to; another price is refused."
    )


class Cancellation(Asked):
    """Why a session is called off."""

    reason: Annotated[Text, Field(max_length=transitions.LONGEST_REASON)] | None = None


class StatusChange(Asked):
    """What a participant makes of a session."""

    model_config = shown_as({"status": "confirmed"})

    status: Literal["confirmed", "declined", "completed", "no-show", "cancelled"] = Field(
        description="`confirmed` and `declined` are the mentor's. `completed` and `no-show` say "
        "how it went: the mentee's `completed` pays the mentor at once, a `no-show` (of the other) "
        "waits for the other's word, and a contradiction opens a dispute."
    )
    reason: Annotated[Text, Field(max_length=transitions.LONGEST_REASON)] | None = Field(
        None, description="For `declined` and `cancelled`: the other side reads it."
    )


class ScheduleChange(Moment):
    """Another time: proposed by one side, taken or turned down by the other."""

    model_config = shown_as(
        {"action": "propose", "scheduledAt": "2026-03-03T18:00:00Z"},
        {
            "action": "propose",
            "date": "2026-03-03",
            "startTime": "13:00",
            "timezone": "America/New_York",
        },
        {"action": "accept"},
    )

    action: Literal["propose", "accept", "decline", "withdraw"] = Field(
        "propose",
        description="`propose` a time; `accept` or `decline` the other side's (then the old time "
        "stands); `withdraw` one's own.",
    )
    timezone: Zone | None = Field(None, description="The clock of `date` and `startTime`.")

    def proposed(self) -> datetime:
        """The time that is proposed. Raises `Problem` (422)."""
        return self.instant(self.timezone, None)

    def require_no_time(self) -> None:
        """Raise `Problem` (422) where a time comes with an answer to one."""
        for name in ("scheduled_at", "date", "start_time", "end_time"):
            if getattr(self, name) is not None:
                raise invalid("/action", f"{self.action} takes no time")


class Rating(Asked):
    """What a mentee says of a completed session."""

    model_config = shown_as({"rating": 5, "review": "Patient, and right."})

    rating: Annotated[int, Field(ge=1, le=5)]
    review: Annotated[Text, Field(max_length=reviews.LONGEST_REVIEW)] | None = Field(
        None, description="Left out, words that were given before stay."
    )


class Reply(Asked):
    """A mentor's answer to a review."""

    model_config = shown_as({"reply": "Come back any time!"})

    reply: Annotated[Text, Field(min_length=1, max_length=reviews.LONGEST_REPLY)]


class Review(Told):
    """What was said of a session, and the mentor's answer."""

    model_config = shown_as({"rating": 5, "review": "Patient, and right.", "reply": None})

    rating: int
    review: str
    reply: str | None

    @classmethod
    def of(cls, review: reviews.SessionReview) -> Review:
        return cls(rating=review.stars, review=review.text, reply=review.reply)


class Proposed(Told):
    """Another time that waits for an answer."""

    by: IdText
    scheduled_at: InstantText


class Points(Told):
    """The points that this call has moved, in whole points."""

    held: int = Field(0, description="From the mentee into the session's keeping.")
    refunded: int = Field(0, description="Back to the mentee.")
    earned: int = Field(0, description="To the mentor, the server's fee taken off.")


SESSION: dict[str, Any] = {
    "id": "42",
    "mentorId": "226871203982016513",
    "mentorName": "Oliver Hughes",
    "menteeId": "180235712340164609",
    "menteeName": "Maya Torres",
    "scheduledAt": "2026-03-02T18:00:00Z",
    "endsAt": "2026-03-02T19:00:00Z",
    "duration": 60,
    "timezone": "Europe/London",
    "local": "Mon 2 Mar 2026, 18:00–19:00 GMT (UTC+0)",
    "status": "scheduled",
    "notes": "My first pull request",
    "meetingLink": None,
    "amountPaid": 60,
    "answerBy": "2026-03-02T17:00:00Z",
    "proposed": None,
    "endedBy": None,
    "reason": None,
    "absent": None,
    "rating": None,
    "createdAt": "2026-03-02T12:00:00Z",
    "actions": ["propose", "cancel"],
    "points": None,
}


class MentorshipSession(Told):
    """A session, to one of its participants."""

    model_config = shown_as(SESSION)

    id: IdText
    mentor_id: IdText
    mentor_name: str
    mentee_id: IdText
    mentee_name: str
    scheduled_at: InstantText
    ends_at: InstantText
    duration: int = Field(description="Minutes.")
    timezone: str = Field(description="The mentor's at the booking.")
    local: str = Field(description="The time on the clock of `timezone`, for people.")
    status: SessionStatusName
    notes: str
    meeting_link: str | None
    amount_paid: int = Field(description="Whole points, as agreed when it was booked.")
    answer_by: InstantText | None = Field(description="Until when the mentor can confirm.")
    proposed: Proposed | None
    ended_by: IdText | None
    reason: str | None = Field(description="Why it was declined or cancelled.")
    absent: IdText | None = Field(description="Who did not come, after a no-show.")
    rating: int | None
    created_at: InstantText
    actions: list[str] = Field(description="What the caller can do to it now.")
    points: Points | None = Field(None, description="What this call has moved, if it was to.")

    @classmethod
    def of(
        cls, session: SessionView, viewer: int, now: datetime, points: Points | None = None
    ) -> MentorshipSession:
        """The session as `viewer`, one of its participants, may see it."""
        proposal = session.proposal
        return cls(
            id=str(session.id),
            mentor_id=str(session.mentor.user_id),
            mentor_name=session.mentor.name,
            mentee_id=str(session.mentee.user_id),
            mentee_name=session.mentee.name,
            scheduled_at=rfc3339(session.starts_at),
            ends_at=rfc3339(session.ends_at),
            duration=session.minutes,
            timezone=session.timezone,
            local=timezones.describe(session.starts_at, session.timezone, end=session.ends_at),
            status=_SPELLED[session.status],
            notes=session.topic,
            meeting_link=session.meeting_link,
            amount_paid=session.price,
            answer_by=_told(session.answer_deadline),
            proposed=None
            if proposal is None
            else Proposed(by=str(proposal.by), scheduled_at=rfc3339(proposal.starts_at)),
            ended_by=None if session.ended_by is None else str(session.ended_by),
            reason=session.ended_reason,
            absent=None if session.no_show_user_id is None else str(session.no_show_user_id),
            rating=session.stars,
            created_at=rfc3339(session.created_at),
            actions=[_ACTIONS[act] for act in _acts(session, viewer, now)],
            points=points,
        )


class Settlement(Asked):
    """What moderators decide about a session's points."""

    model_config = shown_as({"decision": "split"})

    decision: Literal["pay", "refund", "split"]


class Disputes(Told):
    """Sessions that wait for the moderators, the oldest first. The cursors are those of the pages
    beside; null at the ends."""

    model_config = shown_as(
        {
            "disputes": [SESSION | {"status": "disputed", "actions": []}],
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    disputes: list[MentorshipSession]
    next_cursor: str | None
    previous_cursor: str | None


class Sessions(Told):
    """Some of one's sessions. The cursors are those of the pages beside; null at the ends."""

    model_config = shown_as({"sessions": [SESSION], "nextCursor": None, "previousCursor": None})

    sessions: list[MentorshipSession]
    next_cursor: str | None
    previous_cursor: str | None


def _acts(session: SessionView, viewer: int, now: datetime) -> tuple[Action, ...]:
    if viewer not in (session.mentor.user_id, session.mentee.user_id):
        return ()  # a moderator, who is in no part of it
    return session.actions(viewer, now)


def _told(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)
