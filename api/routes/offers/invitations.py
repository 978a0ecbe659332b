"""Routes of invitations: a mentor offers a session, the member accepts or declines it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import MemberCaller
from api.idempotency import changed_response, created_response
from api.middleware import BASE_PATH
from api.openapi import error_responses
from api.pagination import load_page
from api.routes.sessions.sessions import CLOCK_CHANGE_ERRORS
from api.schemas.base import Id
from api.schemas.offers.invitations import (
    Invitation,
    InvitationAcceptance,
    InvitationBody,
    InvitationPage,
    InvitationQuery,
    InvitationRefusal,
)
from api.schemas.sessions.sessions import MentorshipSession, PointsMoved
from mentorship.actors import Actor
from mentorship.errors import (
    BlockedByYou,
    Busy,
    InvalidField,
    InvitationEnded,
    KeyReused,
    LimitReached,
    NotAMentor,
    NotAvailable,
    NotEnoughPoints,
    NotFound,
    NotInvitable,
    NotYours,
    PriceChanged,
    ScreeningPending,
    SlotTaken,
    SlotUnavailable,
    StillAnApplicant,
    StoppedMentoring,
    Suspended,
    TermsChanged,
)
from mentorship.guilds import guild_settings
from mentorship.idempotency import Answer
from mentorship.pagination import Page
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.offers import invitation_answers, invitation_views, invitations
from mentorship.sessions.offers.invitation_views import InvitationFilter, InvitationView
from mentorship.sessions.offers.invitations import Invitee
from mentorship.statuses import InvitationStatus
from storage import Transaction

router = APIRouter(tags=["invitations"])

InvitationId = Annotated[Id, Path(alias="id", description="The invitation's id.")]


@router.post(
    "/invitations",
    summary="Invite a member to a session",
    status_code=HTTPStatus.CREATED,
    response_model=Invitation,
    responses=error_responses(
        SlotTaken,
        SlotUnavailable,
        *CLOCK_CHANGE_ERRORS,
        Busy,
        NotInvitable,
        NotFound,
        NotAMentor,
        StillAnApplicant,
        StoppedMentoring,
        Suspended,
        NotAvailable,
        BlockedByYou,
        LimitReached,
        ScreeningPending,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def invite_member(caller: MemberCaller, body: InvitationBody) -> Response:
    """Offer a session to a member, as a mentor: also outside of one's weekly hours, and also free
    of charge. The mentor's time is reserved until the member answers, or until `answerBy`. If one
    of the two is busy (409), `nearestSlots` has open starts near the time."""
    recipient = await caller.recipient(body.user_id)
    invitee = Invitee(recipient.user_id, recipient.name, is_member=recipient.is_member)

    async def send(tx: Transaction, actor: Actor) -> Answer:
        invitation = await invitations.send(tx, actor, invitee, body.to_request())
        return Answer((await _describe(tx, actor, invitation)).model_dump(), invitee.user_id)

    result = await caller.run_once(send)
    return created_response(result, location=f"{BASE_PATH}/invitations/{result.body['id']}")


@router.get("/invitations", summary="List own invitations", responses=error_responses())
async def list_invitations(
    caller: MemberCaller, query: Annotated[InvitationQuery, Query()]
) -> InvitationPage:
    """Return the invitations that the caller has sent or was sent, the latest first."""
    chosen = frozenset(map(InvitationStatus, query.status)) or frozenset(InvitationStatus)
    party = None if query.role is None else Party(query.role)

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[InvitationView]:
        invitation_filter = InvitationFilter(chosen, party)
        return await invitation_views.list_page(tx, actor, invitation_filter, cursor, query.limit)

    page = await load_page(caller, load, query)
    guild = await caller.read(_load_guild)
    return InvitationPage(
        invitations=[
            Invitation.from_domain(each, guild, caller.actor.user_id, caller.now())
            for each in page.items
        ],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.get("/invitations/{id}", summary="Get an invitation", responses=error_responses(NotFound))
async def get_invitation(caller: MemberCaller, invitation_id: InvitationId) -> Invitation:
    """Return an invitation to its mentor or the member. Anybody else gets a 404."""
    return await caller.read(_load, invitation_id)


@router.post(
    "/invitations/{id}/accept",
    summary="Accept an invitation",
    status_code=HTTPStatus.CREATED,
    response_model=MentorshipSession,
    responses=error_responses(
        NotFound,
        NotYours,
        InvitationEnded,
        PriceChanged,
        TermsChanged,
        Busy,
        NotEnoughPoints,
        NotAvailable,
        BlockedByYou,
        LimitReached,
        ScreeningPending,
        KeyReused,
        has_body=True,
    ),
)
async def accept_invitation(
    caller: MemberCaller, invitation_id: InvitationId, body: InvitationAcceptance | None = None
) -> Response:
    """Accept an invitation, as the member whom it is for. The session is confirmed, and the points
    are put on hold at once. The body can be left out."""
    seen = body or InvitationAcceptance()

    async def accept(tx: Transaction, actor: Actor) -> Answer:
        session = await invitation_answers.accept(
            tx,
            actor,
            invitation_id,
            price_shown=seen.expected_price,
            terms_shown=seen.expected_terms,
        )
        points = PointsMoved(held=session.price)
        answer = MentorshipSession.from_domain(session, actor.user_id, tx.now, points)
        return Answer(answer.model_dump(), session.mentor.user_id)

    result = await caller.run_once(accept)
    return created_response(result, location=f"{BASE_PATH}/session/{result.body['id']}")


@router.post(
    "/invitations/{id}/decline",
    summary="Decline an invitation",
    response_model=Invitation,
    responses=error_responses(NotFound, NotYours, InvitationEnded, KeyReused, has_body=True),
)
async def decline_invitation(
    caller: MemberCaller, invitation_id: InvitationId, body: InvitationRefusal | None = None
) -> Response:
    """Decline an invitation, as the member whom it is for. The body can be left out."""
    reason = "" if body is None else body.reason

    async def decline(tx: Transaction, actor: Actor) -> Answer:
        invitation = await invitation_answers.decline(tx, actor, invitation_id, reason)
        answer = await _describe(tx, actor, invitation)
        return Answer(answer.model_dump(), invitation.mentor.user_id)

    return changed_response(await caller.run_once(decline))


@router.delete(
    "/invitations/{id}",
    summary="Withdraw an invitation",
    response_model=Invitation,
    responses=error_responses(NotFound, NotYours, InvitationEnded, KeyReused),
)
async def withdraw_invitation(caller: MemberCaller, invitation_id: InvitationId) -> Response:
    """Withdraw an invitation that hasn't been answered, as its mentor."""

    async def withdraw(tx: Transaction, actor: Actor) -> Answer:
        invitation = await invitation_answers.withdraw(tx, actor, invitation_id)
        answer = await _describe(tx, actor, invitation)
        return Answer(answer.model_dump(), invitation.mentee.user_id)

    return changed_response(await caller.run_once(withdraw))


async def _load(tx: Transaction, actor: Actor, invitation_id: int) -> Invitation:
    invitation = await invitation_views.load_for_participant(tx, actor, invitation_id)
    return await _describe(tx, actor, invitation)


async def _describe(tx: Transaction, actor: Actor, invitation: InvitationView) -> Invitation:
    guild = await guild_settings.load(tx, invitation.guild_id)
    return Invitation.from_domain(invitation, guild, actor.user_id, tx.now)


async def _load_guild(tx: Transaction, actor: Actor) -> guild_settings.GuildSettings:
    return await guild_settings.load(tx, actor.guild)
