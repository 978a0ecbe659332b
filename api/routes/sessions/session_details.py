"""Routes that read more about one session: what cancelling it would mean, and its calendar file."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from api.dependencies import MemberCaller
from api.http import languages
from api.openapi import error_responses
from api.routes.groups import GroupId
from api.routes.sessions.sessions import SessionId
from api.schemas.sessions.cancellation import CancellationPreview
from mentorship.calendars import agenda
from mentorship.calendars.agenda import AgendaEntry
from mentorship.errors import NotAllowedNow, NotFound, NotYours
from mentorship.main_app import cancellation_terms
from wording.icalendar import calendar_file

router = APIRouter()

_CALENDAR: dict[int | str, dict[str, Any]] = {
    int(HTTPStatus.OK): {
        "description": "The file (iCalendar, RFC 5545).",
        "content": {
            "text/calendar": {
                "schema": {"type": "string"},
                "examples": {"session": {"value": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n..."}},
            }
        },
    }
}


@router.get(
    "/session/{id}/cancellation",
    tags=["sessions"],
    summary="Preview a cancellation",
    responses=error_responses(NotFound, NotAllowedNow),
)
async def preview_cancellation(caller: MemberCaller, session_id: SessionId) -> CancellationPreview:
    """Return what both sides get if the caller cancels the session or leaves their seat now, and
    until when that applies. Show it to the member, and cancel with its `refund` as
    `expectedRefund`."""
    return CancellationPreview.from_domain(await caller.read(cancellation_terms.load, session_id))


@router.get(
    "/session/{id}/calendar",
    tags=["sessions"],
    summary="Get a session's calendar file",
    response_class=Response,
    responses=_CALENDAR | error_responses(NotFound),
)
async def get_session_calendar(caller: MemberCaller, session_id: SessionId) -> Response:
    """Return a session as a file for the caller's calendar. A newer file updates the entry of an
    older one, and that of a session which didn't take place removes it. The meeting link is in it
    once the session is confirmed."""
    return _calendar_response(await caller.read(agenda.load_session, session_id), caller.now())


@router.get(
    "/groups/{id}/calendar",
    tags=["groups"],
    summary="Get a group session's calendar file",
    response_class=Response,
    responses=_CALENDAR | error_responses(NotFound, NotYours),
)
async def get_group_calendar(caller: MemberCaller, group_id: GroupId) -> Response:
    """Return a group session as a file for its mentor's calendar. Attendees get that of their seat
    with `GET /session/{id}/calendar`."""
    return _calendar_response(await caller.read(agenda.load_group, group_id), caller.now())


def _calendar_response(entry: AgendaEntry, now: datetime) -> Response:
    name = calendar_file.file_name(entry.span.start)
    disposition = f'attachment; filename="{name}"'
    return Response(
        calendar_file.calendar_file(entry, now, languages.reader()),
        headers={"Content-Disposition": disposition},
        media_type="text/calendar; charset=utf-8",
    )
