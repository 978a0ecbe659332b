"""The routes of thanks for sessions."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Response

from api.dependencies import MemberCaller
from api.idempotency import created_response
from api.openapi import error_responses
from api.routes.sessions.sessions import SessionId
from api.schemas.sessions.thanks import Thanks, ThanksReceipt, ThanksRequest
from mentorship.actors import Actor
from mentorship.errors import (
    BalanceTooLow,
    BlockedByYou,
    InvalidField,
    KeyReused,
    NotAllowedNow,
    NotAvailable,
    NotFound,
    NotYours,
    TermsChanged,
)
from mentorship.idempotency import Answer
from mentorship.sessions.follow_up import thanks
from storage import Transaction

router = APIRouter()


@router.post(
    "/session/{id}/thanks",
    tags=["sessions"],
    summary="Thank the mentor",
    status_code=HTTPStatus.CREATED,
    response_model=ThanksReceipt,
    responses=error_responses(
        NotFound,
        NotYours,
        NotAllowedNow,
        BlockedByYou,
        NotAvailable,
        BalanceTooLow,
        TermsChanged,
        InvalidField,
        KeyReused,
        has_body=True,
    ),
)
async def send_thanks(caller: MemberCaller, session_id: SessionId, body: ThanksRequest) -> Response:
    """Thank the mentor of a completed session, as its mentee, once. The mentor gets a message with
    the words, and the tip from the caller's balance. A tip can't be undone."""

    async def send(tx: Transaction, actor: Actor) -> Answer:
        receipt = await thanks.send(
            tx, actor, session_id, body.text, body.tip, body.expected_balance
        )
        answer = ThanksReceipt.from_receipt(receipt)
        return Answer(answer.model_dump(), receipt.session.mentor.user_id)

    return created_response(await caller.run_once(send))


@router.get(
    "/session/{id}/thanks",
    tags=["sessions"],
    summary="Get a session's thanks",
    responses=error_responses(NotFound),
)
async def get_thanks(caller: MemberCaller, session_id: SessionId) -> Thanks:
    """Return what the mentee has thanked the mentor with, to either of them. Without thanks, the
    answer is 404."""
    return Thanks.from_domain(await caller.read(thanks.load, session_id))
