"""Routes of blocks: the caller's own, and for moderators how many members block somebody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import MemberCaller, ModeratorCaller
from api.openapi import error_responses
from api.routes.applications import MODERATORS_UNKNOWN
from api.schemas.base import Id
from api.schemas.blocks import Block, BlockCount, BlockList, BlockRequest, BlockResponse
from mentorship.errors import NotAModerator, NotBlockable, NotFound, OwnCase, TermsChanged
from mentorship.members import blocks
from mentorship.sessions import blocking
from mentorship.sessions.blocking import BlockTarget

router = APIRouter()

UserId = Annotated[Id, Path(alias="userId", description="The other member's Discord id.")]


@router.get("/me/blocks", tags=["members"], summary="List own blocks", responses=error_responses())
async def list_blocks(caller: MemberCaller) -> BlockList:
    """Return the members whom the caller has blocked. Nobody else learns of a block."""
    own = await caller.read(blocks.list_own)
    return BlockList(blocks=[Block.from_domain(block) for block in own])


@router.put(
    "/me/blocks/{userId}",
    tags=["members"],
    summary="Block a member",
    responses=error_responses(NotBlockable, TermsChanged, has_body=True),
)
async def block_member(
    caller: MemberCaller, user_id: UserId, body: BlockRequest | None = None
) -> BlockResponse:
    """Block a member: they can no longer book the caller, propose other times or give them points,
    and the caller can't do so either. They only see that the caller isn't available. Pending
    requests between the two end with a full refund; confirmed sessions stay booked. The body can be
    left out."""
    expected = None if body is None else body.expected_requests
    effects = await caller.run(blocking.block, BlockTarget(user_id), expected)
    return BlockResponse.from_domain(effects)


@router.delete(
    "/me/blocks/{userId}",
    tags=["members"],
    summary="Unblock a member",
    responses=error_responses(NotFound),
)
async def unblock_member(caller: MemberCaller, user_id: UserId) -> BlockList:
    """Lift the caller's block of a member. Returns the blocks that are left."""
    await caller.run(blocks.unblock, user_id)
    return await list_blocks(caller)


@router.get(
    "/blocks/{userId}",
    tags=["moderation"],
    summary="Count who has blocked a member",
    responses=error_responses(NotAModerator, MODERATORS_UNKNOWN, OwnCase),
)
async def count_blocks(caller: ModeratorCaller, user_id: UserId) -> BlockCount:
    """Return how many members have blocked someone other than the caller."""
    number = await caller.read(blocks.count_blockers, user_id)
    return BlockCount(user_id=str(user_id), blocked_by=number)
