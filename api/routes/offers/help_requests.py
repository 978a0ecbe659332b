"""Routes of requests for help: a member asks, a mentor offers a time."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import MemberCaller
from api.idempotency import changed_response, created_response
from api.middleware import BASE_PATH
from api.openapi import error_responses
from api.routes.sessions.sessions import CLOCK_CHANGE_ERRORS
from api.schemas.base import Id
from api.schemas.offers.help_requests import (
    HelpRequest,
    HelpRequestBody,
    HelpRequestList,
    HelpRequestQuery,
    OfferBody,
)
from api.schemas.offers.invitations import Invitation
from mentorship.actors import Actor
from mentorship.errors import (
    BlockedByYou,
    Busy,
    HelpRequestEnded,
    InvalidField,
    KeyReused,
    LimitReached,
    NotAMentor,
    NotAvailable,
    NotFound,
    NotYourExpertise,
    OwnHelpRequest,
    ScreeningPending,
    SlotTaken,
    SlotUnavailable,
    StoppedMentoring,
    Suspended,
)
from mentorship.guilds import guild_settings
from mentorship.idempotency import Answer
from mentorship.sessions.offers import help_requests, request_views
from storage import Transaction

router = APIRouter(tags=["invitations"])

RequestId = Annotated[Id, Path(alias="id", description="The request's id.")]


@router.post(
    "/requests",
    summary="Ask mentors for help",
    status_code=HTTPStatus.CREATED,
    response_model=HelpRequest,
    responses=error_responses(
        InvalidField, LimitReached, ScreeningPending, KeyReused, has_body=True
    ),
)
async def ask_for_help(caller: MemberCaller, body: HelpRequestBody) -> Response:
    """Ask mentors of an expertise for help. They are shown the request a few at a time, those with
    the fewest sessions lately first. The first who offers a time sends an invitation. Without one,
    the request expires after a week."""

    async def ask(tx: Transaction, actor: Actor) -> Answer:
        request = await help_requests.ask(tx, actor, body.to_draft())
        return Answer(HelpRequest.from_domain(request).model_dump())

    result = await caller.run_once(ask)
    return created_response(result, location=f"{BASE_PATH}/requests/{result.body['id']}")


@router.get("/requests", summary="List requests for help", responses=error_responses())
async def list_requests(
    caller: MemberCaller, query: Annotated[HelpRequestQuery, Query()]
) -> HelpRequestList:
    """Return the caller's own requests that haven't ended, or with `role=mentor` those that they
    can answer, the latest first. There are at most 100."""
    list_some = help_requests.list_to_answer if query.role == "mentor" else request_views.list_open
    requests = await caller.read(list_some)
    return HelpRequestList(requests=list(map(HelpRequest.from_domain, requests)))


@router.get("/requests/{id}", summary="Get a request for help", responses=error_responses(NotFound))
async def get_request(caller: MemberCaller, request_id: RequestId) -> HelpRequest:
    """Return a request to its member, and to the mentors whom it was shown to."""
    return HelpRequest.from_domain(await caller.read(help_requests.load_for_reader, request_id))


@router.delete(
    "/requests/{id}",
    summary="Withdraw a request for help",
    response_model=HelpRequest,
    responses=error_responses(NotFound, HelpRequestEnded, KeyReused),
)
async def withdraw_request(caller: MemberCaller, request_id: RequestId) -> Response:
    """Withdraw one's own request. An offer that is open is declined."""

    async def withdraw(tx: Transaction, actor: Actor) -> Answer:
        request = await help_requests.withdraw(tx, actor, request_id)
        return Answer(HelpRequest.from_domain(request).model_dump())

    return changed_response(await caller.run_once(withdraw))


@router.post(
    "/requests/{id}/pass",
    summary="Dismiss a request for help",
    response_model=HelpRequest,
    responses=error_responses(NotFound, KeyReused),
)
async def pass_on_request(caller: MemberCaller, request_id: RequestId) -> Response:
    """Take a request out of the caller's list, as a mentor whom it was shown to. The member doesn't
    learn of it."""

    async def dismiss(tx: Transaction, actor: Actor) -> Answer:
        request = await help_requests.pass_on(tx, actor, request_id)
        return Answer(HelpRequest.from_domain(request).model_dump(), request.member.user_id)

    return changed_response(await caller.run_once(dismiss))


@router.post(
    "/requests/{id}/offers",
    summary="Offer a time",
    status_code=HTTPStatus.CREATED,
    response_model=Invitation,
    responses=error_responses(
        NotFound,
        HelpRequestEnded,
        NotYourExpertise,
        OwnHelpRequest,
        SlotTaken,
        SlotUnavailable,
        *CLOCK_CHANGE_ERRORS,
        Busy,
        NotAMentor,
        StoppedMentoring,
        Suspended,
        NotAvailable,
        BlockedByYou,
        LimitReached,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def offer_time(caller: MemberCaller, request_id: RequestId, body: OfferBody) -> Response:
    """Offer a time, as a mentor whom the request was shown to.

    If it has a card in a channel, any mentor of the expertise can. Of several the first one
    counts."""

    async def offer(tx: Transaction, actor: Actor) -> Answer:
        invitation = await help_requests.offer(tx, actor, request_id, body.to_request())
        guild = await guild_settings.load(tx, invitation.guild_id)
        answer = Invitation.from_domain(invitation, guild, actor.user_id, tx.now)
        return Answer(answer.model_dump(), invitation.mentee.user_id)

    result = await caller.run_once(offer)
    return created_response(result, location=f"{BASE_PATH}/invitations/{result.body['id']}")
