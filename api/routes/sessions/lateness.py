"""The routes with which people say that they will be late."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.dependencies import MemberCaller
from api.idempotency import changed_response
from api.openapi import error_responses
from api.routes.groups import GroupId, change_group
from api.routes.sessions.sessions import SessionId
from api.schemas.groups import GroupSession
from api.schemas.sessions.lateness import DelayRequest
from api.schemas.sessions.sessions import MentorshipSession
from mentorship.actors import Actor
from mentorship.errors import KeyReused, NotAllowedNow, NotFound, NotYours
from mentorship.idempotency import Answer
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lateness import group_notices, notices
from storage import Transaction

router = APIRouter()


@router.post(
    "/session/{id}/late",
    tags=["sessions"],
    summary="Say that you're running late",
    response_model=MentorshipSession,
    responses=error_responses(NotFound, NotAllowedNow, KeyReused, has_body=True),
)
async def announce_delay(
    caller: MemberCaller, session_id: SessionId, body: DelayRequest
) -> Response:
    """Tell the other participant at once that the caller will be late, from 15 minutes before the
    start on. A later call can only name a longer delay; `late.choices` says which are possible. The
    mentor of a group session says it for all of it (`POST /groups/{id}/late`)."""

    async def announce(tx: Transaction, actor: Actor) -> Answer:
        session = await notices.announce(tx, actor, session_id, body.minutes)
        answer = MentorshipSession.from_domain(session, actor.user_id, tx.now)
        return Answer(answer.model_dump(), session.other(actor.user_id).user_id)

    return changed_response(await caller.run_once(announce))


@router.post(
    "/groups/{id}/late",
    tags=["groups"],
    summary="Say that you're running late as a mentor",
    response_model=GroupSession,
    responses=error_responses(NotFound, NotYours, NotAllowedNow, KeyReused, has_body=True),
)
async def announce_group_delay(
    caller: MemberCaller, group_id: GroupId, body: DelayRequest
) -> Response:
    """Tell everyone with a seat, as the mentor, that the caller will be late. As
    `POST /session/{id}/late`."""

    async def announce(tx: Transaction, actor: Actor) -> GroupView:
        return await group_notices.announce(tx, actor, group_id, body.minutes)

    return await change_group(caller, announce)
