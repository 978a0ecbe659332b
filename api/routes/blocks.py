"""Routes of blocks: the caller's own, and for moderators how many members block somebody."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.dependencies import MemberCaller, ModeratorCaller
from api.idempotency import EFFECT_ONLY, changed_response
from api.openapi import error_responses
from api.routes.applications import MODERATORS_UNKNOWN
from api.schemas.base import Id
from api.schemas.blocks import Block, BlockCount, BlockList, BlockRequest, BlockResponse
from mentorship.actors import Actor
from mentorship.errors import (
    KeyReused,
    NotAModerator,
    NotBlockable,
    NotFound,
    OwnCase,
    TermsChanged,
)
from mentorship.idempotency import Answer
from mentorship.members import blocks
from mentorship.sessions import blocking
from mentorship.sessions.blocking import BlockTarget
from storage import Transaction

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
    response_model=BlockResponse,
    responses=error_responses(NotBlockable, TermsChanged, KeyReused, has_body=True),
)
async def block_member(
    caller: MemberCaller, user_id: UserId, body: BlockRequest | None = None
) -> Response:
    """Block a member: they can no longer book the caller, propose other times or give them points,
    and the caller can't do so either. They only see that the caller isn't available. Pending
    requests between the two end with a full refund; confirmed sessions stay booked. The body can be
    left out."""
    expected = None if body is None else body.expected_requests

    async def block(tx: Transaction, actor: Actor) -> Answer:
        effects = await blocking.block(tx, actor, BlockTarget(user_id), expected)
        return Answer(BlockResponse.from_domain(effects).model_dump(), user_id)

    return changed_response(await caller.run_once(block))


@router.delete(
    "/me/blocks/{userId}",
    tags=["members"],
    summary="Unblock a member",
    response_model=BlockList,
    responses=error_responses(NotFound, KeyReused),
)
async def unblock_member(caller: MemberCaller, user_id: UserId) -> Response:
    """Lift the caller's block of a member. Returns the blocks that are left."""

    async def unblock(tx: Transaction, actor: Actor) -> Answer:
        await blocks.unblock(tx, actor, user_id)
        return EFFECT_ONLY

    result = await caller.run_once(unblock)
    left = await list_blocks(caller)
    return changed_response(result.with_body(left.model_dump()))


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
