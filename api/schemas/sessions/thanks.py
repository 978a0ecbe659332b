"""A mentee's thanks for a session."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.base import InstantText, RequestModel, ResponseModel, Text, rfc3339, with_examples
from mentorship.points.ledger import MAX_POINTS
from mentorship.sessions.follow_up import thanks
from mentorship.sessions.follow_up.thanks import SessionThanks

_Points = Annotated[int, Field(ge=0, le=MAX_POINTS)]


class ThanksRequest(RequestModel):
    """Words and a tip for the mentor. Both can be left out."""

    model_config = with_examples({"text": "That unblocked me!", "tip": 10, "expectedBalance": 45})

    text: Annotated[Text, Field(max_length=thanks.LONGEST_TEXT)] = Field(
        "", description="Only the mentor reads it."
    )
    tip: _Points = Field(0, description="Points that the mentor gets, without a fee.")
    expected_balance: _Points | None = Field(
        None,
        description="The caller's balance that they saw before the tip. If it has changed, nothing "
        "is done: `terms-changed`.",
    )


class Thanks(ResponseModel):
    """Thanks that were sent. They can't be changed."""

    model_config = with_examples(
        {"text": "That unblocked me!", "tip": 10, "sentAt": "2026-03-02T18:05:00Z"}
    )

    text: str = Field(description="Empty without words, and after an erasure.")
    tip: int = Field(description="Points; 0 without a tip.")
    sent_at: InstantText

    @classmethod
    def from_domain(cls, given: SessionThanks) -> Thanks:
        """Create it from the thanks for a session."""
        return cls(text=given.text, tip=given.tip, sent_at=rfc3339(given.sent_at))


class ThanksReceipt(Thanks):
    """Thanks that were sent now, and the caller's balance afterwards."""

    model_config = with_examples(
        {"text": "That unblocked me!", "tip": 10, "sentAt": "2026-03-02T18:05:00Z", "balance": 35}
    )

    balance: int = Field(description="The caller's points.")

    @classmethod
    def from_receipt(cls, receipt: thanks.ThanksReceipt) -> ThanksReceipt:
        """Create it from what the use case returned."""
        sent = Thanks.from_domain(receipt.thanks)
        return cls(**dict(sent), balance=receipt.balance)
