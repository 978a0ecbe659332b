"""Ratings and reviews of completed sessions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from api.schemas.base import (
    IdText,
    Instant,
    InstantText,
    NextCursor,
    PreviousCursor,
    RequestModel,
    ResponseModel,
    Text,
    rfc3339,
    with_examples,
)
from api.schemas.pagination import QueueQuery
from mentorship.administration.moderation import LONGEST_HIDING_REASON
from mentorship.administration.moderation_lists import ReviewRow
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.session_reviews import SessionReview


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


REVIEW_EXAMPLE: dict[str, Any] = {
    "id": "7",
    "rating": 5,
    "review": "Patient, and right.",
    "reply": None,
    "replyOutdated": False,
    "hidden": False,
    "hiddenReason": None,
    "createdAt": "2026-03-02T18:00:00Z",
    "changedAt": "2026-03-02T18:00:00Z",
}


class Review(ResponseModel):
    """A mentee's review of a session, and the mentor's reply."""

    model_config = with_examples(REVIEW_EXAMPLE)

    id: IdText
    rating: int = Field(description="1 to 5.")
    review: str = Field(description="The text, empty for a rating without one.")
    reply: str | None = Field(description="The mentor's reply.")
    reply_outdated: bool = Field(
        description="The mentee changed the review after the reply. The mentor can reply again."
    )
    hidden: bool = Field(
        description="Moderators have hidden it: it doesn't count, and only its author and "
        "moderators see it."
    )
    hidden_reason: str | None
    created_at: InstantText
    changed_at: InstantText = Field(description="When the mentee last changed it.")

    @classmethod
    def from_domain(cls, review: SessionReview) -> Review:
        return cls(
            id=str(review.id),
            rating=review.stars,
            review=review.text,
            reply=review.reply,
            reply_outdated=review.reply_is_outdated,
            hidden=review.hidden,
            hidden_reason=review.hidden_reason,
            created_at=rfc3339(review.written_at),
            changed_at=rfc3339(review.changed_at),
        )


class ReviewPage(ResponseModel):
    """A page of a mentor's reviews."""

    model_config = with_examples(
        {"reviews": [REVIEW_EXAMPLE], "nextCursor": None, "previousCursor": None}
    )

    reviews: list[Review]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor


MODERATED_REVIEW_EXAMPLE: dict[str, Any] = {
    **REVIEW_EXAMPLE,
    "sessionId": "42",
    "mentorId": "226871203982016513",
    "mentorName": "Oliver Hughes",
    "authorId": "180235712340164609",
    "authorName": "Maya Torres",
}


class ModeratedReview(Review):
    """A review as moderators see it."""

    model_config = with_examples(MODERATED_REVIEW_EXAMPLE)

    session_id: IdText
    mentor_id: IdText | None = Field(description="Null if the mentor's data was erased.")
    mentor_name: str
    author_id: IdText | None = Field(description="Null if the author's data was erased.")
    author_name: str

    @classmethod
    def from_row(cls, row: ReviewRow) -> ModeratedReview:
        outdated = row.replied_at is not None and row.changed_at > row.replied_at
        return cls(
            id=str(row.id),
            rating=row.stars,
            review=row.text,
            reply=row.reply,
            reply_outdated=outdated,
            hidden=row.hidden,
            hidden_reason=row.hidden_reason,
            created_at=rfc3339(row.created_at),
            changed_at=rfc3339(row.changed_at),
            session_id=str(row.session_id),
            mentor_id=str(row.mentor_id) if row.mentor_id > 0 else None,
            mentor_name=row.mentor_name,
            author_id=str(row.author_id) if row.author_id > 0 else None,
            author_name=row.author_name,
        )


class ModeratedReviewPage(ResponseModel):
    """A page of the server's reviews, for moderators."""

    model_config = with_examples(
        {"reviews": [MODERATED_REVIEW_EXAMPLE], "nextCursor": None, "previousCursor": None}
    )

    reviews: list[ModeratedReview]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor


class ReviewQuery(QueueQuery):
    """Which of the server's reviews to return, and which page of them."""

    hidden: bool = Field(False, description="Return the hidden reviews, not the visible ones.")


class ReviewVisibilityRequest(RequestModel):
    """A moderator's decision to hide a review, or to show it again."""

    model_config = with_examples(
        {
            "visible": False,
            "reason": "It names a third person.",
            "reviewChangedAt": "2026-03-02T18:00:00Z",
        },
        {"visible": True},
    )

    visible: bool
    reason: Annotated[Text, Field(max_length=LONGEST_HIDING_REASON)] | None = Field(
        None, description="Required to hide a review. Its author reads it."
    )
    review_changed_at: Instant | None = Field(
        None,
        description="`changedAt` of the review that the moderator has read. If its author changed "
        "it since, it isn't hidden: 409 `terms-changed`.",
    )
