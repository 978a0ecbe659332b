"""Routes of reviews: a mentor's for members, and hiding and showing them for moderators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import MemberCaller, ModeratorCaller
from api.idempotency import changed_response
from api.openapi import error_responses
from api.pagination import load_page
from api.routes.applications import MODERATORS_UNKNOWN
from api.routes.mentors import MentorId
from api.schemas.base import Id
from api.schemas.pagination import QueueQuery
from api.schemas.reviews import (
    ModeratedReview,
    ModeratedReviewPage,
    Review,
    ReviewPage,
    ReviewQuery,
    ReviewVisibilityRequest,
)
from mentorship.actors import Actor
from mentorship.administration.moderation_lists import ReviewRow
from mentorship.errors import (
    InvalidField,
    KeyReused,
    NotAllowedNow,
    NotAMentor,
    NotAModerator,
    NotFound,
    OwnCase,
    TermsChanged,
)
from mentorship.idempotency import Answer
from mentorship.main_app import mentor_reviews
from mentorship.pagination import Page
from mentorship.sessions.session_reviews import SessionReview
from storage import Transaction

router = APIRouter()


@router.get(
    "/profile/{id}/reviews",
    tags=["mentors"],
    summary="List a mentor's reviews",
    responses=error_responses(NotAMentor),
)
async def list_mentor_reviews(
    caller: MemberCaller, mentor_id: MentorId, query: Annotated[QueueQuery, Query()]
) -> ReviewPage:
    """Return the reviews of a mentor that moderators haven't hidden, the newest first, also ratings
    without a text. Members don't learn who wrote them."""

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[SessionReview]:
        return await mentor_reviews.list_of_mentor(tx, actor, mentor_id, cursor, query.limit)

    page = await load_page(caller, load, query)
    return ReviewPage(
        reviews=[Review.from_domain(review) for review in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.get(
    "/reviews",
    tags=["moderation"],
    summary="List the server's reviews",
    responses=error_responses(NotAModerator, MODERATORS_UNKNOWN),
)
async def list_reviews(
    caller: ModeratorCaller, query: Annotated[ReviewQuery, Query()]
) -> ModeratedReviewPage:
    """Return the server's visible reviews, or the hidden ones, the newest first."""

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[ReviewRow]:
        return await mentor_reviews.list_of_guild(
            tx, actor, hidden=query.hidden, cursor=cursor, size=query.limit
        )

    page = await load_page(caller, load, query)
    return ModeratedReviewPage(
        reviews=[ModeratedReview.from_row(row) for row in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.put(
    "/reviews/{id}/visibility",
    tags=["moderation"],
    summary="Hide or show a review",
    response_model=Review,
    responses=error_responses(
        NotAModerator,
        MODERATORS_UNKNOWN,
        NotFound,
        OwnCase,
        NotAllowedNow,
        TermsChanged,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def change_review_visibility(
    caller: ModeratorCaller,
    review_id: Annotated[Id, Path(alias="id", description="The review's id.")],
    body: ReviewVisibilityRequest,
) -> Response:
    """Hide a review, so that it doesn't count in the mentor's rating, or show it again. Its author
    gets a message with the reason. Moderators can't decide about a review that they wrote or
    received, unless they manage the server."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        changed = await mentor_reviews.set_visibility(
            tx, actor, review_id, body.visible, body.reason or "", body.review_changed_at
        )
        return Answer(Review.from_domain(changed.review).model_dump(), changed.author_id)

    return changed_response(await caller.run_once(change))
