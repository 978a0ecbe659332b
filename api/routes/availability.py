"""Routes of a mentor's own availability."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response

from api.dependencies import MemberCaller
from api.http import preconditions
from api.idempotency import changed_response
from api.openapi import error_responses
from api.schemas.availability import (
    LIST_EXAMPLE,
    WHOLE_EXAMPLE,
    Availability,
    AvailabilityBody,
    to_replacement,
)
from mentorship.actors import Actor
from mentorship.availability import editor
from mentorship.availability.editor import AvailabilityView
from mentorship.errors import (
    ChangedMeanwhile,
    InvalidField,
    KeyReused,
    NotAMentor,
    StillAnApplicant,
    StoppedMentoring,
    Suspended,
)
from mentorship.idempotency import Answer
from storage import Transaction

router = APIRouter(tags=["mentors"])

NOT_A_MENTOR_ERRORS = (NotAMentor, StillAnApplicant, StoppedMentoring, Suspended)

_ETAG_HEADER = preconditions.etag_header("availability")


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
    response_model=Availability,
    openapi_extra=preconditions.IF_MATCH_PARAMETER,
    responses=_ETAG_HEADER
    | error_responses(
        ChangedMeanwhile,
        preconditions.WEAK_TAG,
        InvalidField,
        *NOT_A_MENTOR_ERRORS,
        KeyReused,
        has_body=True,
    ),
)
async def replace_availability(
    caller: MemberCaller,
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
) -> Response:
    """Replace the caller's availability as a mentor. The body is either a list of weekly hours,
    which keeps date overrides, trips and settings, or an object with the parts to replace. Hours
    are wall-clock times in `timezone`, or in that of a trip, and stay the same through clock
    changes. Booked sessions don't change; `outside` in the response lists those outside the new
    hours."""
    versions = preconditions.expected_versions(caller.request)
    change = to_replacement(body)

    async def replace(tx: Transaction, actor: Actor) -> Answer:
        replaced = await editor.replace(tx, actor, change, versions)
        availability = Availability.from_domain(replaced).model_dump()
        return Answer({"availability": availability, "version": replaced.version})

    result = await caller.run_once(replace)
    response = changed_response(result.with_body(result.body["availability"]))
    response.headers["ETag"] = preconditions.format_version(result.body["version"])
    return response


def _availability_response(availability: AvailabilityView, response: Response) -> Availability:
    response.headers["ETag"] = preconditions.format_version(availability.version)
    return Availability.from_domain(availability)
