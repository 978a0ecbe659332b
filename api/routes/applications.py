"""Routes of applications, profiles and the moderators' decisions about them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.dependencies import MemberCaller, ModeratorCaller
from api.idempotency import changed_response, created_response
from api.openapi import error_responses
from api.pagination import load_page
from api.routes.availability import NOT_A_MENTOR_ERRORS
from api.routes.mentors import MentorId
from api.schemas.applications import (
    Application,
    ApplicationPage,
    ApplicationRequest,
    MentoringRequest,
    ProfileDecisionRequest,
    ProfileDecisionResponse,
    ProfileEditResponse,
    ProfileRequest,
    UpcomingSessionsResponse,
)
from api.schemas.mentors import MentorProfile
from api.schemas.pagination import QueueQuery
from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.errors import (
    AlreadyAMentor,
    AlreadyApplied,
    AlreadyDecided,
    InvalidField,
    KeyReused,
    MayNotApply,
    NotAllowedNow,
    NotAMentor,
    NotAModerator,
    NotFound,
    NothingPending,
    OutsideLimits,
    OwnCase,
    ReapplyLater,
    ScreeningPending,
    SetupNeeded,
    Suspended,
    TermsChanged,
    TimezoneNeeded,
)
from mentorship.idempotency import Answer
from mentorship.main_app import profile_decisions, public_profiles
from mentorship.mentors import (
    application_review,
    application_views,
    applications,
    profiles,
    responsiveness,
)
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.pagination import Page
from storage import Transaction

router = APIRouter()

MODERATORS_UNKNOWN = (
    HTTPStatus.FORBIDDEN,
    "moderators-unknown",
    "The API runs without the bot, so it can't see who moderates the server.",
)


@router.post(
    "/apply",
    tags=["mentors"],
    summary="Apply to become a mentor",
    status_code=HTTPStatus.CREATED,
    response_model=Application,
    responses=error_responses(
        AlreadyApplied,
        AlreadyAMentor,
        ReapplyLater,
        TimezoneNeeded,
        SetupNeeded,
        MayNotApply,
        ScreeningPending,
        Suspended,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def apply_to_mentor(caller: MemberCaller, body: ApplicationRequest) -> Response:
    """Submit an application. Moderators get it as a card in Discord, and the member gets a message
    when they decide. If moderators have requested changes, submit the changed application in the
    same way."""
    content = ProfileContent(
        body.expertise,
        body.hourly_rate,
        body.bio,
        body.application_reason,
        body.meeting_link,
    )

    async def apply(tx: Transaction, actor: Actor) -> Answer:
        submitted = await applications.apply(tx, actor, content)
        return Answer(Application.from_domain(submitted).model_dump())

    return created_response(await caller.run_once(apply))


@router.get(
    "/apply",
    tags=["mentors"],
    summary="Get own application",
    responses=error_responses(NothingPending),
)
async def get_application(caller: MemberCaller) -> Application:
    """Return the caller's latest application or change of their profile, whatever its status."""
    latest = await caller.read(application_views.find_latest)
    if latest is None:
        raise NothingPending()
    return Application.from_domain(latest)


@router.delete(
    "/apply",
    tags=["mentors"],
    summary="Withdraw own application",
    response_model=Application,
    responses=error_responses(NothingPending, KeyReused),
)
async def withdraw_application(caller: MemberCaller) -> Response:
    """Withdraw the caller's pending application or change of their profile."""

    async def withdraw(tx: Transaction, actor: Actor) -> Answer:
        withdrawn = await applications.withdraw(tx, actor)
        return Answer(Application.from_domain(withdrawn).model_dump())

    return changed_response(await caller.run_once(withdraw))


