"""Series: sessions that are booked together and repeat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from api.problems import invalid_value
from api.schemas.base import (
    Id,
    IdText,
    Instant,
    InstantText,
    RequestModel,
    ResponseModel,
    TermsText,
    Text,
    Timezone,
    documented_limits,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from api.schemas.questions import QUESTION_EXAMPLE, AnswerList, BookingQuestion
from api.schemas.sessions.booking import StartTimeFields
from api.schemas.sessions.sessions import SESSION_EXAMPLE, MentorshipSession, PointsMoved
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION
from mentorship.sessions.booking import LONGEST_TOPIC
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.series import changes, dates, quotes
from mentorship.sessions.series.views import SeriesView
from mentorship.sessions.transitions import LONGEST_REASON
from wording.translation import pgettext

_MENTOR_ID, _MENTEE_ID = "226871203982016513", "180235712340164609"
_Points = Annotated[int, Field(ge=0, lt=2**53)]
_REQUEST_EXAMPLE: dict[str, Any] = {
    "mentorId": _MENTOR_ID,
    "scheduledAt": "2026-03-03T18:00:00Z",
    "duration": 60,
    "everyWeeks": 1,
    "count": 4,
    "notes": "Rust, chapter by chapter",
    "changes": [
        {"number": 2, "scheduledAt": None},
        {"number": 3, "scheduledAt": "2026-03-18T17:00:00Z"},
    ],
}


class DateChange(RequestModel):
    """What the member wants to change about one date of a series."""

    number: Annotated[int, Field(ge=1, le=dates.MOST_SESSIONS)] = Field(
        description="The number of the date, from 1."
    )
    scheduled_at: Instant | None = Field(
        None,
        description="The start instead of the planned one, at most half of the interval away. "
        "Null, or left out: the date is skipped.",
    )


class SeriesQuoteRequest(StartTimeFields):
    """A series of sessions with a mentor, at the same time on the mentor's clock. The first starts
    at `scheduledAt`, or at `date` and `startTime` in `timezone`."""

    model_config = with_examples(_REQUEST_EXAMPLE)

    mentor_id: Id
    timezone: Timezone | None = Field(
        None,
        description="The time zone in which `date` and `startTime` are, and the `timezone` of the "
        "sessions.",
    )
    duration: Annotated[
        int,
        Field(ge=1, le=1_440, description="Minutes; one of the mentor's session lengths."),
        documented_limits(minimum=MIN_DURATION, maximum=MAX_DURATION),
    ]
    every_weeks: Literal[1, 2] = Field(description="Every how many weeks it repeats.")
    count: Annotated[int, Field(ge=dates.FEWEST_SESSIONS, le=dates.MOST_SESSIONS)] = Field(
        description="The number of dates, skipped ones included."
    )
    notes: Annotated[Text, Field(max_length=LONGEST_TOPIC)] | None = Field(
        None, description="What the sessions are about. The mentor sees it."
    )
    changes: Annotated[list[DateChange], Field(max_length=dates.MOST_SESSIONS)] = Field(
        [], description="Dates to skip or to move, each at most once."
    )

    def to_domain(self) -> quotes.SeriesRequest:
        """Return the request.

        Raises `Problem` (422) for two changes of one date, and as `resolve_start` does.
        """
        starts = {change.number: change.scheduled_at for change in self.changes}
        if len(starts) < len(self.changes):
            raise invalid_value(
                "/changes",
                pgettext("a field of a request", "must not have two changes of one date"),
            )
        return quotes.SeriesRequest(
            self.mentor_id,
            self.resolve_start(self.timezone, self.duration),
            self.duration,
            self.every_weeks,
            self.count,
            topic=self.notes or "",
            skipped=frozenset(number for number, start in starts.items() if start is None),
            moved={number: start for number, start in starts.items() if start is not None},
            timezone=self.timezone,
        )


class SeriesBookingRequest(SeriesQuoteRequest):
    """A booking of a series. Dates that can't be booked have to be skipped or moved."""

    model_config = with_examples(
        _REQUEST_EXAMPLE | {"expectedPrice": 180, "expectedTerms": "9f86d081"}
    )

    expected_price: _Points | None = Field(
        None,
        description="The `total` that the member has seen. If it is another one by now, nothing is "
        "booked.",
    )
    expected_terms: TermsText | None = Field(
        None,
        description="The `terms` of the preview that the member has seen. If a date or a condition "
        "has changed, nothing is booked.",
    )
    answers: AnswerList = Field([])


class SeriesDate(ResponseModel):
    """One date of a series that isn't booked yet."""

    number: int
    planned_at: InstantText = Field(description="The start that the series gives it.")
    scheduled_at: InstantText = Field(description="The start with the request's changes.")
    ends_at: InstantText
    mentor_timezone: str = Field(description="The zone of the mentor's clock then.")
    status: Literal["fits", "skipped", "unavailable"]
    problem: str | None = Field(
        description="Why it can't be booked: `past`, `notice`, `horizon`, `hours`, `busy`, "
        "`day-full`, `week-full` or `mentee-busy`."
    )
    alternatives: list[InstantText] = Field(description="Open slots near the planned start.")


_QUOTE_EXAMPLE: dict[str, Any] = {
    "mentorId": _MENTOR_ID,
    "mentorName": "Oliver Hughes",
    "duration": 60,
    "everyWeeks": 1,
    "timezone": "America/New_York",
    "price": 60,
    "total": 60,
    "balance": 500,
    "confirmedAtOnce": False,
    "answerBy": "2026-03-03T17:00:00Z",
    "freeCancellationMinutes": 1_440,
    "cancellationGraceMinutes": 15,
    "lateRefundPercent": 0,
    "terms": "9f86d081",
    "questions": [QUESTION_EXAMPLE],
    "dates": [
        {
            "number": 1,
            "plannedAt": "2026-03-03T18:00:00Z",
            "scheduledAt": "2026-03-03T18:00:00Z",
            "endsAt": "2026-03-03T19:00:00Z",
            "mentorTimezone": "Europe/London",
            "status": "fits",
            "problem": None,
            "alternatives": ["2026-03-03T17:00:00Z", "2026-03-03T18:00:00Z"],
        }
    ],
}


