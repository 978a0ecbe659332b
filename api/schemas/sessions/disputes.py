"""Disputes about sessions, and moderators' decisions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.base import (
    NextCursor,
    PreviousCursor,
    RequestModel,
    ResponseModel,
    with_examples,
)
from api.schemas.sessions.sessions import SESSION_EXAMPLE, MentorshipSession


class DisputeDecisionRequest(RequestModel):
    """A moderator's decision about the points of a disputed session."""

    model_config = with_examples({"decision": "split"})

    decision: Literal["pay", "refund", "split"] = Field(
        description="`pay` the mentor, `refund` the mentee, or `split` the points between them."
    )


class DisputePage(ResponseModel):
    """A page of disputed sessions, the oldest first."""

    model_config = with_examples(
        {
            "disputes": [SESSION_EXAMPLE | {"status": "disputed", "actions": []}],
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    disputes: list[MentorshipSession]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor
