"""Applying to mentor, and the moderators' queue."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.callers import IdempotencyKey, Member, Moderator
from api.documents import errors, errors_of_body
from api.made import created
from api.routes.mentors import MentorId
from api.shapes.applications import (
    Application,
    ApplicationAsked,
    Applications,
    VerdictAsked,
    VerdictTold,
)
from mentorship import applications, profile_status
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
    ReapplyLater,
    SetupNeeded,
    Suspended,
    TimezoneNeeded,
)
from mentorship.profile_rules import Application as Wanted
from storage import Transaction

router = APIRouter()

_MODERATORS_UNKNOWN = (
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
async def apply(me: Member, key: IdempotencyKey, asked: ApplicationAsked) -> Response:
    """Hand an application to the moderators. They see it as a card in Discord, and the member gets
    a message when they decide. After a request for changes, the same call sends the answer."""
    wanted = Wanted(asked.expertise, asked.hourly_rate, asked.bio)

    async def act(tx: Transaction, actor: Actor) -> dict[str, Any]:
        return Application.of(await applications.apply(tx, actor, wanted)).model_dump()

    return created(await me.once(key, act))


@router.get(
    "/applications",
    tags=["moderation"],
    summary="What waits for the moderators",
    responses=errors(NotAModerator, _MODERATORS_UNKNOWN),
)
async def queue(
    me: Moderator,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Applications:
    """Applications and changes of profiles that wait for a decision, the longest waiting first.
    Deciding on them makes room for the next."""
    waiting = await me.read(applications.pending, limit)
    return Applications(applications=[Application.of(each) for each in waiting])


@router.put(
    "/profile/{id}/status",
    tags=["moderation"],
    summary="Decide on an application, suspend or reinstate a mentor",
    responses=errors_of_body(
        NotAModerator,
        _MODERATORS_UNKNOWN,
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
        profile_status.decide,
        mentor_id,
        asked.verdict,
        asked.reason or "",
        cancel_sessions=asked.cancel_sessions,
    )
    return VerdictTold.of(decided)
