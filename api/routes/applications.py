"""Applying to mentor, and the moderators' queue."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.dependencies import Member, Moderator
from api.idempotency import created_response
from api.openapi import errors, errors_of_body
from api.pagination import QueueQuery, looked
from api.routes.availability import NO_MENTOR
from api.routes.mentors import MentorId
from api.schemas.applications import (
    Application,
    ApplicationAsked,
    Applications,
    MentoringAsked,
    ProfileAsked,
    ProfileEdited,
    VerdictAsked,
    VerdictTold,
)
from api.schemas.mentors import MentorProfile
from mentorship.actors import Actor
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
    ReapplyLater,
    SetupNeeded,
    Suspended,
    TimezoneNeeded,
)
from mentorship.main_app import profile_decisions, public_profiles
from mentorship.main_app.public_profiles import PublicProfile
from mentorship.mentors import application_review, application_views, applications, profiles
from mentorship.mentors.application_views import ApplicationView
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.pagination import Page
from storage import Transaction

router = APIRouter()

MODERATORS_UNKNOWN = (
    HTTPStatus.FORBIDDEN,
    "moderators-unknown",
    "The API runs apart from the bot, and so can't see who moderates the server.",
)


@router.post(
    "/apply",
    tags=["mentors"],
    summary="Apply to become a mentor",
    status_code=HTTPStatus.CREATED,
    response_model=Application,
    responses=errors_of_body(
        AlreadyApplied,
        AlreadyAMentor,
        ReapplyLater,
        TimezoneNeeded,
        SetupNeeded,
        MayNotApply,
        Suspended,
        InvalidField,
        KeyReused,
    ),
)
async def apply(me: Member, asked: ApplicationAsked) -> Response:
    """Hand an application to the moderators. They see it as a card in Discord, and the member gets
    a message when they decide. After a request for changes, the same call sends the answer."""
    wanted = ProfileContent(asked.expertise, asked.hourly_rate, asked.bio, asked.application_reason)

    async def act(tx: Transaction, actor: Actor) -> dict[str, Any]:
        return Application.of(await applications.apply(tx, actor, wanted)).model_dump()

    return created_response(await me.run_once(act))


@router.get(
    "/apply",
    tags=["mentors"],
    summary="Own application",
    responses=errors(NothingPending),
)
async def own(me: Member) -> Application:
    """The caller's latest text for the moderators, whatever became of it: an application, or a
    change of the profile."""
    latest = await me.read(application_views.find_latest)
    if latest is None:
        raise NothingPending()
    return Application.of(latest)


@router.delete(
    "/apply",
    tags=["mentors"],
    summary="Withdraw the own application",
    responses=errors(NothingPending),
)
async def withdraw(me: Member) -> Application:
    """Take the caller's text back while it waits; the card in Discord says so."""
    return Application.of(await me.run(applications.withdraw))


@router.put(
    "/profile",
    tags=["mentors"],
    summary="Change the own profile",
    responses=errors_of_body(*NO_MENTOR, InvalidField),
)
async def edit(me: Member, asked: ProfileAsked) -> ProfileEdited:
    """Change what the caller's profile says. The rate holds at once, for new bookings; expertise
    and bio wait for the moderators while the approved ones stay visible, unless the server has
    switched that off."""
    wanted = ProfileContent(asked.expertise, asked.hourly_rate, asked.bio)
    return ProfileEdited.of(await me.run(profiles.edit, wanted))


@router.put(
    "/mentoring",
    tags=["mentors"],
    summary="Pause, stop or resume mentoring",
    responses=errors_of_body(*NO_MENTOR, InvalidField),
)
async def mentoring(me: Member, asked: MentoringAsked) -> MentorProfile:
    """Take no new bookings for a while or for good, or take them again. What is booked stands."""

    async def change(tx: Transaction, actor: Actor) -> PublicProfile:
        if asked.status == "paused":
            await profiles.pause(tx, actor, asked.until)
        elif asked.status == "stopped":
            await profiles.stop(tx, actor)
        else:
            await profiles.resume(tx, actor)
        return await public_profiles.show(tx, actor, actor.user_id)

    return MentorProfile.of(await me.run(change))


@router.get(
    "/applications",
    tags=["moderation"],
    summary="What waits for the moderators",
    responses=errors(NotAModerator, MODERATORS_UNKNOWN),
)
async def queue(me: Moderator, asked: Annotated[QueueQuery, Query()]) -> Applications:
    """Applications and changes of profiles that wait for a decision, the longest waiting first."""

    async def look(tx: Transaction, actor: Actor, cursor: str | None) -> Page[ApplicationView]:
        return await application_review.list_pending(tx, actor, cursor, asked.limit)

    page = await looked(me, look, asked)
    return Applications(
        applications=[Application.of(each) for each in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.put(
    "/profile/{id}/status",
    tags=["moderation"],
    summary="Decide on an application, suspend or reinstate a mentor",
    responses=errors_of_body(
        NotAModerator,
        MODERATORS_UNKNOWN,
        NotFound,
        NotAMentor,
        AlreadyDecided,
        NotAllowedNow,
        InvalidField,
    ),
)
async def decide(me: Moderator, mentor_id: MentorId, asked: VerdictAsked) -> VerdictTold:
    """A moderator's word on a person: on the text of theirs that waits, or on a mentor. The first
    decision wins; the card in Discord is brought up to date, the role given or taken, and the
    person told."""
    decided = await me.run(
        profile_decisions.decide,
        mentor_id,
        asked.verdict,
        asked.reason or "",
        cancel_sessions=asked.cancel_sessions,
    )
    return VerdictTold.of(decided)
