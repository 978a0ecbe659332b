"""Routes of a mentor's own availability."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Response

from api.dependencies import MemberCaller
from api.openapi import error_responses
from api.problems import Problem
from api.schemas.availability import (
    LIST_EXAMPLE,
    WHOLE_EXAMPLE,
    Availability,
    AvailabilityBody,
    to_replacement,
)
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityView
from mentorship.errors import (
    ChangedMeanwhile,
    InvalidField,
    NotAMentor,
    StillAnApplicant,
    StoppedMentoring,
    Suspended,
)

router = APIRouter(tags=["mentors"])

NOT_A_MENTOR_ERRORS = (NotAMentor, StillAnApplicant, StoppedMentoring, Suspended)

_ETAG = re.compile(r'"v([0-9]{1,15})"')

_ETAG_HEADER: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "ETag": {
                "description": "The version of the availability, to send as `If-Match`.",
                "schema": {"type": "string"},
            }
        }
    }
}

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The `ETag` of the availability that you have read. If it has changed since, "
        "nothing is replaced (412). Without this header, it is replaced in any case.",
        max_length=200,
    ),
]


@router.get(
    "/availability",
    summary="Get own availability",
    responses=_ETAG_HEADER | error_responses(*NOT_A_MENTOR_ERRORS),
)
async def get_availability(caller: MemberCaller, response: Response) -> Availability:
    """Return the caller's weekly hours, date overrides, trips and settings as a mentor."""
    return _availability_response(await caller.read(editor.load), response)


@router.put(
    "/availability",
    summary="Replace own availability",
    responses=_ETAG_HEADER
    | error_responses(ChangedMeanwhile, InvalidField, *NOT_A_MENTOR_ERRORS, has_body=True),
)
async def replace_availability(
    caller: MemberCaller,
    response: Response,
    body: Annotated[
        AvailabilityBody,
        Body(
            openapi_examples={
                "list": {"summary": "Weekly hours only", "value": LIST_EXAMPLE},
                "whole": {
                    "summary": "Weekly hours, date overrides, trips and settings",
                    "value": WHOLE_EXAMPLE,
                },
            }
        ),
    ],
    if_match: IfMatch = None,
) -> Availability:
    """Replace the caller's availability as a mentor. The body is either a list of weekly hours,
    which keeps date overrides, trips and settings, or an object with the parts to replace. Hours
    are wall-clock times in `timezone`, or in that of a trip, and stay the same through clock
    changes. Booked sessions don't change; `outside` in the response lists those outside the new
    hours."""
    version = None if if_match is None else _parse_if_match(if_match)
    replaced = await caller.run(editor.replace, to_replacement(body), version)
    return _availability_response(replaced, response)


def _parse_if_match(if_match: str) -> int | None:
    """Return the version that has to be the current one; None for any (RFC 9110, section 13.1.1).

    Raises `ChangedMeanwhile` for a tag that no version has, and `Problem` (422) for several tags.
    """
    if if_match.strip() == "*":
        return None
    if "," in if_match:
        detail = "must be a single ETag"
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid-request",
            f"If-Match {detail}.",
            errors=[{"header": "If-Match", "detail": detail}],
        )
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise ChangedMeanwhile()
    return int(match[1])


def _availability_response(availability: AvailabilityView, response: Response) -> Availability:
    response.headers["ETag"] = f'"v{availability.version}"'
    return Availability.from_domain(availability)
