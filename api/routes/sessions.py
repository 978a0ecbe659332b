"""Sessions: booking one, one's own, and what can be done to one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from api.dependencies import Acting, Member
from api.idempotency import created_response
from api.middleware import BASE
from api.openapi import errors, errors_of_body
from api.pagination import LARGEST_PAGE, Listed, looked
from api.schemas.base import Id, Instant, Text
from api.schemas.sessions import (
    STATUSES,
    Booking,
    Cancellation,
    MentorshipSession,
    Points,
    Rating,
    Reply,
    Review,
    ScheduleChange,
    Sessions,
    SessionStatusName,
    StatusChange,
)
from mentorship.actors import Actor
from mentorship.errors import (
    Busy,
    InvalidField,
    KeyReused,
    MentorPaused,
    NotAllowedNow,
    NotAMentor,
    NotEnoughPoints,
    NotFound,
    NotYours,
    OwnProfile,
    PriceChanged,
    RatingClosed,
    SlotTaken,
    SlotUnavailable,
    TimezoneNeeded,
    WrongDuration,
)
from mentorship.main_app import app_booking
from mentorship.pagination import Page
from mentorship.sessions import rescheduling, reviews, session_views, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.lifecycle import Attendance, Party
from mentorship.sessions.session_views import SessionFilter, SessionView
from mentorship.statuses import SessionStatus
from storage import Transaction

router = APIRouter(tags=["sessions"])

SessionId = Annotated[Id, Path(alias="id", description="The session's id.")]

_BAD_TIME = (
    (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "time-skipped",
        "The clocks of the time zone skip that time: `readings` has both that could be meant.",
    ),
    (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "time-repeated",
        "The clocks of the time zone show that time twice: `readings` has both.",
    ),
)


@router.post(
    "/book",
    summary="Book a session",
    status_code=HTTPStatus.CREATED,
    response_model=MentorshipSession,
    responses=errors_of_body(
        SlotTaken,
        SlotUnavailable,
        Busy,
        NotEnoughPoints,
        PriceChanged,
        MentorPaused,
        TimezoneNeeded,
        NotAMentor,
        OwnProfile,
        WrongDuration,
        KeyReused,
        *_BAD_TIME,
    ),
)
async def book(me: Member, asked: Booking) -> Response:
    """Book a session with a mentor. The price goes into the session's keeping at once; the mentor
    is asked to confirm, or it is confirmed already where they take bookings at once.

    The start is an instant (`scheduledAt`), or `date` and `startTime` on the clock of `timezone`.
    A conflict (409) carries the nearest open starts as `nearestSlots`."""
    request = BookingRequest(
        mentor_id=asked.mentor_id,
        starts_at=asked.instant(asked.timezone, asked.duration),
        minutes=asked.duration,
        topic=asked.notes or "",
        price_shown=asked.expected_price,
    )

    async def act(tx: Transaction, actor: Actor) -> dict[str, Any]:
        booked = await app_booking.book(tx, actor, request, asked.timezone)
        told = MentorshipSession.of(booked, actor.user_id, tx.now, Points(held=booked.price))
        return told.model_dump()

    answer = await me.run_once(act)
    return created_response(answer, f"{BASE}/session/{answer.body['id']}")


@router.get("/session/{id}", summary="One session", responses=errors(NotFound))
async def session(me: Member, session_id: SessionId) -> MentorshipSession:
    """A session, to one of its two participants. To anybody else it does not exist."""
    return _told(me, await me.read(session_views.load_for_participant, session_id))


@router.delete(
    "/session/{id}",
    summary="Cancel a session",
    responses=errors_of_body(NotFound, NotAllowedNow),
)
async def cancel(
    me: Member,
    session_id: SessionId,
    reason: Annotated[
        Text | None,
        Query(
            max_length=transitions.LONGEST_REASON,
            description="Why; the other side reads it. Or as `reason` in a body.",
        ),
    ] = None,
    asked: Cancellation | None = None,
) -> MentorshipSession:
    """Call a session off before it starts. `points` in the answer says what came back: everything
    when the mentor cancels or has not confirmed yet, otherwise what the server's policy says."""
    why = (asked.reason if asked is not None else None) or reason or ""
    return _outcome(me, await me.run(transitions.cancel, session_id, why))


@router.put(
    "/session/{id}/status",
    summary="Confirm, decline, complete, report a no-show, cancel",
    responses=errors_of_body(NotFound, NotAllowedNow),
)
async def change_status(
    me: Member, session_id: SessionId, asked: StatusChange
) -> MentorshipSession:
    """What a participant makes of a session, by the same table of transitions as in Discord.
    `actions` of a session names what is possible now; anything else is a 409 that says how the
    session stands."""
    reason = asked.reason or ""
    match asked.status:
        case "confirmed":
            return _told(me, await me.run(transitions.confirm, session_id))
        case "declined":
            declined = await me.run(transitions.decline, session_id, reason)
            return _told(me, declined, Points(refunded=declined.price))
        case "completed":
            return _outcome(
                me, await me.run(transitions.report_attendance, session_id, Attendance.MET)
            )
        case "no-show":
            return _outcome(
                me, await me.run(transitions.report_attendance, session_id, Attendance.NO_SHOW)
            )
        case "cancelled":
            return _outcome(me, await me.run(transitions.cancel, session_id, reason))


