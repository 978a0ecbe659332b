"""Routes of the seats in group sessions: taking and giving up, the waitlist, attendance."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import MemberCaller, ReaderCaller
from api.idempotency import changed_response, created_response
from api.middleware import BASE_PATH
from api.openapi import error_responses
from api.pagination import load_page
from api.parameters import CancellationReason, ExpectedRefund
from api.routes.groups import CHANGE_ERRORS, GroupId, change_group, group_answer
from api.schemas.base import Id
from api.schemas.group_requests import (
    AttendanceRequest,
    JoinRequest,
    LeaveRequest,
    SeatCancellationRequest,
    SeatRequest,
)
from api.schemas.groups import AttendeePage, GroupAttendee, GroupSession, SeatList
from api.schemas.pagination import QueueQuery
from api.schemas.sessions.sessions import MentorshipSession, PointsMoved
from mentorship.actors import Actor
from mentorship.errors import (
    AlreadyJoined,
    AlreadyWaiting,
    BlockedByYou,
    Busy,
    InvalidField,
    KeyReused,
    LimitReached,
    NotAllowedNow,
    NotAvailable,
    NotEnoughPoints,
    NotFound,
    NotYours,
    OwnGroupSession,
    PriceChanged,
    RoleNeeded,
    ScreeningPending,
    SeatsFree,
    SessionFull,
    SignUpClosed,
    TermsChanged,
)
from mentorship.idempotency import Answer
from mentorship.pagination import Page
from mentorship.sessions import session_views
from mentorship.sessions.groups import group_attendance, group_details, group_views, seats, waitlist
from mentorship.sessions.groups.group_views import Attendee, GroupView
from mentorship.sessions.session_views import SessionView
from mentorship.sessions.transitions import TransitionResult
from storage import Transaction

router = APIRouter(tags=["groups"])

AttendeeId = Annotated[Id, Path(alias="userId", description="The attendee's Discord id.")]

_SIGN_UP_ERRORS = (
    NotFound,
    NotYours,
    OwnGroupSession,
    AlreadyJoined,
    NotAvailable,
    BlockedByYou,
    SignUpClosed,
    RoleNeeded,
    ScreeningPending,
    TermsChanged,
    PriceChanged,
    KeyReused,
)


@router.get(
    "/groups/{id}/seats",
    summary="List attendees",
    responses=error_responses(NotFound, NotYours),
)
async def list_attendees(
    caller: ReaderCaller, group_id: GroupId, query: Annotated[QueueQuery, Query()]
) -> AttendeePage:
    """Return all who have a seat, in the order in which they joined. Where the server doesn't show
    them to members, only the mentor and moderators can list them."""
    runs_it = False

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[Attendee]:
        nonlocal runs_it
        page, runs_it = await group_details.list_attendees(tx, actor, group_id, cursor, query.limit)
        return page

    page = await load_page(caller, load, query)
    return AttendeePage(
        attendees=[GroupAttendee.from_domain(each, runs_it=runs_it) for each in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


@router.post(
    "/groups/{id}/seats",
    summary="Join a group session",
    status_code=HTTPStatus.CREATED,
    response_model=MentorshipSession,
    responses=error_responses(
        *_SIGN_UP_ERRORS, SessionFull, Busy, LimitReached, NotEnoughPoints, has_body=True
    ),
)
async def join_group_session(
    caller: MemberCaller, group_id: GroupId, body: JoinRequest | None = None
) -> Response:
    """Take a seat. Its price is put on hold at once. The seat is a session of its own: `GET
    /session/{id}`, reports, disputes and reviews are those of other sessions. If all seats are
    taken (409 `session-full`), `waiting` is the length of the waitlist."""
    agreed = body or JoinRequest()
    request = seats.JoinRequest(group_id, agreed.expected_price, agreed.revision)

    async def join(tx: Transaction, actor: Actor) -> Answer:
        seat = await seats.join(tx, actor, request)
        return _seat_answer(tx, actor, seat, PointsMoved(held=seat.price))

    result = await caller.run_once(join)
    return created_response(result, location=f"{BASE_PATH}/session/{result.body['id']}")


@router.put(
    "/groups/{id}/seats/me",
    summary="Keep own seat after a move",
    response_model=MentorshipSession,
    responses=error_responses(
        NotFound, NotAllowedNow, TermsChanged, Busy, KeyReused, has_body=True
    ),
)
async def keep_seat(caller: MemberCaller, group_id: GroupId, body: SeatRequest) -> Response:
    """Keep a seat at the new time of a group session that was moved. Until the seat's `answerBy`,
    it is `scheduled` and held."""

    async def keep(tx: Transaction, actor: Actor) -> Answer:
        kept = await seats.keep_own(tx, actor, group_id, start_shown=body.starts_at)
        return _result_answer(tx, actor, kept)

    return changed_response(await caller.run_once(keep))


@router.delete(
    "/groups/{id}/seats/me",
    summary="Leave a group session",
    response_model=MentorshipSession,
    responses=error_responses(NotFound, NotAllowedNow, TermsChanged, KeyReused, has_body=True),
)
async def leave_group_session(
    caller: MemberCaller,
    group_id: GroupId,
    expected_refund: ExpectedRefund = None,
    body: LeaveRequest | None = None,
) -> Response:
    """Give up the caller's seat before the session starts. `points.refunded` is what they get back
    by the terms under which they joined. The seat goes to the first on the waitlist."""
    if body is not None and body.expected_refund is not None:
        expected_refund = body.expected_refund

    async def leave(tx: Transaction, actor: Actor) -> Answer:
        left = await seats.leave(tx, actor, group_id, refund_shown=expected_refund)
        return _result_answer(tx, actor, left)

    return changed_response(await caller.run_once(leave))


@router.delete(
    "/groups/{id}/seats/{userId}",
    summary="Remove an attendee",
    response_model=MentorshipSession,
    responses=error_responses(*CHANGE_ERRORS, InvalidField, TermsChanged, has_body=True),
)
async def remove_attendee(
    caller: MemberCaller,
    group_id: GroupId,
    user_id: AttendeeId,
    reason: CancellationReason = None,
    expected_refund: ExpectedRefund = None,
    body: SeatCancellationRequest | None = None,
) -> Response:
    """Take an attendee's seat away as the mentor, before the session starts. They are refunded in
    full and get a message with the reason."""
    request = body or SeatCancellationRequest()
    if request.expected_refund is not None:
        expected_refund = request.expected_refund

    async def remove(tx: Transaction, actor: Actor) -> Answer:
        removed = await seats.remove(
            *(tx, actor, group_id, user_id, request.reason or reason or ""),
            refund_shown=expected_refund,
        )
        return _result_answer(tx, actor, removed)

    return changed_response(await caller.run_once(remove))


@router.post(
    "/groups/{id}/waitlist",
    summary="Join the waitlist",
    status_code=HTTPStatus.CREATED,
    response_model=GroupSession,
    responses=error_responses(*_SIGN_UP_ERRORS, AlreadyWaiting, SeatsFree, has_body=True),
)
async def join_waitlist(
    caller: MemberCaller, group_id: GroupId, body: JoinRequest | None = None
) -> Response:
    """Wait for a seat in a full group session. The first in line who has the points and is free
    gets a seat that becomes free, at the price agreed here, and a message. They can still leave
    with a full refund for a while."""

    agreed = body or JoinRequest()

    async def join(tx: Transaction, actor: Actor) -> Answer:
        await waitlist.join(
            *(tx, actor, group_id),
            price_shown=agreed.expected_price,
            revision_shown=agreed.revision,
        )
        return await group_answer(tx, actor, await group_views.load(tx, group_id))

    return created_response(await caller.run_once(join))


@router.delete(
    "/groups/{id}/waitlist",
    summary="Leave the waitlist",
    response_model=GroupSession,
    responses=error_responses(NotFound, KeyReused),
)
async def leave_waitlist(caller: MemberCaller, group_id: GroupId) -> Response:
    """Give up the caller's place in line."""

    async def leave(tx: Transaction, actor: Actor) -> GroupView:
        await waitlist.leave(tx, actor, group_id)
        return await group_views.load(tx, group_id)

    return await change_group(caller, leave)


@router.put(
    "/groups/{id}/attendance",
    summary="Report who didn't come",
    response_model=SeatList,
    responses=error_responses(NotFound, NotYours, NotAllowedNow, KeyReused, has_body=True),
)
async def report_group_attendance(
    caller: MemberCaller, group_id: GroupId, body: AttendanceRequest
) -> Response:
    """Report no-shows as the mentor, from 10 minutes after the start on. Each attendee has time to
    report otherwise; if they already have, a dispute about that seat is opened. Everybody else
    counts as having come. The response has all seats named; those about which nothing could be
    reported any more, as their attendee has confirmed, are unchanged."""

    async def report(tx: Transaction, actor: Actor) -> Answer:
        report = await group_attendance.report_no_shows(tx, actor, group_id, body.no_shows)
        # The ids alone: an erasure clears of stored answers only what is about one person.
        return Answer(
            {"seats": [seat.id for seat in (*report.reported, *report.disputed, *report.refused)]}
        )

    async def load_named(tx: Transaction, actor: Actor, ids: Sequence[int]) -> SeatList:
        views = await session_views.load_many(tx, ids)
        named = [views[each] for each in ids if each in views]
        return SeatList(
            sessions=[MentorshipSession.from_domain(seat, actor.user_id, tx.now) for seat in named]
        )

    result = await caller.run_once(report)
    seats_named = await caller.read(load_named, result.body["seats"])
    return changed_response(result.with_body(seats_named.model_dump()))


def _result_answer(tx: Transaction, actor: Actor, result: TransitionResult) -> Answer:
    points = PointsMoved(refunded=result.refund, earned=result.earned)
    return _seat_answer(tx, actor, result.session, points)


def _seat_answer(tx: Transaction, actor: Actor, seat: SessionView, points: PointsMoved) -> Answer:
    answer = MentorshipSession.from_domain(seat, actor.user_id, tx.now, points)
    return Answer(answer.model_dump(), seat.other(actor.user_id).user_id)
