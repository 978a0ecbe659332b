"""The route of a session's meeting link."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.dependencies import MemberCaller
from api.idempotency import changed_response
from api.openapi import error_responses
from api.routes.sessions.sessions import SessionId
from api.schemas.sessions.sessions import MeetingLinkRequest, MentorshipSession
from mentorship.actors import Actor
from mentorship.errors import InvalidField, KeyReused, NotAllowedNow, NotFound, NotYours
from mentorship.idempotency import Answer
from mentorship.sessions.places import session_link
from storage import Transaction

router = APIRouter(tags=["sessions"])


@router.put(
    "/session/{id}/meeting-link",
    summary="Set a session's meeting link",
    response_model=MentorshipSession,
    responses=error_responses(
        NotFound, NotYours, NotAllowedNow, InvalidField, KeyReused, has_body=True
    ),
)
async def set_meeting_link(
    caller: MemberCaller, session_id: SessionId, body: MeetingLinkRequest
) -> Response:
    """Set or remove where a session takes place, as its mentor, until it is over. A mentor without
    a link of their own gets it for all further sessions as well. Within an hour of the start, the
    mentee is notified."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        session = await session_link.set_link(tx, actor, session_id, body.meeting_link or "")
        answer = MentorshipSession.from_domain(session, actor.user_id, tx.now)
        return Answer(answer.model_dump(), session.mentee.user_id)

    return changed_response(await caller.run_once(change))
