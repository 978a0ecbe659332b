"""Routes of the caller's own data, and of ranks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import MemberCaller, ServiceCaller
from api.openapi import error_responses
from api.schemas.base import Id
from api.schemas.me import Me, MeRequest, Rank, RankRequest
from mentorship.errors import InvalidField, TimezoneNeeded
from mentorship.main_app import identity

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
    responses=error_responses(TimezoneNeeded, InvalidField, has_body=True),
)
async def change_me(caller: MemberCaller, body: MeRequest) -> Me:
    """Change the caller's time zone and notification preferences. Fields that are left out keep
    their value. A mentor's hours keep their wall-clock times, now in the new time zone. Booked
    sessions don't move."""
    return Me.from_domain(await caller.run(identity.update_details, body.to_domain()))


@router.put(
    "/ranks/{userId}",
    tags=["service"],
    summary="Set a member's rank",
    responses=error_responses(InvalidField, has_body=True),
)
async def set_rank(
    caller: ServiceCaller,
    user_id: Annotated[Id, Path(alias="userId", description="The member's Discord id.")],
    body: RankRequest,
) -> Rank:
    """Set the member's rank in your app. A server can require a minimum rank of those who apply to
    mentor."""
    member = await caller.for_member(user_id)
    return Rank(user_id=str(user_id), rank=await member.run(identity.set_rank, body.rank))
