"""Routes that list the starts which a participant of a session can choose from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import MemberCaller
from api.openapi import error_responses
from api.routes.sessions.sessions import SessionId
from api.schemas.sessions.choices import (
    NextSlotResponse,
    RescheduleOptionList,
    RescheduleQuery,
)
from mentorship.errors import (
    BlockedByYou,
    LimitReached,
    MentorPaused,
    NotAllowedNow,
    NotAMentor,
    NotAvailable,
    NotFound,
    NotYours,
    TimezoneNeeded,
)
from mentorship.sessions import rebooking, rescheduling

router = APIRouter(tags=["sessions"])


@router.get(
    "/session/{id}/schedule",
    summary="List starts to move a session to",
    responses=error_responses(NotFound, NotAllowedNow, LimitReached, NotAvailable, BlockedByYou),
)
async def list_reschedule_options(
    caller: MemberCaller, session_id: SessionId, query: Annotated[RescheduleQuery, Query()]
) -> RescheduleOptionList:
    """Return the starts at which both participants are free: open slots of the mentor from a week
    before the session to two weeks after it. The mentor may propose other times, too."""
    options = await caller.read(rescheduling.list_options, session_id, text=query.near)
    return RescheduleOptionList.from_domain(options, query.limit)


@router.get(
    "/session/{id}/next-slot",
    summary="Find a slot to book a session's mentor again",
    responses=error_responses(
        NotFound, NotYours, TimezoneNeeded, NotAMentor, NotAvailable, BlockedByYou, MentorPaused
    ),
)
async def find_next_slot(caller: MemberCaller, session_id: SessionId) -> NextSlotResponse:
    """Return the open slot nearest to the session's weekday and time of day, a week later or more,
    as its mentee. Nothing is booked or reserved."""
    return NextSlotResponse.from_domain(await caller.read(rebooking.find_next_slot, session_id))
