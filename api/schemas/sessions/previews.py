"""What booking, moving a group session, and blocking somebody would mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import Field

from api.schemas.base import (
    IdText,
    InstantText,
    ResponseModel,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from api.schemas.questions import QUESTION_EXAMPLE, BookingQuestion
from mentorship.main_app import own_limits
from mentorship.sessions.blocking import BlockEffects
from mentorship.sessions.booking import Quote
from mentorship.sessions.groups.group_views import GroupView


class BookingPreview(ResponseModel):
    """The terms of a booking. It reserves nothing."""

    model_config = with_examples(
        {
            "mentorId": "226871203982016513",
            "mentorName": "Oliver Hughes",
            "scheduledAt": "2026-03-02T18:00:00Z",
            "endsAt": "2026-03-02T19:00:00Z",
            "duration": 60,
            "timezone": "America/New_York",
            "mentorTimezone": "Europe/London",
            "clockChange": False,
            "price": 60,
            "balance": 200,
            "confirmedAtOnce": False,
            "answerBy": "2026-03-02T17:00:00Z",
            "freeCancellationUntil": "2026-03-01T18:00:00Z",
            "cancellationGraceMinutes": 15,
            "lateRefundPercent": 0,
            "questions": [QUESTION_EXAMPLE],
        }
    )

    mentor_id: IdText
    mentor_name: str
    scheduled_at: InstantText
    ends_at: InstantText
    duration: int = Field(description="Minutes.")
    timezone: str = Field(description="The member's time zone.")
    mentor_timezone: str
    clock_change: bool = Field(description="The clocks of one of the two change meanwhile.")
    price: int = Field(description="In points. Send it as `expectedPrice`.")
    balance: int = Field(description="The member's points before the booking.")
    confirmed_at_once: bool
    answer_by: InstantText | None = Field(
        description="The mentor's deadline to answer; null if it is confirmed at once."
    )
    free_cancellation_until: InstantText | None = Field(
        description="Until when cancelling is free; null if that is over."
    )
    cancellation_grace_minutes: int = Field(
        description="Minutes after the confirmation in which cancelling is free in any case."
    )
    late_refund_percent: int = Field(description="What is refunded after that.")
    questions: list[BookingQuestion] = Field(description="What the mentor asks.")

    @classmethod
    def from_domain(cls, quote: Quote) -> BookingPreview:
        return cls(
            mentor_id=str(quote.mentor_id),
            mentor_name=quote.mentor_name,
            scheduled_at=rfc3339(quote.starts_at),
            ends_at=rfc3339(quote.ends_at),
            duration=quote.minutes,
            timezone=quote.zone,
            mentor_timezone=quote.mentor_zone,
            clock_change=quote.clock_change,
            price=quote.price,
            balance=quote.balance,
            confirmed_at_once=quote.confirmed_at_once,
            answer_by=None if quote.confirmed_at_once else rfc3339(quote.answer_deadline),
            free_cancellation_until=optional_rfc3339(quote.free_cancellation_until),
            cancellation_grace_minutes=quote.cancellation_grace,
            late_refund_percent=quote.late_refund_percent,
            questions=[BookingQuestion.from_domain(question) for question in quote.questions],
        )


class GroupMovePreview(ResponseModel):
    """What moving a group session would mean."""

    model_config = with_examples(
        {
            "groupId": "7",
            "scheduledAt": "2026-03-06T18:00:00Z",
            "endsAt": "2026-03-06T19:00:00Z",
            "duration": 60,
            "seatsAskedAgain": 3,
            "revision": 0,
        }
    )

    group_id: IdText
    scheduled_at: InstantText = Field(description="The new start.")
    ends_at: InstantText
    duration: int = Field(description="Minutes.")
    seats_asked_again: int = Field(
        description="How many attendees would be asked again. Those who don't keep their seat are "
        "refunded in full. Send it as `expectedSeats`."
    )
    revision: int = Field(description="Send it as `revision`.")

    @classmethod
    def from_domain(
        cls, group: GroupView, starts_at: datetime, minutes: int | None
    ) -> GroupMovePreview:
        """Create it for a new start, and a new length in minutes unless it stays the same."""
        length = group.minutes if minutes is None else minutes
        return cls(
            group_id=str(group.id),
            scheduled_at=rfc3339(starts_at),
            ends_at=rfc3339(starts_at + timedelta(minutes=length)),
            duration=length,
            seats_asked_again=group.seats_taken,
            revision=group.revision,
        )


class LimitUse(ResponseModel):
    """How much of one limit the member has used."""

    limit: str = Field(description="As in a 409 `limit-reached`.")
    most: int
    used: int
    ends_at: InstantText | None = Field(
        description="When the next one is possible. Null if it is now, or if that depends on what "
        "people do."
    )


class LimitList(ResponseModel):
    """What the member may still do."""

    model_config = with_examples(
        {"limits": [{"limit": "pending", "most": 5, "used": 2, "endsAt": None}]}
    )

    limits: list[LimitUse]

    @classmethod
    def from_domain(cls, uses: Iterable[own_limits.LimitUse]) -> LimitList:
        return cls(
            limits=[
                LimitUse(
                    limit=use.limit.value.removeprefix("limit_").replace("_", "-"),
                    most=use.most,
                    used=use.used,
                    ends_at=optional_rfc3339(use.ends_at),
                )
                for use in uses
            ]
        )


class BlockPreview(ResponseModel):
    """What blocking somebody would do to the sessions of the two."""

    model_config = with_examples(
        {"userId": "180235712340164609", "requests": ["42"], "keptSessions": []}
    )

    user_id: IdText
    requests: list[IdText] = Field(
        description="Ids of what would end with a full refund. Send their number as "
        "`expectedRequests`."
    )
    kept_sessions: list[IdText] = Field(description="Ids of what would stay booked.")

    @classmethod
    def from_domain(cls, effects: BlockEffects) -> BlockPreview:
        return cls(
            user_id=str(effects.user_id),
            requests=[str(session.id) for session in effects.requests],
            kept_sessions=[str(session.id) for session in effects.confirmed],
        )
