"""Routes of series: quoting, booking, and what participants do with all of their sessions."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.dependencies import MemberCaller
from api.idempotency import changed_response, created_response
from api.middleware import BASE_PATH
from api.openapi import error_responses
from api.parameters import CancellationReason, ExpectedRefund
from api.routes.sessions.sessions import CLOCK_CHANGE_ERRORS
from api.schemas.base import Id
from api.schemas.offers.series import (
    Series,
    SeriesBookingRequest,
    SeriesQuote,
    SeriesQuoteRequest,
    SeriesStatusRequest,
)
from api.schemas.sessions.sessions import CancellationRequest, PointsMoved
from mentorship.actors import Actor
from mentorship.errors import (
    AnswersNeeded,
    BlockedByYou,
    InvalidField,
    KeyReused,
    LimitReached,
    MentorPaused,
    NotAllowedNow,
    NotAMentor,
    NotAvailable,
    NotEnoughPoints,
    NotFound,
    OwnProfile,
    PriceChanged,
    QuestionsChanged,
    ScreeningPending,
    SeriesUnavailable,
    TermsChanged,
    TimezoneNeeded,
    WrongDuration,
)
from mentorship.idempotency import Answer
from mentorship.sessions.series import booking, changes, quotes, views
from mentorship.sessions.series.changes import SeriesChange
from storage import Transaction

router = APIRouter(tags=["sessions"])

SeriesId = Annotated[Id, Path(alias="id", description="The series' id.")]

_QUOTE_ERRORS = (
    *CLOCK_CHANGE_ERRORS,
    InvalidField,
    MentorPaused,
    NotAvailable,
    BlockedByYou,
    LimitReached,
    ScreeningPending,
    TimezoneNeeded,
    NotAMentor,
    OwnProfile,
    WrongDuration,
)


@router.post(
    "/series/preview",
    summary="Check the dates of a series",
    responses=error_responses(*_QUOTE_ERRORS, has_body=True),
)
async def preview_series(caller: MemberCaller, body: SeriesQuoteRequest) -> SeriesQuote:
    """Return each date of a series at the same time on the mentor's clock, which of them fit, open
    slots near the others, and the terms. Nothing is booked or reserved."""
    return SeriesQuote.from_domain(await caller.read(quotes.quote_series, body.to_domain()))


@router.post(
    "/series",
    summary="Book a series",
    status_code=HTTPStatus.CREATED,
    response_model=Series,
    responses=error_responses(
        SeriesUnavailable,
        NotEnoughPoints,
        PriceChanged,
        TermsChanged,
        AnswersNeeded,
        QuestionsChanged,
        KeyReused,
        *_QUOTE_ERRORS,
        has_body=True,
    ),
)
async def book_series(caller: MemberCaller, body: SeriesBookingRequest) -> Response:
    """Book all dates that aren't skipped, or none: if one of them can't be booked (409), `dates`
    has those to skip or to move. Each session holds its own price. The mentor is asked once to
    confirm all of them; with instant booking, they are confirmed already."""
    request = replace(
        body.to_domain(),
        price_shown=body.expected_price,
        terms_shown=body.expected_terms,
        answers=tuple(answer.to_domain() for answer in body.answers),
    )

    async def book(tx: Transaction, actor: Actor) -> Answer:
        series = (await booking.book_series(tx, actor, request)).series
        points = PointsMoved(held=sum(session.price for session in series.sessions))
        answer = Series.from_domain(series, actor.user_id, tx.now, points)
        return Answer(answer.model_dump(), series.mentor.user_id)

    await caller.refresh_calendars(request.mentor_id)
    result = await caller.run_once(book)
    return created_response(result, location=f"{BASE_PATH}/series/{result.body['id']}")


@router.get("/series/{id}", summary="Get a series", responses=error_responses(NotFound))
async def get_series(caller: MemberCaller, series_id: SeriesId) -> Series:
    """Return a series with its sessions to its mentor or its mentee. Anybody else gets a 404."""
    series = await caller.read(views.load_for_participant, series_id)
    return Series.from_domain(series, caller.actor.user_id, caller.now())


@router.delete(
    "/series/{id}",
    summary="Cancel all that remain of a series",
    response_model=Series,
    responses=error_responses(
        NotFound, NotAllowedNow, TermsChanged, InvalidField, KeyReused, has_body=True
    ),
)
async def cancel_series(
    caller: MemberCaller,
    series_id: SeriesId,
    reason: CancellationReason = None,
    expected_refund: ExpectedRefund = None,
    body: CancellationRequest | None = None,
) -> Response:
    """Cancel all sessions that have not started. `points.refunded` is what the mentee gets back in
    all, by the terms of each session. A mentor declines those that they haven't confirmed."""
    request = body or CancellationRequest()
    if request.expected_refund is not None:
        expected_refund = request.expected_refund

    async def cancel(tx: Transaction, actor: Actor) -> Answer:
        change = await changes.cancel_series(
            tx, actor, series_id, request.reason or reason or "", refund_shown=expected_refund
        )
        return _answer(tx, actor, change)

    return changed_response(await caller.run_once(cancel))


@router.put(
    "/series/{id}/status",
    summary="Confirm, decline or cancel the sessions of a series",
    response_model=Series,
    responses=error_responses(
        NotFound, NotAllowedNow, TermsChanged, InvalidField, KeyReused, has_body=True
    ),
)
async def change_series_status(
    caller: MemberCaller, series_id: SeriesId, body: SeriesStatusRequest
) -> Response:
    """Confirm or decline all pending sessions as the mentor, or cancel all that remain. Sessions
    can also be changed alone, with `PUT /session/{id}/status`."""
    reason = body.reason or ""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        if body.status == "confirmed":
            changed = await changes.confirm_series(tx, actor, series_id)
        elif body.status == "declined":
            changed = await changes.decline_series(tx, actor, series_id, reason)
        else:
            changed = await changes.cancel_series(
                tx, actor, series_id, reason, refund_shown=body.expected_refund
            )
        return _answer(tx, actor, changed)

    return changed_response(await caller.run_once(change))


def _answer(tx: Transaction, actor: Actor, change: SeriesChange) -> Answer:
    points = PointsMoved(refunded=change.refund, earned=change.earned)
    series = change.series
    answer = Series.from_domain(series, actor.user_id, tx.now, points)
    return Answer(answer.model_dump(), series.other(actor.user_id).user_id)
