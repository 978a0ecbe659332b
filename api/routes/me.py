"""Routes of the caller's own data, and of ranks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.dependencies import MemberCaller, ServiceCaller
from api.idempotency import changed_response
from api.openapi import error_responses
from api.schemas.base import Id
from api.schemas.me import Me, MeRequest, Rank, RankRequest
from mentorship.actors import Actor
from mentorship.errors import InvalidField, KeyReused, TimezoneNeeded
from mentorship.idempotency import Answer
from mentorship.main_app import identity
from storage import Transaction

router = APIRouter()


@router.get("/me", tags=["members"], summary="Get own data", responses=error_responses())
async def get_me(caller: MemberCaller) -> Me:
    """Return the caller's own data in the server: time zone, balance, rank, status as a mentor and
    notification preferences."""
    return Me.from_domain(await caller.read(identity.load_details))


@router.put(
    "/me",
    tags=["members"],
    summary="Change own data",
    response_model=Me,
    responses=error_responses(TimezoneNeeded, InvalidField, KeyReused, has_body=True),
)
async def change_me(caller: MemberCaller, body: MeRequest) -> Response:
    """Change the caller's time zone and notification preferences. Fields that are left out keep
    their value. A mentor's hours keep their wall-clock times, now in the new time zone. Booked
    sessions don't move."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        changed = await identity.update_details(tx, actor, body.to_domain())
        return Answer(Me.from_domain(changed).model_dump())

    return changed_response(await caller.run_once(change))


@router.put(
    "/ranks/{userId}",
    tags=["service"],
    summary="Set a member's rank",
    response_model=Rank,
    responses=error_responses(InvalidField, KeyReused, has_body=True),
)
async def set_rank(
    caller: ServiceCaller,
    user_id: Annotated[Id, Path(alias="userId", description="The member's Discord id.")],
    body: RankRequest,
) -> Response:
    """Set the member's rank in your app. A server can require a minimum rank of those who apply to
    mentor."""
    member = await caller.for_member(user_id)

    async def change(tx: Transaction, actor: Actor) -> Answer:
        rank = await identity.set_rank(tx, actor, body.rank)
        return Answer(Rank(user_id=str(user_id), rank=rank).model_dump())

    return changed_response(await member.run_once(change))
