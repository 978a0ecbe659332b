"""A mentor's own availability."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Response

from api.dependencies import Member
from api.openapi import errors, errors_of_body
from api.problems import Problem
from api.schemas.availability import (
    LIST_EXAMPLE,
    WHOLE_EXAMPLE,
    Availability,
    AvailabilityAsked,
    wanted,
)
from mentorship.availability import replacement
from mentorship.errors import (
    ChangedMeanwhile,
    InvalidField,
    NotAMentor,
    StillAnApplicant,
    StoppedMentoring,
    Suspended,
)

router = APIRouter(tags=["mentors"])

NO_MENTOR = (NotAMentor, StillAnApplicant, StoppedMentoring, Suspended)

_ETAG = re.compile(r'"v([0-9]{1,15})"')

_TELLS_ETAG: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "ETag": {
                "description": "The version of the availability, for `If-Match`.",
                "schema": {"type": "string"},
            }
        }
    }
}

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The `ETag` that the change is based on. If the availability has changed "
        "since, nothing is done: 412. Without it, what is there is replaced unseen.",
        max_length=200,
    ),
]


@router.get(
    "/availability",
    summary="Own availability",
    responses=_TELLS_ETAG | errors(*NO_MENTOR),
)
async def look(me: Member, response: Response) -> Availability:
    """The caller's hours, dates and settings as a mentor, with the version as `ETag`."""
    return _told(await me.read(replacement.look), response)


@router.put(
    "/availability",
    summary="Replace the own availability",
    responses=_TELLS_ETAG | errors_of_body(ChangedMeanwhile, InvalidField, *NO_MENTOR),
)
async def replace(
    me: Member,
    response: Response,
    asked: Annotated[
        AvailabilityAsked,
        Body(
            openapi_examples={
                "list": {"summary": "The main app's list of weekly hours", "value": LIST_EXAMPLE},
                "whole": {"summary": "All of it", "value": WHOLE_EXAMPLE},
            }
        ),
    ],
    if_match: IfMatch = None,
) -> Availability:
    """Replace the caller's availability as a mentor: by a list of weekly hours, which leaves dates
    and settings as they are, or by an object with any of the parts. Hours are on the clock of
    `timezone` and stay there through changes of clocks. What is booked stands; `outside` names
    what lies outside of the new hours."""
    version = None if if_match is None else _version(if_match)
    return _told(await me.run(replacement.replace, wanted(asked), version), response)


def _version(if_match: str) -> int | None:
    """The version that the caller wants it to be; None if any will do (RFC 9110, section 13.1.1).

    Raises `ChangedMeanwhile` for tags that are of no version, `Problem` (422) for several.
    """
    if if_match.strip() == "*":
        return None
    if "," in if_match:
        words = "takes one ETag"
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid-request",
            f"If-Match {words}.",
            errors=[{"header": "If-Match", "detail": words}],
        )
    match = _ETAG.fullmatch(if_match.strip())
    if match is None:
        raise ChangedMeanwhile()
    return int(match[1])


def _told(found: replacement.Availability, response: Response) -> Availability:
    response.headers["ETag"] = f'"v{found.version}"'
    return Availability.of(found.timetable)
