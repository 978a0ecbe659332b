"""Ratings and reviews of completed sessions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.base import (
    Instant,
    InstantText,
    RequestModel,
    ResponseModel,
    Text,
    rfc3339,
    with_examples,
)
from mentorship.sessions.follow_up import reviews


class RatingRequest(RequestModel):
    """A mentee's rating of a completed session."""

    model_config = with_examples({"rating": 5, "review": "Patient, and right."})

    rating: Annotated[int, Field(ge=1, le=5)]
    review: Annotated[Text, Field(max_length=reviews.LONGEST_REVIEW)] | None = Field(
        None, description="If it is left out, an earlier review text is kept."
    )


class ReplyRequest(RequestModel):
    """A mentor's reply to a review."""

    model_config = with_examples({"reply": "Always happy to help!"})

    reply: Annotated[Text, Field(min_length=1, max_length=reviews.LONGEST_REPLY)]
    review_changed_at: Instant | None = Field(
        None,
        description="`changedAt` of the review that the mentor has read. If the mentee changed it "
        "since, the answer is 409 `terms-changed`, and there is no reply.",
    )


class Review(ResponseModel):
    """A review of a session and the mentor's reply."""

    model_config = with_examples(
        {
            "rating": 5,
            "review": "Patient, and right.",
            "reply": None,
            "changedAt": "2026-03-02T18:00:00Z",
        }
    )

    rating: int = Field(description="1 to 5.")
    review: str
    reply: str | None
    changed_at: InstantText = Field(description="When the mentee last changed it.")

    @classmethod
    def from_domain(cls, review: reviews.SessionReview) -> Review:
        return cls(
            rating=review.stars,
            review=review.text,
            reply=review.reply,
            changed_at=rfc3339(review.changed_at),
        )
