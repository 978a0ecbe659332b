"""The caller themselves, and their rank in the main app."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import Member, Service
from api.openapi import errors, errors_of_body
from api.schemas.base import Id
from api.schemas.me import Me, MeAsked, Rank, RankAsked
from mentorship.errors import InvalidField, TimezoneNeeded
from mentorship.main_app import identity

router = APIRouter()


@router.get("/me", tags=["members"], summary="The caller", responses=errors())
async def look(me: Member) -> Me:
    """The caller's own data in the server: time zone, balance, rank, whether they mentor, and what
    they are told."""
    return Me.of(await me.read(identity.show))


@router.put(
    "/me",
    tags=["members"],
    summary="Change the own data",
    responses=errors_of_body(TimezoneNeeded, InvalidField),
)
async def change(me: Member, asked: MeAsked) -> Me:
    """Set the caller's time zone, and what they are told in Discord. The hours of a mentor stay
    where they are on the clock, which is then the new zone's; what is booked stays where it is in
    time. What is left out stays as it is."""
    return Me.of(await me.run(identity.change, asked.wanted()))


@router.put(
    "/ranks/{userId}",
    tags=["service"],
    summary="Set a member's rank",
    responses=errors_of_body(InvalidField),
)
async def rank(me: Service, user_id: Annotated[Id, Path(alias="userId")], asked: RankAsked) -> Rank:
    """What the member's rank in the main app is. A server can ask for a least rank of whoever
    applies to mentor."""
    member = await me.for_member(user_id)
    return Rank(user_id=str(user_id), rank=await member.run(identity.set_rank, asked.rank))