@router.put(
    "/session/{id}/schedule",
    summary="Propose another time, or answer to one",
    responses=errors_of_body(
        NotFound, NotAllowedNow, NotAMentor, SlotTaken, SlotUnavailable, InvalidField, *_BAD_TIME
    ),
)
async def change_schedule(
    me: Member, session_id: SessionId, asked: ScheduleChange
) -> MentorshipSession:
    """Either side proposes another time; the other accepts or declines it. Until then the session
    keeps its time, and both times are held for both."""
    if asked.action == "propose":
        proposed = await me.run(rescheduling.propose, session_id, asked.proposed())
        return _told(me, proposed)
    asked.require_no_time()
    use_case = {
        "accept": rescheduling.accept,
        "decline": rescheduling.keep,
        "withdraw": rescheduling.withdraw,
    }[asked.action]
    return _told(me, await me.run(use_case, session_id))


@router.post(
    "/session/{id}/rate",
    summary="Rate a completed session",
    status_code=HTTPStatus.CREATED,
    response_model=MentorshipSession,
    responses=errors_of_body(NotFound, NotYours, NotAllowedNow, RatingClosed, KeyReused),
)
async def rate(me: Member, session_id: SessionId, asked: Rating) -> Response:
    """Give a completed session 1 to 5 stars and some words, as its mentee. It can be changed for 14
    days by rating it again."""

    async def act(tx: Transaction, actor: Actor) -> dict[str, Any]:
        rated = await reviews.rate(tx, actor, session_id, asked.rating, asked.review)
        return MentorshipSession.of(rated.session, actor.user_id, tx.now).model_dump()

    return created_response(await me.run_once(act))


@router.post(
    "/session/{id}/reply",
    summary="Reply to a review",
    status_code=HTTPStatus.CREATED,
    response_model=Review,
    responses=errors_of_body(NotFound, NotYours, NotAllowedNow, InvalidField, KeyReused),
)
async def reply(me: Member, session_id: SessionId, asked: Reply) -> Response:
    """Answer the words of a review as its mentor, once, for everybody to read."""

    async def act(tx: Transaction, actor: Actor) -> dict[str, Any]:
        return Review.of(await reviews.reply(tx, actor, session_id, asked.reply)).model_dump()

    return created_response(await me.run_once(act))


class SessionQuery(Listed):
    """Which of one's sessions, and which page of them."""

    status: Annotated[list[SessionStatusName], Field(max_length=10)] = Field(
        [], description="These statuses alone; may be given several times."
    )
    since: Instant | None = Field(None, alias="from", description="Those that end after this.")
    until: Instant | None = Field(None, alias="to", description="Those that start before this.")
    order: Literal["soonest", "latest"] = Field("soonest", description="By their start.")
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20


@router.get("/sessions/mentor", summary="Own sessions as mentor", responses=errors())
async def as_mentor(me: Member, asked: Annotated[SessionQuery, Query()]) -> Sessions:
    """The caller's sessions as their mentor: all of them, or by status and time."""
    return await _page(me, Party.MENTOR, asked)


@router.get("/sessions/mentee", summary="Own sessions as mentee", responses=errors())
async def as_mentee(me: Member, asked: Annotated[SessionQuery, Query()]) -> Sessions:
    """The caller's sessions as their mentee: all of them, or by status and time."""
    return await _page(me, Party.MENTEE, asked)


async def _page(me: Acting, part: Party, asked: SessionQuery) -> Sessions:
    which = SessionFilter(
        frozenset(STATUSES[each] for each in asked.status) or frozenset(SessionStatus),
        part,
        asked.since,
        asked.until,
        latest_first=asked.order == "latest",
    )

    async def look(tx: Transaction, actor: Actor, cursor: str | None) -> Page[SessionView]:
        return await session_views.list_page(tx, actor, which, cursor, asked.limit)

    page = await looked(me, look, asked)
    return Sessions(
        sessions=[_told(me, each) for each in page.items],
        next_cursor=page.next,
        previous_cursor=page.previous,
    )


def _told(me: Acting, found: SessionView, points: Points | None = None) -> MentorshipSession:
    return MentorshipSession.of(found, me.actor.user_id, me.now(), points)


def _outcome(me: Acting, outcome: transitions.TransitionResult) -> MentorshipSession:
    return _told(me, outcome.session, Points(refunded=outcome.refund, earned=outcome.earned))
