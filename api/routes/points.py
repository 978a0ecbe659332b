"""Routes of points: the caller's transfers, gifts, and the main app's grants and deductions."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import MemberCaller, ModeratorCaller, ServiceCaller
from api.idempotency import EFFECT_ONLY, changed_response, created_response
from api.openapi import error_responses
from api.pagination import ListCursors, load_page
from api.routes.applications import MODERATORS_UNKNOWN
from api.schemas.base import Id
from api.schemas.pagination import QueueQuery
from api.schemas.points import (
    GiftRequest,
    GrantDecisionRequest,
    GrantRequest,
    GrantRequestPage,
    TransferPage,
    TransferQuery,
    TransferReceipt,
    TransferRequest,
)
from mentorship import pagination
from mentorship.actors import Actor
from mentorship.errors import (
    AlreadyDecided,
    BalanceTooLow,
    BlockedByYou,
    GiftToOneself,
    InvalidField,
    KeyReused,
    LimitReached,
    NotAModerator,
    NotAvailable,
    NotFound,
    OwnCase,
    RecipientNotAMember,
    SecondModeratorNeeded,
    TooManyPoints,
)
from mentorship.idempotency import Answer
from mentorship.pagination import Page
from mentorship.points import adjustments, grant_requests, transfers
from mentorship.points.grant_requests import GrantRequestView
from mentorship.sessions import points_history
from mentorship.sessions.points_history import PointsHistoryPage, Wallet
from storage import Transaction

router = APIRouter()


@router.get(
    "/points/transfers", tags=["points"], summary="List own transfers", responses=error_responses()
)
async def list_transfers(
    caller: MemberCaller, query: Annotated[TransferQuery, Query()]
) -> TransferPage:
    """Return the transfers from and to the caller's account, the newest first, and their balance.
    The amounts of all transfers add up to the balance. Transfers are never changed or deleted."""
    cursors = ListCursors(caller)
    cursor = cursors.read(query)

    async def load(tx: Transaction, actor: Actor) -> tuple[Wallet, PointsHistoryPage | None]:
        async def load_at(cursor: str | None) -> PointsHistoryPage:
            return await points_history.list_page(tx, actor, cursor, query.limit)

        wallet = await points_history.load_wallet(tx, actor)
        if query.page is None:
            return wallet, await load_at(cursor)
        return wallet, await pagination.load_nth_page(load_at, attrgetter("older"), query.page)

    wallet, page = await caller.read(load)
    page = page or PointsHistoryPage((), None, None)
    older, newer = cursors.write(page.older, page.newer)
    return TransferPage.from_domain(wallet, replace(page, older=older, newer=newer))


@router.post(
    "/points/transfers",
    tags=["service"],
    summary="Grant or deduct points",
    status_code=HTTPStatus.CREATED,
    response_model=TransferReceipt,
    responses=error_responses(
        TooManyPoints, BalanceTooLow, RecipientNotAMember, InvalidField, KeyReused, has_body=True
    )
    | {
        HTTPStatus.ACCEPTED: {
            "model": GrantRequest,
            "description": "The grant is above the server's ceiling and waits for a moderator. "
            "See `GET /points/grant-requests/{id}`.",
        }
    },
)
async def create_transfer(caller: ServiceCaller, body: TransferRequest) -> Response:
    """Grant new points to a member, or deduct points that they have. The member gets a message, and
    the server's audit log names the token's subject. A grant above the server's ceiling is answered
    with 202 and waits until a moderator confirms it. Send an `Idempotency-Key`, so that you can
    send the request again without a second transfer."""
    recipient = await caller.recipient(body.user_id)

    async def grant(tx: Transaction, actor: Actor) -> Answer:
        result = await grant_requests.grant_or_request(
            tx, actor, recipient, body.amount, body.reason
        )
        if isinstance(result, GrantRequestView):
            return Answer(GrantRequest.from_domain(result).model_dump(), recipient.user_id)
        return Answer(TransferReceipt.from_domain(result).model_dump(), recipient.user_id)

    async def deduct(tx: Transaction, actor: Actor) -> Answer:
        receipt = await adjustments.deduct(tx, actor, recipient, body.amount, body.reason)
        return Answer(TransferReceipt.from_domain(receipt).model_dump(), recipient.user_id)

    result = await caller.run_once(grant if body.kind == "grant" else deduct)
    is_pending = "status" in result.body
    return created_response(
        result, status=HTTPStatus.ACCEPTED if is_pending else HTTPStatus.CREATED
    )


GrantRequestId = Annotated[Id, Path(alias="id", description="The grant request's id.")]


@router.get(
    "/points/grant-requests",
    tags=["moderation"],
    summary="List grants that need a second moderator",
    responses=error_responses(NotAModerator, MODERATORS_UNKNOWN),
)
async def list_grant_requests(
    caller: ModeratorCaller, query: Annotated[QueueQuery, Query()]
) -> GrantRequestPage:
    """Return grants above the server's ceiling that no second moderator has decided about, the
    oldest first."""

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[GrantRequestView]:
        return await grant_requests.list_pending(tx, actor, cursor, query.limit)

    page = await load_page(caller, load, query)
    return GrantRequestPage(
        grant_requests=[GrantRequest.from_domain(request) for request in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.get(
    "/points/grant-requests/{id}",
    tags=["service"],
    summary="Get a grant request",
    responses=error_responses(NotFound),
)
async def get_grant_request(caller: ServiceCaller, request_id: GrantRequestId) -> GrantRequest:
    """Return a grant that was answered with 202, and the decision on it."""
    return GrantRequest.from_domain(await caller.read(grant_requests.load, request_id))


@router.put(
    "/points/grant-requests/{id}",
    tags=["moderation"],
    summary="Confirm or reject a grant",
    response_model=GrantRequest,
    responses=error_responses(
        KeyReused,
        NotAModerator,
        MODERATORS_UNKNOWN,
        NotFound,
        OwnCase,
        SecondModeratorNeeded,
        AlreadyDecided,
        RecipientNotAMember,
        TooManyPoints,
        has_body=True,
    ),
)
async def decide_grant_request(
    caller: ModeratorCaller, request_id: GrantRequestId, body: GrantDecisionRequest
) -> Response:
    """Confirm a grant as a second moderator, or reject it. The first decision counts. Neither the
    moderator who asked for the grant nor the member who would get the points can confirm it. The
    moderator who asked for it may withdraw it by rejecting it."""
    is_member: bool | None = None
    if body.decision == "confirm":
        request = await caller.read(grant_requests.load, request_id)
        is_member = (await caller.recipient(request.user_id)).is_member

    async def decide(tx: Transaction, actor: Actor) -> Answer:
        if body.decision == "reject":
            await grant_requests.reject(tx, actor, request_id)
        else:
            await grant_requests.confirm(tx, actor, request_id, is_member)
        # The request names up to three people, so it isn't stored. It won't change any more.
        return EFFECT_ONLY

    result = await caller.run_once(decide)
    decided = GrantRequest.from_domain(await caller.read(grant_requests.load, request_id))
    return changed_response(result.with_body(decided.model_dump()))


@router.post(
    "/points/gifts",
    tags=["points"],
    summary="Give points to another member",
    status_code=HTTPStatus.CREATED,
    response_model=TransferReceipt,
    responses=error_responses(
        BalanceTooLow,
        GiftToOneself,
        RecipientNotAMember,
        NotAvailable,
        BlockedByYou,
        LimitReached,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def give_points(caller: MemberCaller, body: GiftRequest) -> Response:
    """Give some of the caller's points to another member, who gets a message. The response has the
    caller's new balance."""
    recipient = await caller.recipient(body.user_id)

    async def give(tx: Transaction, actor: Actor) -> Answer:
        receipt = await transfers.give(tx, actor, recipient, body.amount)
        return Answer(TransferReceipt.from_domain(receipt).model_dump())

    return created_response(await caller.run_once(give))
