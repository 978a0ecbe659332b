"""Routes of points: the caller's transfers, gifts, and the main app's grants and deductions."""

from __future__ import annotations

from http import HTTPStatus
from operator import attrgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.dependencies import Caller, MemberCaller, ServiceCaller
from api.idempotency import created_response
from api.openapi import error_responses
from api.schemas.base import Id
from api.schemas.points import (
    GiftRequest,
    TransferPage,
    TransferQuery,
    TransferReceipt,
    TransferRequest,
)
from mentorship import pagination
from mentorship.actors import Actor
from mentorship.errors import (
    BalanceTooLow,
    BotsHaveNoPoints,
    GiftToOneself,
    InvalidField,
    KeyReused,
    TooManyPoints,
)
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
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

    async def load(tx: Transaction, actor: Actor) -> tuple[Wallet, PointsHistoryPage | None]:
        async def load_at(cursor: str | None) -> PointsHistoryPage:
            return await points_history.list_page(tx, actor, cursor, query.limit)

        wallet = await points_history.load_wallet(tx, actor)
        if query.page is None:
            return wallet, await load_at(query.cursor)
        return wallet, await pagination.load_nth_page(load_at, attrgetter("older"), query.page)

    wallet, page = await caller.read(load)
    return TransferPage.from_domain(wallet, page or PointsHistoryPage((), None, None))


@router.post(
    "/points/transfers",
    tags=["service"],
    summary="Grant or deduct points",
    status_code=HTTPStatus.CREATED,
    response_model=TransferReceipt,
    responses=error_responses(
        TooManyPoints, BalanceTooLow, BotsHaveNoPoints, InvalidField, KeyReused, has_body=True
    ),
)
async def create_transfer(caller: ServiceCaller, body: TransferRequest) -> Response:
    """Grant new points to a member, or deduct points that they have. The member gets a message, and
    the server's audit log names the token's subject. Send an `Idempotency-Key`, so that you can
    send the request again without a second transfer."""
    recipient = await _recipient(caller, body.user_id)
    use_case = transfers.grant if body.kind == "grant" else transfers.deduct

    async def transfer(tx: Transaction, actor: Actor) -> dict[str, Any]:
        receipt = await use_case(tx, actor, recipient, body.amount, body.reason)
        return TransferReceipt.from_domain(receipt).model_dump()

    return created_response(await caller.run_once(transfer))


@router.post(
    "/points/gifts",
    tags=["points"],
    summary="Give points to another member",
    status_code=HTTPStatus.CREATED,
    response_model=TransferReceipt,
    responses=error_responses(
        BalanceTooLow, GiftToOneself, BotsHaveNoPoints, InvalidField, KeyReused, has_body=True
    ),
)
async def give_points(caller: MemberCaller, body: GiftRequest) -> Response:
    """Give some of the caller's points to another member, who gets a message. The response has the
    caller's new balance."""
    recipient = await _recipient(caller, body.user_id)

    async def give(tx: Transaction, actor: Actor) -> dict[str, Any]:
        receipt = await transfers.give(tx, actor, recipient, body.amount)
        return TransferReceipt.from_domain(receipt).model_dump()

    return created_response(await caller.run_once(give))


async def _recipient(caller: Caller, user_id: Id) -> Recipient:
    member = await caller.for_member(user_id)
    return Recipient(user_id, member.actor.name or None)
