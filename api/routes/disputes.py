"""Sessions of which the two say different things, for the moderators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.callers import Moderator
from api.documents import errors, errors_of_body
from api.routes.applications import MODERATORS_UNKNOWN
from api.routes.sessions import SessionId
from api.shapes.sessions import Disputes, MentorshipSession, Points, Settlement
from mentorship import disputes
from mentorship.errors import NotAllowedNow, NotAModerator, NotFound
from mentorship.lifecycle import Act

router = APIRouter(tags=["moderation"])

_ACTS = {"pay": Act.PAY, "refund": Act.REFUND, "split": Act.SPLIT}


@router.get(
    "/disputes",
    summary="Disputes that wait for a decision",
    responses=errors(NotAModerator, MODERATORS_UNKNOWN),
)
async def pending(me: Moderator, limit: Annotated[int, Query(ge=1, le=100)] = 25) -> Disputes:
    """Sessions about which mentor and mentee contradict each other, the oldest first. Their points
    are held until somebody decides."""
    waiting = await me.read(disputes.pending, limit)
    return Disputes(
        disputes=[MentorshipSession.of(each, me.actor.user_id, me.now()) for each in waiting]
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
