"""Sessions, and changes of their status."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from api.http import languages
from api.problems import invalid_value
from api.schemas.base import (
    IdText,
    Instant,
    InstantText,
    MeetingLink,
    NextCursor,
    PreviousCursor,
    QueryInstant,
    RequestModel,
    ResponseModel,
    Text,
    optional_id,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from api.schemas.pagination import MAX_PAGE_SIZE, PageQuery
from api.schemas.questions import SessionAnswer
from api.schemas.reviews import Review
from api.schemas.sessions.lateness import SessionDelays
from mentorship.sessions import lifecycle, refunds
from mentorship.sessions.booking_answers import AnsweredSession
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.lifecycle import Action, Attendance, Party
from mentorship.sessions.session_views import SeenTimes, SessionView
from mentorship.sessions.transitions import LONGEST_REASON
from mentorship.statuses import SessionStatus
from wording import times
from wording.sessions import end_reason
from wording.translation import pgettext

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
"""Statuses by their names in JSON."""

STATUS_NAMES = {status: name for name, status in STATUSES.items()}

_ACTION_NAMES = {
    Action.CONFIRM: "confirm",
    Action.DECLINE: "decline",
    Action.PROPOSE: "propose",
    Action.ACCEPT_PROPOSAL: "accept",
    Action.DECLINE_PROPOSAL: "keep",
    Action.WITHDRAW_PROPOSAL: "withdraw",
    Action.CANCEL: "cancel",
    Action.REPORT_MET: "complete",
    Action.REPORT_NO_SHOW: "no-show",
    Action.CONCEDE: "concede",
    Action.KEEP_SEAT: "keep-seat",
}

_REPORT_NAMES: dict[Attendance, Literal["met", "no-show"]] = {
    Attendance.MET: "met",
    Attendance.NO_SHOW: "no-show",
}

_DEFAULT_NAMES: dict[Action, Literal["completed", "no-show", "split"]] = {
    Action.COMPLETE: "completed",
    Action.CLOSE_MENTOR_NO_SHOW: "no-show",
    Action.CLOSE_MENTEE_NO_SHOW: "no-show",
    Action.SPLIT: "split",
}


class SessionQuery(PageQuery):
    """Which of the caller's sessions to return, and which page of them."""

    status: Annotated[list[SessionStatusName], Field(max_length=10)] = Field(
        [], description="Only sessions with this status. Can be repeated."
    )
    since: QueryInstant | None = Field(
        None, alias="from", description="Only sessions that end after this instant."
    )
    until: QueryInstant | None = Field(
        None, alias="to", description="Only sessions that start before this instant."
    )
    order: Literal["soonest", "latest"] = Field(
        "soonest", description="The earliest or the latest start first."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = Field(
        20, description="The number of sessions on a page."
    )


_ExpectedRefund = Annotated[int, Field(ge=0, lt=2**53)]
_EXPECTED_REFUND = (
    "The mentee's refund in points that the member saw: `refundIfCancelled`, or the price for a "
    "decline. If it has changed, nothing is done: `terms-changed`."
)


class CancellationRequest(RequestModel):
    """The reason for a cancellation, and the refund that the member agreed to."""

    reason: Annotated[Text, Field(max_length=LONGEST_REASON)] | None = Field(
        None, description="The other participant sees it."
    )
    expected_refund: _ExpectedRefund | None = Field(None, description=_EXPECTED_REFUND)
    starts_at: Instant | None = Field(
        None,
        description="The start that the member saw. If it has changed, nothing is done.",
    )


StatusChangeName = Literal["confirmed", "declined", "completed", "no-show", "cancelled", "conceded"]


class SessionStatusRequest(RequestModel):
    """A participant's change of a session's status."""

    model_config = with_examples({"status": "confirmed"})

    status: StatusChangeName = Field(
        description="The mentor can send `confirmed` and `declined`. An attendee sends "
        "`confirmed` to keep their seat in a group session that was moved. `completed` and "
        "`no-show` report how the session went. The mentee's `completed` pays the mentor at once. "
        "`no-show` means that the other participant didn't come; they have time to report "
        "otherwise, and contradicting reports open a dispute. `conceded` ends a dispute: the "
        "mentee concedes that the mentor is paid, or the mentor that the mentee is refunded. In a "
        "free session, `conceded` agrees with the other participant's report."
    )
    reason: Annotated[Text, Field(max_length=LONGEST_REASON)] | None = Field(
        None, description="With `declined` or `cancelled`. The other participant sees it."
    )
    expected_refund: _ExpectedRefund | None = Field(
        None, description=f"With `declined` or `cancelled`. {_EXPECTED_REFUND}"
    )
    starts_at: Instant | None = Field(
        None,
        description="With `confirmed` or `declined`: the start that the caller saw. If it has "
        "changed, or a new time is proposed that `proposedStartsAt` doesn't name, nothing is "
        "done. With `cancelled`: the start that the member saw.",
    )
    proposed_starts_at: Instant | None = Field(
        None,
        description="With `startsAt`: the start of the open proposal that the mentor saw, if there "
        "was one. Confirming keeps the current time and ends the proposal.",
    )
    points_if_conceded: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(
        None,
        description="With `conceded`: the points in the session's `attendance` that the user "
        "agreed to. If the other side would get something else, nothing happens.",
    )

    def seen_times(self) -> SeenTimes | None:
        """Return the times that the member saw, None if the client doesn't say.

        Raises `Problem` (422) if they come with a status that isn't about them.
        """
        if self.starts_at is None and self.proposed_starts_at is None:
            return None
        if self.status == "cancelled" and self.proposed_starts_at is None:
            return None  # `starts_at` alone matters.
        if self.status not in ("confirmed", "declined"):
            name = "startsAt" if self.starts_at is not None else "proposedStartsAt"
            raise invalid_value(
                f"/{name}",
                pgettext("a field of a request", "can only be sent with confirmed or declined"),
            )
        return SeenTimes(self.starts_at, self.proposed_starts_at)

    def refund_shown(self) -> int | None:
        """Return the refund that the member saw, None if the client doesn't say.

        Raises `Problem` (422) if it comes with a status that refunds nothing.
        """
        if self.expected_refund is not None and self.status not in ("declined", "cancelled"):
            raise invalid_value(
                "/expectedRefund",
                pgettext("a field of a request", "can only be sent with declined or cancelled"),
            )
        return self.expected_refund


class SessionAttendance(ResponseModel):
    """What the participants reported, and what happens if nothing else is said."""

    mentor: Literal["met", "no-show"] | None = Field(
        description="The mentor's report; `no-show` is about the mentee."
    )
    mentee: Literal["met", "no-show"] | None = Field(
        description="The mentee's report; `no-show` is about the mentor."
    )
    deadline: InstantText | None = Field(
        description="Until when to report, or until when moderators resolve a dispute. Null once "
        "the session is over."
    )
    otherwise: Literal["completed", "no-show", "split"] | None = Field(
        description="What happens at the deadline if nobody acts."
    )
    points_if_conceded: int | None = Field(
        description="During a dispute, the points that the other side gets if the caller concedes."
    )

    @classmethod
    def from_domain(cls, session: SessionView, viewer: int) -> SessionAttendance | None:
        """Create it for `viewer`; None before the session has started, or if it never did."""
        is_open = session.status in (SessionStatus.IN_PROGRESS, SessionStatus.DISPUTED)
        if not (is_open or session.reports):
            return None
        reports = {party: _REPORT_NAMES[report] for party, report in session.reports.items()}
        concedes = session.status is SessionStatus.DISPUTED and viewer in (
            session.mentor.user_id,
            session.mentee.user_id,
        )
        return cls(
            mentor=reports.get(Party.MENTOR),
            mentee=reports.get(Party.MENTEE),
            deadline=optional_rfc3339(session.next_at) if is_open else None,
            otherwise=_DEFAULT_NAMES[lifecycle.clock_action(session.state)] if is_open else None,
            points_if_conceded=disputes.points_conceded(session, session.party(viewer))
            if concedes
            else None,
        )


class MeetingLinkRequest(RequestModel):
    """The meeting link of a session."""

    model_config = with_examples({"meetingLink": "https://meet.example.com/maya"})

    meeting_link: MeetingLink | None


class RescheduleProposal(ResponseModel):
    """A new time that one participant has proposed."""

    by: IdText = Field(description="The Discord id of the participant who proposed it.")
    scheduled_at: InstantText = Field(description="The proposed start.")


class PointsMoved(ResponseModel):
    """The points that this request moved."""

    held: int = Field(0, description="Taken from the mentee and put on hold.")
    refunded: int = Field(0, description="Returned to the mentee.")
    earned: int = Field(0, description="Paid to the mentor, after the server's fee.")


SESSION_EXAMPLE: dict[str, Any] = {
    "id": "42",
    "kind": "one-to-one",
    "groupId": None,
    "seriesId": None,
    "mentorId": "226871203982016513",
    "mentorName": "Oliver Hughes",
    "menteeId": "180235712340164609",
    "menteeName": "Maya Torres",
    "scheduledAt": "2026-03-02T18:00:00Z",
    "endsAt": "2026-03-02T19:00:00Z",
    "duration": 60,
    "timezone": "America/New_York",
    "local": "Mon 2 Mar 2026, 13:00–14:00 EST (UTC−5)",
    "status": "scheduled",
    "late": {"mentor": None, "mentee": None, "choices": []},
    "notes": "My first pull request",
    "meetingLink": None,
    "amountPaid": 60,
    "payout": 60,
    "freeCancellationUntil": "2026-03-01T18:00:00Z",
    "lateRefundPercent": 0,
    "refundIfCancelled": 60,
    "answerBy": "2026-03-02T17:00:00Z",
    "proposed": None,
    "attendance": None,
    "endedBy": None,
    "reason": None,
    "absent": None,
    "rating": None,
    "review": None,
    "createdAt": "2026-03-02T12:00:00Z",
    "updatedAt": "2026-03-02T12:00:00Z",
    "actions": ["propose", "cancel"],
    "points": None,
}


class MentorshipSession(ResponseModel):
    """A session, as one of its participants or a moderator sees it: a one-to-one session, or an
    attendee's seat in a group session."""

    model_config = with_examples(SESSION_EXAMPLE)

    id: IdText
    kind: Literal["one-to-one", "group"] = Field(
        description="`group`: a seat in a group session. `menteeId` is its attendee."
    )
    group_id: IdText | None = Field(description="The group session of a seat.")
    series_id: IdText | None = Field(description="The series in which it was booked.")
    mentor_id: IdText
    mentor_name: str
    mentee_id: IdText
    mentee_name: str
    scheduled_at: InstantText = Field(description="The start.")
    ends_at: InstantText
    duration: int = Field(description="Minutes.")
    timezone: str = Field(
        description="The zone in which the mentee booked: that of the request, or the mentee's "
        "own. The mentor's for people without one, and for sessions of older versions."
    )
    local: str = Field(description="Start and end in `timezone`, as text for people.")
    status: SessionStatusName = Field(
        description="`scheduled` is a request that the mentor has not confirmed yet, or a seat "
        "that its attendee has not kept yet after the mentor moved the group session."
    )
    late: SessionDelays = Field(description="Who will be late.")
    notes: str = Field(description="What the session is about; a group session's title.")
    meeting_link: str | None = Field(
        description="Where the two meet. If that is a room in Discord, it opens 15 minutes before "
        "the start; until then it's null for the mentee, and the mentor's own link for the mentor. "
        "Null until the session is confirmed, once it is over, and for moderators."
    )
    amount_paid: int = Field(description="The price in points, as agreed at the booking.")
    payout: int = Field(
        description="What the mentor gets in points if the session takes place: the price less the "
        "server's fee at the time of the booking."
    )
    free_cancellation_until: InstantText = Field(
        description="Until when a mentee who cancels a confirmed session is refunded in full. "
        "Confirming or moving the session may change it. A pending request is always refunded in "
        "full."
    )
    late_refund_percent: int = Field(
        description="The percentage of the price that is refunded after that."
    )
    refund_if_cancelled: int | None = Field(
        description="The mentee's refund in points if the caller cancelled the session now; null "
        "if the caller can't cancel it."
    )
    answer_by: InstantText | None = Field(
        description="The mentor's deadline to confirm while the session is `scheduled`, or the "
        "attendee's to keep their seat."
    )
    proposed: RescheduleProposal | None = Field(description="The open proposal of a new time.")
    attendance: SessionAttendance | None = Field(
        description="The attendance reports, from the start on."
    )
    ended_by: IdText | None = Field(
        description="The Discord id of the person who ended the session, if one did. Participants "
        "aren't told which moderator did."
    )
    reason: str | None = Field(description="Why it was declined or cancelled.")
    absent: IdText | None = Field(description="Who didn't come, if the status is `no-show`.")
    rating: int | None = Field(description="The mentee's rating, 1 to 5.")
    review: Review | None = Field(
        description="The mentee's review with its text and the mentor's reply. One that moderators "
        "have hidden is null for the mentor."
    )
    created_at: InstantText
    updated_at: InstantText = Field(description="When it, a report or its review last changed.")
    actions: list[str] = Field(description="What the caller can do with the session now.")
    points: PointsMoved | None = Field(
        None, description="The points that this request moved; null if it can't move any."
    )

    @classmethod
    def from_domain(
        cls, session: SessionView, viewer: int, now: datetime, points: PointsMoved | None = None
    ) -> Self:
        """Create it for `viewer`, the user id of a participant or moderator."""
        proposal, review = session.proposal, session.review_for(viewer)
        zone = session.booked_timezone or session.timezone
        return cls(
            id=str(session.id),
            kind="one-to-one" if session.group_id is None else "group",
            group_id=optional_id(session.group_id),
            series_id=optional_id(session.series_id),
            mentor_id=str(session.mentor.user_id),
            mentor_name=session.mentor.name,
            mentee_id=str(session.mentee.user_id),
            mentee_name=session.mentee.name,
            scheduled_at=rfc3339(session.starts_at),
            ends_at=rfc3339(session.ends_at),
            duration=session.minutes,
            timezone=zone,
            local=times.describe(session.starts_at, zone, languages.reader(), end=session.ends_at),
            status=STATUS_NAMES[session.status],
            late=SessionDelays.from_domain(session, viewer, now),
            notes=session.topic,
            meeting_link=session.link_for(viewer, now),
            amount_paid=session.price,
            payout=session.payout,
            free_cancellation_until=rfc3339(session.free_cancellation_ends_at),
            late_refund_percent=session.late_refund_percent,
            refund_if_cancelled=_refund_if_cancelled(session, viewer, now),
            answer_by=optional_rfc3339(session.answer_deadline),
            proposed=None
            if proposal is None
            else RescheduleProposal(by=str(proposal.by), scheduled_at=rfc3339(proposal.starts_at)),
            attendance=SessionAttendance.from_domain(session, viewer),
            ended_by=optional_id(_ended_by(session, viewer)),
            reason=session.ended_reason and end_reason(session.ended_reason, languages.reader()),
            absent=optional_id(session.no_show_user_id),
            rating=session.stars,
            review=None if review is None else Review.from_domain(review),
            created_at=rfc3339(session.created_at),
            updated_at=rfc3339(session.updated_at),
            actions=[_ACTION_NAMES[action] for action in _actions(session, viewer, now)],
            points=points,
        )


def _refund_if_cancelled(session: SessionView, viewer: int, now: datetime) -> int | None:
    if viewer not in (session.mentor.user_id, session.mentee.user_id):
        return None
    return refunds.refund_if_cancelled(session, session.party(viewer), now)


def _ended_by(session: SessionView, viewer: int) -> int | None:
    """Return who ended the session. Moderators' names stay among those who don't take part."""
    participants = (session.mentor.user_id, session.mentee.user_id)
    if viewer in participants and session.ended_by not in participants:
        return None
    return session.ended_by


def _actions(session: SessionView, viewer: int, now: datetime) -> tuple[Action, ...]:
    if viewer not in (session.mentor.user_id, session.mentee.user_id):
        return ()  # Moderators who don't take part decide disputes only.
    return session.actions(viewer, now)


class MentorshipSessionDetails(MentorshipSession):
    """A session with what only its own page shows."""

    model_config = with_examples(
        SESSION_EXAMPLE
        | {
            "answers": [
                {
                    "question": "What would you like to work on?",
                    "answer": "Reviews of my own code",
                }
            ]
        }
    )

    answers: list[SessionAnswer] = Field(
        [], description="What the mentee answered to the mentor's questions at booking."
    )

    @classmethod
    def from_answered(
        cls, answered: AnsweredSession, viewer: int, now: datetime
    ) -> MentorshipSessionDetails:
        """Create it for `viewer`, the user id of a participant."""
        answers = [SessionAnswer.from_domain(answer) for answer in answered.answers]
        session = cls.from_domain(answered.session, viewer, now)
        return session.model_copy(update={"answers": answers})


class SessionPage(ResponseModel):
    """A page of the caller's sessions."""

    model_config = with_examples(
        {"sessions": [SESSION_EXAMPLE], "nextCursor": None, "previousCursor": None}
    )

    sessions: list[MentorshipSession]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor
