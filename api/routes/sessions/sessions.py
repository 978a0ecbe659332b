"""Routes of sessions: booking, the caller's own sessions, and what participants do with them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import Caller, MemberCaller
from api.idempotency import changed_response, created_response
from api.middleware import BASE_PATH
from api.openapi import error_responses
from api.pagination import load_page
from api.parameters import CancellationReason, ExpectedRefund
from api.schemas.base import Id
from api.schemas.reviews import RatingRequest, ReplyRequest, Review
from api.schemas.sessions.booking import BookingRequest, SessionScheduleRequest
from api.schemas.sessions.sessions import (
    STATUSES,
    CancellationRequest,
    MentorshipSession,
    MentorshipSessionDetails,
    PointsMoved,
    SessionPage,
    SessionQuery,
    SessionStatusRequest,
)
from mentorship.actors import Actor
from mentorship.errors import (
    AnswersNeeded,
    BlockedByYou,
    Busy,
    InvalidField,
    KeyReused,
    LimitReached,
    MentorPaused,
    NotAllowedNow,
    NotAMentor,
    NotAvailable,
    NotEnoughPoints,
    NotFound,
    NotYours,
    OwnProfile,
    PriceChanged,
    QuestionsChanged,
    RatingClosed,
    ScreeningPending,
    SlotTaken,
    SlotUnavailable,
    TermsChanged,
    TimezoneNeeded,
    WrongDuration,
)
from mentorship.idempotency import Answer
from mentorship.main_app import app_booking
from mentorship.pagination import Page
from mentorship.sessions import booking_answers, rescheduling, session_views, transitions
from mentorship.sessions.follow_up import attendance, disputes, reviews
from mentorship.sessions.groups import seats
from mentorship.sessions.lifecycle import Attendance, Party
from mentorship.sessions.session_views import SessionFilter, SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction

router = APIRouter(tags=["sessions"])

_ANSWERS_TO_PROPOSALS = {
    "accept": rescheduling.accept,
    "decline": rescheduling.decline,
    "withdraw": rescheduling.withdraw,
}

SessionId = Annotated[Id, Path(alias="id", description="The session's id.")]

CLOCK_CHANGE_ERRORS = (
    (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "time-skipped",
        "A clock change skips this time in the time zone. `readings` has the instants that could "
        "be meant.",
    ),
    (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "time-repeated",
        "A clock change repeats this time in the time zone. `readings` has both instants.",
    ),
)


@router.post(
    "/book",
    summary="Book a session",
    status_code=HTTPStatus.CREATED,
    response_model=MentorshipSession,
    responses=error_responses(
        SlotTaken,
        SlotUnavailable,
        Busy,
        NotEnoughPoints,
        PriceChanged,
        AnswersNeeded,
        QuestionsChanged,
        MentorPaused,
        NotAvailable,
        BlockedByYou,
        LimitReached,
        ScreeningPending,
        TimezoneNeeded,
        NotAMentor,
        OwnProfile,
        WrongDuration,
        KeyReused,
        *CLOCK_CHANGE_ERRORS,
        has_body=True,
    ),
)
async def book_session(caller: MemberCaller, body: BookingRequest) -> Response:
    """Book a session with a mentor. The points are put on hold at once. The mentor is asked to
    confirm; with instant booking, the session is confirmed already.

    The start is either an instant (`scheduledAt`), or `date` and `startTime` in `timezone`. If the
    slot is not available (409), `nearestSlots` has open starts near it."""
    request = body.to_domain()

    async def book(tx: Transaction, actor: Actor) -> Answer:
        session = await app_booking.book(tx, actor, request, body.timezone)
        points = PointsMoved(held=session.price)
        answer = MentorshipSession.from_domain(session, actor.user_id, tx.now, points)
        return Answer(answer.model_dump(), session.mentor.user_id)

    await caller.refresh_calendars(request.mentor_id)
    result = await caller.run_once(book)
    return created_response(result, location=f"{BASE_PATH}/session/{result.body['id']}")


@router.get("/session/{id}", summary="Get a session", responses=error_responses(NotFound))
async def get_session(caller: MemberCaller, session_id: SessionId) -> MentorshipSessionDetails:
    """Return a session to its mentor or its mentee, with what the mentee answered at booking.
    Anybody else gets a 404."""
    answered = await caller.read(booking_answers.load_session, session_id)
    return MentorshipSessionDetails.from_answered(answered, caller.actor.user_id, caller.now())


@router.delete(
    "/session/{id}",
    summary="Cancel a session",
    response_model=MentorshipSession,
    responses=error_responses(NotFound, NotAllowedNow, TermsChanged, KeyReused, has_body=True),
)
async def cancel_session(
    caller: MemberCaller,
    session_id: SessionId,
    reason: CancellationReason = None,
    expected_refund: ExpectedRefund = None,
    body: CancellationRequest | None = None,
) -> Response:
    """Cancel a session before it starts. For the mentor of a pending request, that is to decline
    it. `points.refunded` says how many points the mentee got
    back: all of them if the mentor cancels or has not confirmed yet, otherwise what the refund
    policy at the time of the booking says. A session's `refundIfCancelled` says it beforehand."""
    request = body or CancellationRequest()
    if request.expected_refund is not None:
        expected_refund = request.expected_refund

    async def cancel(tx: Transaction, actor: Actor) -> Answer:
        result = await transitions.cancel_or_decline(
            tx,
            actor,
            session_id,
            request.reason or reason or "",
            refund_shown=expected_refund,
            start_shown=request.starts_at,
        )
        return _transition_answer(tx, actor, result)

    return changed_response(await caller.run_once(cancel))


