"""Routes of disputes, for moderators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.dependencies import ModeratorCaller
from api.idempotency import changed_response
from api.openapi import error_responses
from api.pagination import load_page
from api.routes.applications import MODERATORS_UNKNOWN
from api.routes.sessions.sessions import SessionId
from api.schemas.pagination import QueueQuery
from api.schemas.sessions.disputes import DisputeDecisionRequest, DisputePage
from api.schemas.sessions.sessions import MentorshipSession, PointsMoved
from mentorship.actors import Actor
from mentorship.errors import KeyReused, NotAllowedNow, NotAModerator, NotFound, OwnCase
from mentorship.idempotency import Answer
from mentorship.pagination import Page
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from storage import Transaction

router = APIRouter(tags=["moderation"])

_ACTIONS = {"pay": Action.PAY, "refund": Action.REFUND, "split": Action.SPLIT}


@router.get(
    "/disputes",
    summary="List open disputes",
    responses=error_responses(NotAModerator, MODERATORS_UNKNOWN),
)
async def list_disputes(
    caller: ModeratorCaller, query: Annotated[QueueQuery, Query()]
) -> DisputePage:
    """Return sessions about which mentor and mentee have sent contradicting reports, the oldest
    first. Their points stay on hold until a moderator decides."""

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[SessionView]:
        return await disputes.list_pending(tx, actor, cursor, query.limit)

    page = await load_page(caller, load, query)
    viewer = caller.actor.user_id
    return DisputePage(
        disputes=[MentorshipSession.from_domain(each, viewer, caller.now()) for each in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.put(
    "/session/{id}/settlement",
    summary="Decide a dispute",
    response_model=MentorshipSession,
    responses=error_responses(
        NotAModerator,
        MODERATORS_UNKNOWN,
        NotFound,
        OwnCase,
        NotAllowedNow,
        KeyReused,
        has_body=True,
    ),
)
async def decide_dispute(
    caller: ModeratorCaller, session_id: SessionId, body: DisputeDecisionRequest
) -> Response:
    """Pay the mentor, refund the mentee, or split the points. The first decision counts. Moderators
    can't decide a dispute of their own, unless they manage the server. Both
    participants get a message, and the server's audit log names the moderator."""

    async def decide(tx: Transaction, actor: Actor) -> Answer:
        result = await disputes.resolve(tx, actor, session_id, _ACTIONS[body.decision])
        # The session names two people, so it isn't stored.
        return Answer(PointsMoved(refunded=result.refund, earned=result.earned).model_dump())

    result = await caller.run_once(decide)
    session = await caller.read(disputes.load, session_id)
    points = PointsMoved.model_validate(result.body)
    answer = MentorshipSession.from_domain(session, caller.actor.user_id, caller.now(), points)
    return changed_response(result.with_body(answer.model_dump()))
