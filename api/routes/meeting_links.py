"""The route of a session's meeting link."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import MemberCaller
from api.openapi import error_responses
from api.routes.sessions import SessionId
from api.schemas.sessions import MeetingLinkRequest, MentorshipSession
from mentorship.errors import InvalidField, NotAllowedNow, NotFound, NotYours
from mentorship.sessions import session_link

router = APIRouter(tags=["sessions"])


@router.put(
    "/session/{id}/meeting-link",
    summary="Set a session's meeting link",
    responses=error_responses(NotFound, NotYours, NotAllowedNow, InvalidField, has_body=True),
)
async def set_meeting_link(
    caller: MemberCaller, session_id: SessionId, body: MeetingLinkRequest
) -> MentorshipSession:
    """Set or remove where a session takes place, as its mentor, until it is over. A mentor without
    a link of their own gets it for all further sessions as well. Within an hour of the start, the
    mentee is notified."""
    session = await caller.run(session_link.set_link, session_id, body.meeting_link or "")
    return MentorshipSession.from_domain(session, caller.actor.user_id, caller.now())
