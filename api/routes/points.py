"""Points: one's own history, gifts, and what the main app grants and deducts."""

from __future__ import annotations

from http import HTTPStatus
from operator import attrgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.dependencies import Acting, Member, Service
from api.idempotency import created_response
from api.openapi import errors, errors_of_body
from api.pagination import require_cursor
from api.schemas.base import Id
from api.schemas.points import (
    GiftAsked,
    TransferAsked,
    TransferMade,
    TransferQuery,
    Transfers,
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
from mentorship.sessions.points_history import Page, Wallet
from storage import Transaction

router = APIRouter()


@router.get("/points/transfers", tags=["points"], summary="Own transfers", responses=errors())
async def history(me: Member, asked: Annotated[TransferQuery, Query()]) -> Transfers:
    """Every transfer to or from the caller's account, the newest first, and what they have. The
    sum of all is the balance; none is ever changed."""
    require_cursor(asked.cursor)

    async def look(tx: Transaction, actor: Actor) -> tuple[Wallet, Page | None]:
        async def at(cursor: str | None) -> Page:
            return await points_history.history(tx, actor, cursor, asked.limit)

        wallet = await points_history.wallet(tx, actor)
        if asked.page is None:
            return wallet, await at(asked.cursor)
        return wallet, await pagination.load_nth_page(at, attrgetter("older"), asked.page)

    wallet, page = await me.read(look)
    return Transfers.of(wallet, page or Page((), None, None))


@router.post(
    "/points/transfers",
    tags=["service"],
    summary="Grant or deduct points",
    status_code=HTTPStatus.CREATED,
    response_model=TransferMade,
    responses=errors_of_body(
        TooManyPoints, BalanceTooLow, BotsHaveNoPoints, InvalidField, KeyReused
    ),
)
async def transfer(me: Service, asked: TransferAsked) -> Response:
    """Give a member points out of nothing, or take some away, but no more than they have. The
    member is told, and the server's log names the token's subject. Send an `Idempotency-Key`, so
    that a repeated call moves nothing twice."""
    to = await _recipient(me, asked.user_id)
    use_case = transfers.grant if asked.kind == "grant" else transfers.deduct

    async def act(tx: Transaction, actor: Actor) -> dict[str, Any]:
        receipt = await use_case(tx, actor, to, asked.amount, asked.reason)
        return TransferMade.of(receipt).model_dump()

    return created_response(await me.run_once(act))


@router.post(
    "/points/gifts",
    tags=["points"],
    summary="Give points to somebody",
    status_code=HTTPStatus.CREATED,
    response_model=TransferMade,
    responses=errors_of_body(
        BalanceTooLow, GiftToOneself, BotsHaveNoPoints, InvalidField, KeyReused
    ),
)
async def give(me: Member, asked: GiftAsked) -> Response:
    """Give points of the caller's own to another member, who is told. The balance in the answer is
    the caller's."""
    to = await _recipient(me, asked.user_id)

    async def act(tx: Transaction, actor: Actor) -> dict[str, Any]:
        receipt = await transfers.give(tx, actor, to, asked.amount)
        return TransferMade.of(receipt).model_dump()

    return created_response(await me.run_once(act))


async def _recipient(me: Acting, user_id: Id) -> Recipient:
    """A member of the caller's guild, by the name that Discord has for them, if it can be asked."""
    them = await me.for_member(user_id)
    return Recipient(user_id, them.actor.name or None)
