"""Sessions of which the two say different things, for the moderators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Moderator
from api.openapi import errors, errors_of_body
from api.pagination import QueueQuery, looked
from api.routes.applications import MODERATORS_UNKNOWN
from api.routes.sessions import SessionId
from api.schemas.sessions import Disputes, MentorshipSession, Points, Settlement
from mentorship.actors import Actor
from mentorship.errors import NotAllowedNow, NotAModerator, NotFound
from mentorship.pagination import Page
from mentorship.sessions import disputes
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from storage import Transaction

router = APIRouter(tags=["moderation"])

_ACTS = {"pay": Action.PAY, "refund": Action.REFUND, "split": Action.SPLIT}


@router.get(
    "/disputes",
    summary="Disputes that wait for a decision",
    responses=errors(NotAModerator, MODERATORS_UNKNOWN),
)
async def pending(me: Moderator, asked: Annotated[QueueQuery, Query()]) -> Disputes:
    """Sessions about which mentor and mentee contradict each other, the oldest first. Their points
    are held until somebody decides."""

    async def look(tx: Transaction, actor: Actor, cursor: str | None) -> Page[SessionView]:
        return await disputes.pending(tx, actor, cursor, asked.limit)

    page = await looked(me, look, asked)
    return Disputes(
        disputes=[MentorshipSession.of(each, me.actor.user_id, me.now()) for each in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.put(
    "/session/{id}/settlement",
    summary="Settle a dispute",
    responses=errors_of_body(NotAModerator, MODERATORS_UNKNOWN, NotFound, NotAllowedNow),
)
async def settle(me: Moderator, session_id: SessionId, asked: Settlement) -> MentorshipSession:
    """Pay the mentor, give it back to the mentee, or split it. The first decision stands; both are
    told, and the server's log names who decided."""
    outcome = await me.run(disputes.settle, session_id, _ACTS[asked.decision])
    points = Points(refunded=outcome.refund, earned=outcome.earned)
    return MentorshipSession.of(outcome.session, me.actor.user_id, me.now(), points)