@router.put(
    "/profile",
    tags=["mentors"],
    summary="Change own profile",
    response_model=ProfileEditResponse,
    responses=error_responses(*NOT_A_MENTOR_ERRORS, InvalidField, KeyReused, has_body=True),
)
async def change_profile(caller: MemberCaller, body: ProfileRequest) -> Response:
    """Change the caller's profile as a mentor. A new rate applies to new bookings at once. New
    expertise and a new bio need the moderators' approval, unless the server has turned that off.
    Until then the approved ones stay visible."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        edited = await profiles.edit(tx, actor, body.to_domain())
        return Answer(ProfileEditResponse.from_domain(edited).model_dump())

    return changed_response(await caller.run_once(change))


@router.put(
    "/mentoring",
    tags=["mentors"],
    summary="Pause, stop or resume mentoring",
    response_model=MentorProfile,
    responses=error_responses(*NOT_A_MENTOR_ERRORS, InvalidField, KeyReused, has_body=True),
)
async def change_mentoring_status(caller: MemberCaller, body: MentoringRequest) -> Response:
    """Stop accepting new bookings for a while or for good, or accept them again. Booked sessions
    are not affected."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        if body.status == "paused":
            await profiles.pause(tx, actor, body.until)
        elif body.status == "stopped":
            await profiles.stop(tx, actor)
        else:
            await profiles.resume(tx, actor)
        profile = await public_profiles.load(tx, actor, actor.user_id)
        return Answer(MentorProfile.from_domain(profile).model_dump())

    return changed_response(await caller.run_once(change))


@router.post(
    "/mentoring/confirmation",
    tags=["mentors"],
    summary="Confirm that you still mentor",
    response_model=MentorProfile,
    responses=error_responses(*NOT_A_MENTOR_ERRORS, KeyReused),
)
async def confirm_mentoring(caller: MemberCaller) -> Response:
    """Answer the question that a mentor gets after several unanswered requests. Without an answer,
    their profile is paused. One that is paused stays paused: see `PUT /mentoring`."""

    async def confirm(tx: Transaction, actor: Actor) -> Answer:
        await responsiveness.confirm_active(tx, actor)
        profile = await public_profiles.load(tx, actor, actor.user_id)
        return Answer(MentorProfile.from_domain(profile).model_dump())

    return changed_response(await caller.run_once(confirm))


@router.get(
    "/applications",
    tags=["moderation"],
    summary="List pending applications",
    responses=error_responses(NotAModerator, MODERATORS_UNKNOWN),
)
async def list_pending_applications(
    caller: ModeratorCaller, query: Annotated[QueueQuery, Query()]
) -> ApplicationPage:
    """Return applications and changes of profiles that moderators have to decide about, the oldest
    first."""

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[ApplicationView]:
        return await application_review.list_pending(tx, actor, cursor, query.limit)

    page = await load_page(caller, load, query)
    return ApplicationPage(
        applications=[Application.from_domain(application) for application in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.put(
    "/profile/{id}/status",
    tags=["moderation"],
    summary="Decide about an application, suspend or reinstate a mentor",
    response_model=ProfileDecisionResponse,
    responses=error_responses(
        KeyReused,
        NotAModerator,
        MODERATORS_UNKNOWN,
        NotFound,
        NotAMentor,
        OwnCase,
        AlreadyDecided,
        TermsChanged,
        OutsideLimits,
        ScreeningPending,
        NotAllowedNow,
        InvalidField,
        has_body=True,
    ),
)
async def decide_about_mentor(
    caller: ModeratorCaller, mentor_id: MentorId, body: ProfileDecisionRequest
) -> Response:
    """Decide about a person's pending application or change of their profile, or suspend or
    reinstate a mentor. The first decision counts. Moderators can't decide about themselves, unless
    they manage the server. An approved text must be within the server's current limits. The bot
    updates the card and the mentor role in Discord and sends the person a message."""
    if body.status == "approved":
        await caller.record_screening(mentor_id)

    async def decide(tx: Transaction, actor: Actor) -> Answer:
        decision = await profile_decisions.decide(
            tx,
            actor,
            mentor_id,
            body.requested_status,
            body.reason or "",
            version=body.revision,
            cancel_sessions=body.cancel_sessions,
            expected_sessions=body.expected_sessions,
            expected_refund=body.expected_refund,
        )
        return Answer(ProfileDecisionResponse.from_domain(decision).model_dump(), mentor_id)

    return changed_response(await caller.run_once(decide))


@router.get(
    "/profile/{id}/upcoming",
    tags=["moderation"],
    summary="Preview a suspension",
    responses=error_responses(
        NotAModerator, MODERATORS_UNKNOWN, OwnCase, NotAMentor, NotAllowedNow
    ),
)
async def preview_suspension(
    caller: ModeratorCaller, mentor_id: MentorId
) -> UpcomingSessionsResponse:
    """Return how many sessions would be cancelled, and how many points refunded, by suspending the
    mentor with `cancelSessions`."""
    upcoming = await caller.read(moderation.preview_suspension, mentor_id)
    return UpcomingSessionsResponse.from_domain(upcoming)
