"""Points: what became of somebody's, and moving them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.pagination import LARGEST_PAGE, Listed
from api.schemas.base import Asked, Id, IdText, InstantText, Text, Told, rfc3339, shown_as
from mentorship.points.ledger import LARGEST
from mentorship.points.transfers import LONGEST_REASON, Receipt
from mentorship.sessions.points_history import Entry, Page, Wallet

Amount = Annotated[int, Field(ge=1, le=LARGEST, description="Whole points.")]


class TransferAsked(Asked):
    """Points out of nothing for a member, or taken from one."""

    model_config = shown_as(
        {
            "userId": "180235712340164609",
            "kind": "grant",
            "amount": 50,
            "reason": "Finished the spring course",
        }
    )

    user_id: Id
    kind: Literal["grant", "deduction"]
    amount: Amount
    reason: Annotated[Text, Field(min_length=1, max_length=LONGEST_REASON)] = Field(
        description="The member reads it."
    )


class GiftAsked(Asked):
    """Points of the caller's own for somebody else."""

    model_config = shown_as({"userId": "180235712340164609", "amount": 10})

    user_id: Id
    amount: Amount


class TransferMade(Told):
    """A transfer, to the one whose balance is told."""

    model_config = shown_as(
        {"id": "7", "userId": "180235712340164609", "amount": 50, "balance": 390}
    )

    id: IdText
    user_id: IdText
    amount: int = Field(description="What they got, or below zero lost.")
    balance: int = Field(description="What they have now.")

    @classmethod
    def of(cls, receipt: Receipt) -> TransferMade:
        return cls(
            id=str(receipt.transfer_id),
            user_id=str(receipt.user_id),
            amount=receipt.amount,
            balance=receipt.balance,
        )


class Transfer(Told):
    """A transfer as the caller sees it."""

    id: IdText
    created_at: InstantText
    cause: str = Field(
        description="`starting-balance`, `grant`, `deduction`, `gift`, `hold` (into a session's "
        "keeping), `refund`, `payment` or `fee`.",
        examples=["hold"],
    )
    amount: int = Field(description="What the caller got, or below zero lost.")
    balance: int = Field(description="What they had afterwards.")
    partner_id: IdText | None = Field(description="The other one: in the session, or of a gift.")
    partner_name: str | None
    session_id: IdText | None
    reason: str | None

    @classmethod
    def of(cls, entry: Entry) -> Transfer:
        partner = entry.partner
        return cls(
            id=str(entry.id),
            created_at=rfc3339(entry.created_at),
            cause=entry.cause.value.replace("_", "-"),
            amount=entry.amount,
            balance=entry.balance,
            partner_id=None if partner is None else str(partner.user_id),
            partner_name=None if partner is None else partner.name,
            session_id=None if entry.session_id is None else str(entry.session_id),
            reason=entry.reason,
        )


class Transfers(Told):
    """The caller's transfers, the newest first, and what they have."""

    model_config = shown_as(
        {
            "balance": 340,
            "held": 60,
            "transfers": [
                {
                    "id": "7",
                    "createdAt": "2026-03-02T12:00:00Z",
                    "cause": "hold",
                    "amount": -60,
                    "balance": 340,
                    "partnerId": "226871203982016513",
                    "partnerName": "Oliver Hughes",
                    "sessionId": "42",
                    "reason": None,
                }
            ],
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    balance: int
    held: int = Field(description="In the keeping of sessions that are not over.")
    transfers: list[Transfer]
    next_cursor: str | None = Field(description="What is older.")
    previous_cursor: str | None = Field(description="What is newer.")

    @classmethod
    def of(cls, wallet: Wallet, page: Page) -> Transfers:
        return cls(
            balance=wallet.balance,
            held=wallet.held,
            transfers=[Transfer.of(entry) for entry in page.entries],
            next_cursor=page.older,
            previous_cursor=page.newer,
        )


class TransferQuery(Listed):
    """Which page of the caller's transfers."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20
