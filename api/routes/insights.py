"""Routes of insights: a mentor's own figures, and those of the server."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.dependencies import MemberCaller, ReaderCaller
from api.http.preconditions import format_content
from api.openapi import error_responses
from api.routes.applications import MODERATORS_UNKNOWN
from api.schemas.insights import (
    GuildInsights,
    GuildTableQuery,
    InsightsQuery,
    MentorInsights,
    MentorTableQuery,
)
from mentorship.errors import NotAMentor, NotAModerator, StillAnApplicant
from mentorship.insights import insights
from wording.insights import tables

router = APIRouter(tags=["insights"])

_ETAG: dict[str, Any] = {
    "ETag": {
        "description": "Changes with the figures. Send it as `If-None-Match`.",
        "schema": {"type": "string"},
    }
}
_JSON: dict[int | str, dict[str, Any]] = {int(HTTPStatus.OK): {"headers": _ETAG}}
_CSV: dict[int | str, dict[str, Any]] = {
    int(HTTPStatus.OK): {
        "description": "The table (CSV, RFC 4180).",
        "headers": _ETAG,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "examples": {"hours": {"value": "weekday,time,offeredMinutes,bookedMinutes\r\n"}},
            }
        },
    }
}


@router.get(
    "/insights/mentor",
    summary="Get own insights",
    responses=_JSON | error_responses(NotAMentor, StillAnApplicant),
)
async def get_mentor_insights(
    caller: MemberCaller, query: Annotated[InsightsQuery, Query()], response: Response
) -> MentorInsights:
    """Return the caller's own figures as a mentor. Nobody else sees them. They follow what happens
    within minutes."""
    body = MentorInsights.from_domain(await caller.read(insights.mentor_insights, query.span))
    response.headers["ETag"] = format_content(body.model_dump_json())
    return body


@router.get(
    "/insights/mentor/csv",
    summary="Get a table of own insights",
    response_class=Response,
    responses=_CSV | error_responses(NotAMentor, StillAnApplicant),
)
async def get_mentor_table(
    caller: MemberCaller, query: Annotated[MentorTableQuery, Query()]
) -> Response:
    """Return one of the tables of the caller's own figures, for a spreadsheet. Text that a
    spreadsheet would take for a formula has an apostrophe in front."""
    figures = await caller.read(insights.mentor_insights, query.span)
    text = tables.mentor_table(figures, query.table)
    return _csv_response(text, f"insights-mentor-{query.table}-{query.range}.csv")


@router.get(
    "/insights/guild",
    summary="Get the server's insights",
    responses=_JSON | error_responses(NotAModerator, MODERATORS_UNKNOWN),
)
async def get_guild_insights(
    caller: ReaderCaller, query: Annotated[InsightsQuery, Query()], response: Response
) -> GuildInsights:
    """Return the server's figures. For moderators, and for your app with the scope `service`. They
    follow what happens within minutes."""
    body = GuildInsights.from_domain(await caller.read(insights.guild_insights, query.span))
    response.headers["ETag"] = format_content(body.model_dump_json())
    return body


@router.get(
    "/insights/guild/csv",
    summary="Get a table of the server's insights",
    response_class=Response,
    responses=_CSV | error_responses(NotAModerator, MODERATORS_UNKNOWN),
)
async def get_guild_table(
    caller: ReaderCaller, query: Annotated[GuildTableQuery, Query()]
) -> Response:
    """Return one of the tables of the server's figures, for a spreadsheet, as
    `GET /insights/mentor/csv` does."""
    figures = await caller.read(insights.guild_insights, query.span)
    text = tables.guild_table(figures, query.table)
    return _csv_response(text, f"insights-server-{query.table}-{query.range}.csv")


def _csv_response(text: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": format_content(text),
    }
    return Response(text, headers=headers, media_type="text/csv; charset=utf-8")
