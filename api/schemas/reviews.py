"""Ratings and reviews of completed sessions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.base import RequestModel, ResponseModel, Text, with_examples
from mentorship.sessions import reviews


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


class Review(ResponseModel):
    """A review of a session and the mentor's reply."""

    model_config = with_examples({"rating": 5, "review": "Patient, and right.", "reply": None})

    rating: int = Field(description="1 to 5.")
    review: str
    reply: str | None

    @classmethod
    def from_domain(cls, review: reviews.SessionReview) -> Review:
        return cls(rating=review.stars, review=review.text, reply=review.reply)