class SeriesQuote(ResponseModel):
    """The dates of a series and the terms of booking those that fit. It reserves nothing."""

    model_config = with_examples(_QUOTE_EXAMPLE)

    mentor_id: IdText
    mentor_name: str
    duration: int = Field(description="Minutes.")
    every_weeks: int
    timezone: str = Field(description="The member's time zone.")
    price: int = Field(description="The price of one session, in points.")
    total: int = Field(description="The price of all sessions that fit.")
    balance: int = Field(description="The member's points before the booking.")
    confirmed_at_once: bool
    answer_by: InstantText | None = Field(
        description="The mentor's deadline to answer the request; null if no date fits."
    )
    free_cancellation_minutes: int = Field(
        description="Cancelling a session is free until that long before its start."
    )
    cancellation_grace_minutes: int = Field(
        description="It is also free that long after the confirmation."
    )
    late_refund_percent: int = Field(description="What is refunded after that.")
    terms: str = Field(description="Stands for the dates that fit and the terms but the price.")
    dates: list[SeriesDate]
    questions: list[BookingQuestion] = Field(
        description="What the mentor asks. Each session keeps the answers."
    )

    @classmethod
    def from_domain(cls, quote: quotes.SeriesQuote) -> SeriesQuote:
        length = timedelta(minutes=quote.minutes)
        return cls(
            mentor_id=str(quote.mentor_id),
            mentor_name=quote.mentor_name,
            duration=quote.minutes,
            every_weeks=quote.every_weeks,
            timezone=quote.zone,
            price=quote.price,
            total=quote.total,
            balance=quote.balance,
            confirmed_at_once=quote.confirmed_at_once,
            answer_by=None if quote.confirmed_at_once else optional_rfc3339(quote.answer_deadline),
            free_cancellation_minutes=quote.free_cancellation_until,
            cancellation_grace_minutes=quote.cancellation_grace,
            late_refund_percent=quote.late_refund_percent,
            terms=quote.terms,
            dates=[
                SeriesDate(
                    number=date.number,
                    planned_at=rfc3339(date.planned_at),
                    scheduled_at=rfc3339(date.starts_at),
                    ends_at=rfc3339(date.starts_at + length),
                    mentor_timezone=date.mentor_zone,
                    status="skipped"
                    if date.is_skipped
                    else "fits"
                    if date.is_bookable
                    else "unavailable",
                    problem=None
                    if date.problem is None
                    else date.problem.reason.value.replace("_", "-"),
                    alternatives=[rfc3339(start) for start in date.alternatives],
                )
                for date in quote.dates
            ],
            questions=[BookingQuestion.from_domain(question) for question in quote.questions],
        )


class SeriesStatusRequest(RequestModel):
    """What a participant does to all sessions of a series that allow it."""

    model_config = with_examples({"status": "confirmed"})

    status: Literal["confirmed", "declined", "cancelled"]
    reason: Annotated[Text, Field(max_length=LONGEST_REASON)] | None = Field(
        None, description="The other participant sees it. Not with `confirmed`."
    )
    expected_refund: _Points | None = Field(
        None,
        description="With `cancelled`: `refundIfCancelled` as the member saw it. If it has "
        "changed, nothing is cancelled.",
    )


class Series(ResponseModel):
    """A series that was booked. Each of its sessions has a status of its own."""

    model_config = with_examples(
        {
            "id": "7",
            "mentorId": _MENTOR_ID,
            "menteeId": _MENTEE_ID,
            "everyWeeks": 1,
            "createdAt": "2026-03-02T12:00:00Z",
            "refundIfCancelled": 60,
            "actions": ["cancel"],
            "sessions": [SESSION_EXAMPLE | {"seriesId": "7"}],
            "points": None,
        }
    )

    id: IdText
    mentor_id: IdText
    mentee_id: IdText
    every_weeks: int
    created_at: InstantText
    refund_if_cancelled: int | None = Field(
        description="The mentee's refund in points if the caller cancelled all that remain now; "
        "null if nothing remains."
    )
    actions: list[Literal["confirm", "decline", "cancel"]] = Field(
        description="What the caller can do to the sessions that allow it: `PUT .../status`."
    )
    sessions: list[MentorshipSession] = Field(description="The earliest first.")
    points: PointsMoved | None = Field(None, description="The points that this request moved.")

    @classmethod
    def from_domain(
        cls, series: SeriesView, viewer: int, now: datetime, points: PointsMoved | None = None
    ) -> Series:
        """Create it for `viewer`, the user id of a participant."""
        refund = changes.refund_if_cancelled(series, viewer, now)
        actions: list[Literal["confirm", "decline", "cancel"]] = []
        if series.allowing(Action.CONFIRM, viewer, now):
            actions.append("confirm")
        if series.allowing(Action.DECLINE, viewer, now):
            actions.append("decline")
        if refund is not None:
            actions.append("cancel")
        return cls(
            id=str(series.id),
            mentor_id=str(series.mentor.user_id),
            mentee_id=str(series.mentee.user_id),
            every_weeks=series.every_weeks,
            created_at=rfc3339(series.created_at),
            refund_if_cancelled=refund,
            actions=actions,
            sessions=[
                MentorshipSession.from_domain(session, viewer, now) for session in series.sessions
            ],
            points=points,
        )
