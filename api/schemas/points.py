"""Transfers of points: a member's history, grants, deductions and gifts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import (
    Id,
    IdText,
    InstantText,
    NextCursor,
    PreviousCursor,
    RequestModel,
    ResponseModel,
    Text,
    optional_id,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from api.schemas.pagination import MAX_PAGE_SIZE, PageQuery
from mentorship.points.adjustments import MAX_REASON_LENGTH
from mentorship.points.grant_requests import GrantRequestView
from mentorship.points.ledger import MAX_POINTS
from mentorship.points.transfers import Receipt
from mentorship.sessions.points_history import PointsHistoryEntry, PointsHistoryPage, Wallet

Amount = Annotated[int, Field(ge=1, le=MAX_POINTS, description="Whole points.")]


class TransferRequest(RequestModel):
    """A grant of new points to a member, or a deduction from their balance."""

    model_config = with_examples(
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
    reason: Annotated[Text, Field(min_length=1, max_length=MAX_REASON_LENGTH)] = Field(
        description="The member sees it."
    )


class GiftRequest(RequestModel):
    """A gift of the caller's points to another member."""

    model_config = with_examples({"userId": "180235712340164609", "amount": 10})

    user_id: Id
    amount: Amount


class TransferReceipt(ResponseModel):
    """A completed transfer, from the point of view of the member `userId`."""

    model_config = with_examples(
        {"id": "7", "userId": "180235712340164609", "amount": 50, "balance": 390}
    )

    id: IdText
    user_id: IdText
    amount: int = Field(description="The change of their balance; negative if they lost points.")
    balance: int = Field(description="Their balance after it.")

    @classmethod
    def from_domain(cls, receipt: Receipt) -> TransferReceipt:
        return cls(
            id=str(receipt.transfer_id),
            user_id=str(receipt.user_id),
            amount=receipt.amount,
            balance=receipt.balance,
        )


_GRANT_REQUEST_EXAMPLE = {
    "id": "3",
    "status": "pending",
    "userId": "180235712340164609",
    "name": "Maya Torres",
    "amount": 50_000,
    "reason": "First prize of the spring course",
    "requestedBy": "104829384729384729",
    "requestedAt": "2026-03-02T12:00:00Z",
    "decidedBy": None,
    "decidedAt": None,
    "transferId": None,
}


class GrantRequest(ResponseModel):
    """A grant above the server's ceiling, which a second moderator confirms or rejects."""

    model_config = with_examples(_GRANT_REQUEST_EXAMPLE)

    id: IdText
    status: str = Field(description="`pending`, `confirmed` or `rejected`.")
    user_id: IdText = Field(description="The member who would get the points.")
    name: str
    amount: int
    reason: str
    requested_by: IdText | None = Field(description="Null if that person's data was erased.")
    requested_at: InstantText
    decided_by: IdText | None
    decided_at: InstantText | None
    transfer_id: IdText | None = Field(description="The grant, once it is confirmed.")

    @classmethod
    def from_domain(cls, request: GrantRequestView) -> GrantRequest:
        return cls(
            id=str(request.id),
            status=request.status,
            user_id=str(request.user_id),
            name=request.name,
            amount=request.amount,
            reason=request.reason,
            requested_by=optional_id(request.requested_by),
            requested_at=rfc3339(request.requested_at),
            decided_by=optional_id(request.decided_by),
            decided_at=optional_rfc3339(request.decided_at),
            transfer_id=optional_id(request.transfer_id),
        )


class GrantRequestPage(ResponseModel):
    """A page of grants that need a second moderator, the oldest first."""

    model_config = with_examples(
        {
            "grantRequests": [_GRANT_REQUEST_EXAMPLE],
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    grant_requests: list[GrantRequest]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor


class GrantDecisionRequest(RequestModel):
    """A second moderator's decision about a grant."""

    model_config = with_examples({"decision": "confirm"})

    decision: Literal["confirm", "reject"]


class Transfer(ResponseModel):
    """A transfer from or to the caller's account."""

    id: IdText
    created_at: InstantText
    cause: str = Field(
        description="`starting-balance`, `grant`, `deduction`, `gift`, `hold` (kept until after "
        "a session), `refund`, `payment` or `fee`.",
        examples=["hold"],
    )
    amount: int = Field(
        description="The change of the caller's balance; negative if they lost points."
    )
    balance: int = Field(description="The caller's balance after it.")
    partner_id: IdText | None = Field(
        description="The other participant of the session, or the other member of a gift."
    )
    partner_name: str | None
    session_id: IdText | None
    reason: str | None = Field(description="The reason of a grant or deduction.")

    @classmethod
    def from_domain(cls, entry: PointsHistoryEntry) -> Transfer:
        partner = entry.partner
        return cls(
            id=str(entry.id),
            created_at=rfc3339(entry.created_at),
            cause=entry.cause.value.replace("_", "-"),
            amount=entry.amount,
            balance=entry.balance,
            partner_id=None if partner is None else str(partner.user_id),
            partner_name=None if partner is None else partner.name,
            session_id=optional_id(entry.session_id),
            reason=entry.reason,
        )


class TransferPage(ResponseModel):
    """A page of the caller's transfers, the newest first, and their balance."""

    model_config = with_examples(
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

    balance: int = Field(description="Points that the caller can spend.")
    held: int = Field(description="Points on hold for sessions that are not over.")
    transfers: list[Transfer]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor

    @classmethod
    def from_domain(cls, wallet: Wallet, page: PointsHistoryPage) -> TransferPage:
        return cls(
            balance=wallet.balance,
            held=wallet.held,
            transfers=[Transfer.from_domain(entry) for entry in page.entries],
            next_cursor=page.older,
            previous_cursor=page.newer,
        )


class TransferQuery(PageQuery):
    """Which page of the caller's transfers to return."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = Field(
        20, description="The number of transfers on a page."
    )
