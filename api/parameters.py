"""Query parameters that several calls have."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from api.schemas.base import Text
from mentorship.sessions import transitions

CancellationReason = Annotated[
    Text | None,
    Query(
        max_length=transitions.LONGEST_REASON,
        description="The reason, which is shown to the others in the session. It can also be sent "
        "as `reason` in the body.",
    ),
]
ExpectedRefund = Annotated[
    int | None,
    Query(
        alias="expectedRefund",
        ge=0,
        lt=2**53,
        description="The refund in points that the caller saw, as in `refundIfCancelled`. It can "
        "also be sent as `expectedRefund` in the body. If it has changed, nothing is done.",
    ),
]
