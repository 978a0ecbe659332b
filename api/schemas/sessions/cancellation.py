"""What cancelling a session would mean."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.base import IdText, InstantText, ResponseModel, rfc3339, with_examples
from mentorship.main_app.cancellation_terms import CancellationTerms
from mentorship.sessions.lifecycle import Action


class CancellationPreview(ResponseModel):
    """What both sides get if the caller cancels a session now, and what changes later. It reserves
    nothing."""

    model_config = with_examples(
        {
            "sessionId": "42",
            "startsAt": "2026-03-02T18:00:00Z",
            "status": "cancelled",
            "amountPaid": 60,
            "refund": 60,
            "earned": 0,
            "until": "2026-03-01T18:00:00Z",
            "refundLater": 30,
            "earnedLater": 30,
        }
    )

    session_id: IdText
    starts_at: InstantText = Field(description="Send it as `startsAt` when you cancel.")
    status: Literal["cancelled", "declined"] = Field(
        description="What the session becomes. A mentor declines a request that is pending."
    )
    amount_paid: int = Field(description="The price in points.")
    refund: int = Field(
        description="The mentee's refund in points now. Send it as `expectedRefund`."
    )
    earned: int = Field(description="What the mentor is paid.")
    until: InstantText = Field(
        description="Until when this applies: the end of free cancellation or the start. "
        "Confirming or moving the session may change it."
    )
    refund_later: int | None = Field(
        description="The refund between `until` and the start; null if `until` is the start."
    )
    earned_later: int | None = Field(description="What the mentor is paid then.")

    @classmethod
    def from_domain(cls, terms: CancellationTerms) -> CancellationPreview:
        return cls(
            session_id=str(terms.session.id),
            starts_at=rfc3339(terms.session.starts_at),
            status="declined" if terms.action is Action.DECLINE else "cancelled",
            amount_paid=terms.session.price,
            refund=terms.refund,
            earned=terms.earned,
            until=rfc3339(terms.until),
            refund_later=terms.refund_later,
            earned_later=terms.earned_later,
        )
