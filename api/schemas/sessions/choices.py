"""The starts that a participant of a session can choose from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.base import (
    IdText,
    InstantText,
    RequestModel,
    ResponseModel,
    Text,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from api.schemas.search import MAX_SLOTS
from mentorship.sessions.rebooking import NextSlot
from mentorship.sessions.rescheduling import RescheduleOptions

_LONGEST_TIME = 200


class RescheduleQuery(RequestModel):
    """Which starts to list, and how many."""

    near: Annotated[Text, Field(max_length=_LONGEST_TIME)] = Field(
        "",
        description="A time in words, such as `tomorrow 6pm`, in the caller's time zone. The "
        "nearest starts come first.",
    )
    limit: Annotated[int, Field(ge=1, le=MAX_SLOTS, strict=False)] = Field(
        200, description="The maximum number of starts to return."
    )


class RescheduleOptionList(ResponseModel):
    """Starts to which the caller can propose to move a session."""

    model_config = with_examples(
        {
            "sessionId": "42",
            "scheduledAt": "2026-03-02T18:00:00Z",
            "duration": 60,
            "starts": ["2026-03-02T18:30:00Z", "2026-03-03T18:00:00Z"],
        }
    )

    session_id: IdText
    scheduled_at: InstantText = Field(description="The session's current start.")
    duration: int = Field(description="Minutes.")
    starts: list[InstantText] = Field(
        description="Send one as `scheduledAt` to `PUT /session/{id}/schedule`."
    )

    @classmethod
    def from_domain(cls, options: RescheduleOptions, limit: int) -> RescheduleOptionList:
        """Create it with at most `limit` starts."""
        session = options.session
        return cls(
            session_id=str(session.id),
            scheduled_at=rfc3339(session.starts_at),
            duration=session.minutes,
            starts=[rfc3339(start) for start in options.starts[:limit]],
        )


class NextSlotResponse(ResponseModel):
    """The slot with which a mentee can book a session's mentor again."""

    model_config = with_examples(
        {
            "mentorId": "226871203982016513",
            "mentorName": "Oliver Hughes",
            "duration": 60,
            "sameDuration": True,
            "repeatedAt": "2026-03-09T18:00:00Z",
            "scheduledAt": "2026-03-09T18:00:00Z",
        }
    )

    mentor_id: IdText
    mentor_name: str
    duration: int = Field(description="Minutes.")
    same_duration: bool = Field(
        description="Whether the mentor still offers the session's length. If not, `duration` is "
        "their default."
    )
    repeated_at: InstantText = Field(
        description="The session's weekday and time of day, a week later or more."
    )
    scheduled_at: InstantText | None = Field(
        description="The open slot nearest to `repeatedAt`, for `POST /book`. Null if there is "
        "none."
    )

    @classmethod
    def from_domain(cls, slot: NextSlot) -> NextSlotResponse:
        """Create it from the domain's slot."""
        return cls(
            mentor_id=str(slot.mentor_id),
            mentor_name=slot.mentor_name,
            duration=slot.minutes,
            same_duration=slot.is_same_length,
            repeated_at=rfc3339(slot.repeated_at),
            scheduled_at=optional_rfc3339(slot.starts_at),
        )
