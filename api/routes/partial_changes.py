"""Routes that change single fields, where replacing the whole would be a burden."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.dependencies import MemberCaller
from api.http import preconditions
from api.idempotency import Result, changed_response
from api.openapi import error_responses
from api.routes.availability import NOT_A_MENTOR_ERRORS
from api.schemas.applications import ProfileEditResponse
from api.schemas.availability import Availability
from api.schemas.me import Me, MeRequest
from api.schemas.partial_changes import AvailabilityPatchRequest, ProfilePatch
from mentorship.actors import Actor
from mentorship.errors import ChangedMeanwhile, InvalidField, KeyReused, TimezoneNeeded
from mentorship.idempotency import Answer
from mentorship.main_app import availability_patches, identity
from mentorship.mentors import meeting_link, profiles
from storage import Transaction

router = APIRouter()


@router.patch(
    "/me",
    tags=["members"],
    summary="Change some of own data",
    response_model=Me,
    responses=error_responses(TimezoneNeeded, InvalidField, KeyReused, has_body=True),
)
async def patch_me(caller: MemberCaller, body: MeRequest) -> Response:
    """Change the fields that are sent, as `PUT /me` does."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        details = await identity.update_details(tx, actor, body.to_domain())
        return Answer(Me.from_domain(details).model_dump())

    return changed_response(await caller.run_once(change))


@router.patch(
    "/profile",
    tags=["mentors"],
    summary="Change some of own profile",
    response_model=ProfileEditResponse,
    responses=error_responses(*NOT_A_MENTOR_ERRORS, InvalidField, KeyReused, has_body=True),
)
async def patch_profile(caller: MemberCaller, body: ProfilePatch) -> Response:
    """Change the fields of the caller's profile that are sent. The others keep their value, that of
    a change which waits for approval if there is one. All else is as with `PUT /profile`."""
    caller.require_place(body.meeting_place, "/meetingPlace")

    async def change(tx: Transaction, actor: Actor) -> Answer:
        content = body.applied_to(await profiles.before_edit(tx, actor))
        edited = await profiles.edit(tx, actor, content)
        if body.meeting_place is not None:
            place = None if body.meeting_place == "server" else body.meeting_place
            await meeting_link.change_place(tx, actor, place)
        return Answer(ProfileEditResponse.from_domain(edited).model_dump())

    return changed_response(await caller.run_once(change))


@router.patch(
    "/availability",
    tags=["mentors"],
    summary="Change some of own availability",
    response_model=Availability,
    openapi_extra=preconditions.IF_MATCH_PARAMETER,
    responses=error_responses(
        ChangedMeanwhile, InvalidField, *NOT_A_MENTOR_ERRORS, KeyReused, has_body=True
    ),
)
async def patch_availability(caller: MemberCaller, body: AvailabilityPatchRequest) -> Response:
    """Change the hours of single weekdays and dates, and single settings. Trips are changed with
    `PUT /availability`. Booked sessions don't change; `outside` in the response lists those outside
    the new hours."""
    versions, patch = preconditions.expected_versions(caller.request), body.to_domain()

    async def change(tx: Transaction, actor: Actor) -> Answer:
        view = await availability_patches.change(tx, actor, patch, versions)
        availability = Availability.from_domain(view).model_dump()
        return Answer({"availability": availability, "version": view.version})

    result = await caller.run_once(change)
    response = changed_response(Result(result.body["availability"], result.replayed))
    response.headers["ETag"] = preconditions.format_version(result.body["version"])
    return response