@router.put(
    "/session/{id}/status",
    summary="Confirm, decline or cancel a session, report how it went, or concede a dispute",
    response_model=MentorshipSession,
    responses=error_responses(
        NotFound, NotAllowedNow, TermsChanged, Busy, KeyReused, has_body=True
    ),
)
async def change_session_status(
    caller: MemberCaller, session_id: SessionId, body: SessionStatusRequest
) -> Response:
    """Change a session's status as one of its participants. The rules are those of the buttons in
    Discord. A session's `actions` says what is allowed now; anything else is a 409 that names the
    current status."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        return await _change_status(tx, actor, session_id, body)

    return changed_response(await caller.run_once(change))


async def _change_status(
    tx: Transaction, actor: Actor, session_id: int, body: SessionStatusRequest
) -> Answer:
    reason, shown, seen = body.reason or "", body.refund_shown(), body.seen_times()
    match body.status:
        case "confirmed":
            confirmed = await seats.agree(tx, actor, session_id, seen=seen)
            return _session_answer(tx, actor, confirmed)
        case "declined":
            declined = await transitions.decline(
                tx, actor, session_id, reason, refund_shown=shown, seen=seen
            )
            return _session_answer(tx, actor, declined, PointsMoved(refunded=declined.price))
        case "completed":
            result = await attendance.report(tx, actor, session_id, Attendance.MET)
        case "no-show":
            result = await attendance.report(tx, actor, session_id, Attendance.NO_SHOW)
        case "cancelled":
            result = await transitions.cancel_or_decline(
                tx, actor, session_id, reason, refund_shown=shown, start_shown=body.starts_at
            )
        case "conceded":
            result = await disputes.concede(tx, actor, session_id, seen=body.points_if_conceded)
    return _transition_answer(tx, actor, result)


@router.put(
    "/session/{id}/schedule",
    summary="Propose a new time, or answer a proposal",
    response_model=MentorshipSession,
    responses=error_responses(
        KeyReused,
        NotFound,
        NotAllowedNow,
        TermsChanged,
        SlotTaken,
        Busy,
        SlotUnavailable,
        NotAvailable,
        BlockedByYou,
        LimitReached,
        InvalidField,
        *CLOCK_CHANGE_ERRORS,
        has_body=True,
    ),
)
async def change_session_schedule(
    caller: MemberCaller, session_id: SessionId, body: SessionScheduleRequest
) -> Response:
    """Propose a new time for a session, or accept, decline or withdraw a proposal. Until the other
    participant accepts, the session keeps its time, and neither can book anything else at either
    time. A mentee proposes one of the mentor's open slots; a mentor proposes any time at which both
    are free."""
    proposed_start = body.proposed_start() if body.action == "propose" else None

    async def change(tx: Transaction, actor: Actor) -> Answer:
        if proposed_start is not None:
            session = await rescheduling.propose(
                tx, actor, session_id, proposed_start, seen=body.declined_proposal()
            )
        else:
            use_case = _ANSWERS_TO_PROPOSALS[body.action]
            session = await use_case(tx, actor, session_id, seen=body.answered_proposal())
        return _session_answer(tx, actor, session)

    return changed_response(await caller.run_once(change))


@router.post(
    "/session/{id}/rate",
    summary="Rate a completed session",
    status_code=HTTPStatus.CREATED,
    response_model=MentorshipSession,
    responses=error_responses(
        NotFound, NotYours, NotAllowedNow, RatingClosed, KeyReused, has_body=True
    ),
)
async def rate_session(
    caller: MemberCaller, session_id: SessionId, body: RatingRequest
) -> Response:
    """Rate a completed session with 1 to 5 stars, and optionally review it, as its mentee, within
    30 days of its end. To change a rating, send a new one within 14 days."""

    async def rate(tx: Transaction, actor: Actor) -> Answer:
        rated = await reviews.rate(tx, actor, session_id, body.rating, body.review)
        answer = MentorshipSession.from_domain(rated.session, actor.user_id, tx.now)
        return Answer(answer.model_dump(), rated.session.mentor.user_id)

    return created_response(await caller.run_once(rate))


@router.post(
    "/session/{id}/reply",
    summary="Reply to a review",
    status_code=HTTPStatus.CREATED,
    response_model=Review,
    responses=error_responses(
        NotFound, NotYours, NotAllowedNow, TermsChanged, InvalidField, KeyReused, has_body=True
    ),
)
async def reply_to_review(
    caller: MemberCaller, session_id: SessionId, body: ReplyRequest
) -> Response:
    """Reply to a session's review as its mentor. A review has one reply, which all members can
    see. Once the mentee has changed the review, a new reply replaces the old one."""

    async def reply(tx: Transaction, actor: Actor) -> Answer:
        review = await reviews.reply(tx, actor, session_id, body.reply, body.review_changed_at)
        session = await session_views.load_for_participant(tx, actor, session_id)
        return Answer(Review.from_domain(review).model_dump(), session.mentee.user_id)

    return created_response(await caller.run_once(reply))


@router.get("/sessions/mentor", summary="List own sessions as mentor", responses=error_responses())
async def list_mentor_sessions(
    caller: MemberCaller, query: Annotated[SessionQuery, Query()]
) -> SessionPage:
    """Return the sessions in which the caller is the mentor."""
    return await _load_sessions(caller, Party.MENTOR, query)


@router.get("/sessions/mentee", summary="List own sessions as mentee", responses=error_responses())
async def list_mentee_sessions(
    caller: MemberCaller, query: Annotated[SessionQuery, Query()]
) -> SessionPage:
    """Return the sessions in which the caller is the mentee."""
    return await _load_sessions(caller, Party.MENTEE, query)


async def _load_sessions(caller: Caller, party: Party, query: SessionQuery) -> SessionPage:
    session_filter = SessionFilter(
        frozenset(STATUSES[name] for name in query.status) or frozenset(SessionStatus),
        party,
        query.since,
        query.until,
        latest_first=query.order == "latest",
    )

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[SessionView]:
        return await session_views.list_page(tx, actor, session_filter, cursor, query.limit)

    page = await load_page(caller, load, query)
    return SessionPage(
        sessions=[_session_response(caller, session) for session in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


def _session_response(caller: Caller, session: SessionView) -> MentorshipSession:
    return MentorshipSession.from_domain(session, caller.actor.user_id, caller.now())


def _session_answer(
    tx: Transaction, actor: Actor, session: SessionView, points: PointsMoved | None = None
) -> Answer:
    answer = MentorshipSession.from_domain(session, actor.user_id, tx.now, points)
    return Answer(answer.model_dump(), session.other(actor.user_id).user_id)


def _transition_answer(
    tx: Transaction, actor: Actor, result: transitions.TransitionResult
) -> Answer:
    points = PointsMoved(refunded=result.refund, earned=result.earned)
    return _session_answer(tx, actor, result.session, points)
