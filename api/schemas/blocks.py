"""The members whom the caller has blocked."""

from __future__ import annotations

from pydantic import Field

from api.schemas.base import (
    IdText,
    InstantText,
    RequestModel,
    ResponseModel,
    rfc3339,
    with_examples,
)
from mentorship.members.blocks import BlockedMember
from mentorship.sessions.blocking import BlockEffects


class BlockRequest(RequestModel):
    """What the caller agrees to by blocking a member."""

    model_config = with_examples({"expectedRequests": 1})

    expected_requests: int | None = Field(
        None,
        ge=0,
        le=10_000,
        description="How many pending requests and moved seats the caller was told would end. If "
        "the number has changed, the answer is 409 `terms-changed`, and nobody is blocked.",
    )


class Block(ResponseModel):
    """A member whom the caller has blocked."""

    model_config = with_examples(
        {
            "userId": "180235712340164609",
            "name": "Maya Lindqvist",
            "blockedAt": "2026-03-02T12:00:00Z",
        }
    )

    user_id: IdText
    name: str
    blocked_at: InstantText

    @classmethod
    def from_domain(cls, block: BlockedMember) -> Block:
        return cls(
            user_id=str(block.user_id), name=block.name, blocked_at=rfc3339(block.blocked_at)
        )


class BlockList(ResponseModel):
    """The members whom the caller has blocked, the latest first: at most 1,000."""

    model_config = with_examples(
        {
            "blocks": [
                {
                    "userId": "180235712340164609",
                    "name": "Maya Lindqvist",
                    "blockedAt": "2026-03-02T12:00:00Z",
                }
            ]
        }
    )

    blocks: list[Block]


class BlockResponse(ResponseModel):
    """What a block has done to the sessions of the two members."""

    model_config = with_examples(
        {"userId": "180235712340164609", "endedRequests": ["42"], "keptSessions": []}
    )

    user_id: IdText
    ended_requests: list[IdText] = Field(
        description="Ids of pending requests, and of seats that were moved and not kept yet, that "
        "have ended, each with a full refund."
    )
    kept_sessions: list[IdText] = Field(
        description="Ids of confirmed sessions and seats that stay booked until one of the two "
        "cancels."
    )

    @classmethod
    def from_domain(cls, effects: BlockEffects) -> BlockResponse:
        return cls(
            user_id=str(effects.user_id),
            ended_requests=[str(session.id) for session in effects.requests],
            kept_sessions=[str(session.id) for session in effects.confirmed],
        )


class BlockCount(ResponseModel):
    """How many members have blocked someone. Who they are is never revealed."""

    model_config = with_examples({"userId": "180235712340164609", "blockedBy": 2})

    user_id: IdText
    blocked_by: int
