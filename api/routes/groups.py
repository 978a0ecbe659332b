"""Routes of group sessions: listing, creating, changing and cancelling them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import (
    Caller,
    MemberCaller,
    ParticipantOrModeratorCaller,
    ReaderCaller,
)
from api.idempotency import changed_response, created_response
from api.middleware import BASE_PATH
from api.openapi import error_responses
from api.pagination import load_page
from api.parameters import CancellationReason
from api.routes.availability import NOT_A_MENTOR_ERRORS
from api.routes.sessions.sessions import CLOCK_CHANGE_ERRORS
from api.schemas.base import Id
from api.schemas.group_requests import (
    GroupCancellationRequest,
    GroupEditRequest,
    GroupQuery,
    GroupScheduleRequest,
    GroupSessionRequest,
    SignUpRequest,
)
from api.schemas.groups import (
    FollowingGroups,
    GroupPage,
    GroupPreviewResponse,
    GroupSession,
    GroupSessionDetails,
)
from api.schemas.sessions.sessions import STATUSES, PointsMoved
from mentorship.actors import Actor
from mentorship.errors import (
    InvalidField,
    KeyReused,
    LimitReached,
    NotAllowedNow,
    NotFound,
    NotYours,
    Obstacle,
    SlotTaken,
    SlotUnavailable,
    TermsChanged,
)
from mentorship.idempotency import Answer
from mentorship.pagination import Page
from mentorship.sessions.groups import (
    creation,
    group_attendance,
    group_changes,
    group_details,
    group_lists,
    group_rows,
    group_views,
    moving,
    repeats,
)
from mentorship.sessions.groups.group_lists import GroupFilter
from mentorship.sessions.groups.group_views import GroupView
from storage import Transaction

router = APIRouter(tags=["groups"])

GroupId = Annotated[Id, Path(alias="id", description="The group session's id.")]
_CREATION_ERRORS = (
    *NOT_A_MENTOR_ERRORS,
    InvalidField,
    SlotUnavailable,
    SlotTaken,
    LimitReached,
    *CLOCK_CHANGE_ERRORS,
)
CHANGE_ERRORS = (NotFound, NotYours, NotAllowedNow, KeyReused)


@router.get("/groups", summary="List group sessions", responses=error_responses())
async def list_group_sessions(
    caller: ReaderCaller, query: Annotated[GroupQuery, Query()]
) -> GroupPage:
    """Return the server's group sessions, by default those that haven't started. `mentorId` with
    the caller's own id lists those that they run."""
    names = query.status or ["confirmed"]
    group_filter = GroupFilter(
        frozenset(STATUSES[name] for name in names),
        query.mentor_id,
        query.since,
        query.until,
        latest_first=query.order == "latest",
    )

    async def load(tx: Transaction, actor: Actor, cursor: str | None) -> Page[GroupView]:
        return await group_lists.list_page(tx, actor, group_filter, cursor, query.limit)

    page = await load_page(caller, load, query)
    ids = [group.id for group in page.items]
    places = await caller.read(group_lists.own_places, ids)
    return GroupPage.from_domain(
        page.items, places, caller.actor, caller.now(), (page.next, page.previous)
    )


@router.post(
    "/groups",
    summary="Create a group session",
    status_code=HTTPStatus.CREATED,
    response_model=GroupSession,
    responses=error_responses(*_CREATION_ERRORS, KeyReused, has_body=True),
)
async def create_group_session(caller: MemberCaller, body: GroupSessionRequest) -> Response:
    """Create a group session as its mentor. It is announced in the server's channel for sessions,
    and the mentor can't be booked at that time any more. A mentor can choose any time at which they
    are free."""
    caller.require_place(body.place, "/place")
    request = body.to_domain()

    async def create(tx: Transaction, actor: Actor) -> Answer:
        group = await creation.create(tx, actor, request)
        return await group_answer(tx, actor, group)

    result = await caller.run_once(create)
    return created_response(result, location=f"{BASE_PATH}/groups/{result.body['id']}")


@router.post(
    "/groups/preview",
    summary="Check a group session before creating it",
    responses=error_responses(*_CREATION_ERRORS, has_body=True),
)
async def preview_group_session(
    caller: MemberCaller, body: GroupSessionRequest
) -> GroupPreviewResponse:
    """Check everything that creating the group session would check, and return it with what is left
    to the mentor's and the server's settings. Nothing is created or reserved."""
    caller.require_place(body.place, "/place")
    preview = await caller.read(creation.preview, body.to_domain())
    return GroupPreviewResponse.from_domain(preview, caller.now())


@router.get("/groups/{id}", summary="Get a group session", responses=error_responses(NotFound))
async def get_group_session(caller: ReaderCaller, group_id: GroupId) -> GroupSessionDetails:
    """Return a group session of the server with its attendees. Only those who have a seat, and the
    mentor, see the meeting link."""

    async def load(tx: Transaction, actor: Actor) -> GroupSessionDetails:
        details = await group_details.load(tx, actor, group_id)
        refund = await group_rows.upcoming_points(tx, group_id)
        following = await _following(tx, details.group)
        can_report = details.is_mentor and await group_attendance.can_report_no_shows(
            tx, details.group
        )
        return GroupSessionDetails.of_details(
            details, refund, following, actor, tx.now, can_report=can_report
        )

    return await caller.read(load)


@router.patch(
    "/groups/{id}",
    summary="Edit a group session",
    response_model=GroupSession,
    responses=error_responses(*CHANGE_ERRORS, InvalidField, TermsChanged, has_body=True),
)
async def edit_group_session(
    caller: MemberCaller, group_id: GroupId, body: GroupEditRequest
) -> Response:
    """Change a group session as its mentor, before it starts. Those who have a seat keep their
    price and terms. More seats go to the waitlist first. With `following`, the session and all that
    follow in a repetition are changed, or none."""
    caller.require_place(body.place, "/place")

    async def edit(tx: Transaction, actor: Actor) -> GroupView:
        if not body.following:
            return await group_changes.edit(
                tx, actor, group_id, body.to_domain(), revision_shown=body.revision
            )
        await repeats.edit_following(
            tx, actor, group_id, body.to_domain(), revision_shown=body.revision
        )
        return await group_views.load(tx, group_id)

    return await change_group(caller, edit)


@router.put(
    "/groups/{id}/schedule",
    summary="Move a group session",
    response_model=GroupSession,
    responses=error_responses(
        *CHANGE_ERRORS,
        InvalidField,
        TermsChanged,
        SlotTaken,
        SlotUnavailable,
        *CLOCK_CHANGE_ERRORS,
        has_body=True,
    ),
)
async def move_group_session(
    caller: MemberCaller, group_id: GroupId, body: GroupScheduleRequest
) -> Response:
    """Move a group session to another start as its mentor. Everyone with a seat is asked again:
    those who don't keep their seat are refunded in full."""
    starts_at = body.resolve_start(body.timezone, body.duration)

    async def move(tx: Transaction, actor: Actor) -> GroupView:
        return await moving.move(
            *(tx, actor, group_id, starts_at, body.duration),
            revision_shown=body.revision,
            seats_shown=body.expected_seats,
        )

    return await change_group(caller, move)


@router.put(
    "/groups/{id}/sign-up",
    summary="Close or open sign-up",
    response_model=GroupSession,
    responses=error_responses(*CHANGE_ERRORS, has_body=True),
)
async def change_sign_up(caller: MemberCaller, group_id: GroupId, body: SignUpRequest) -> Response:
    """Let members join, or don't, as the mentor. Seats that are taken stay taken."""

    async def change(tx: Transaction, actor: Actor) -> GroupView:
        try:
            return await group_changes.set_sign_up(tx, actor, group_id, is_open=body.open)
        except NotAllowedNow as error:
            if error.obstacle not in (Obstacle.SIGN_UP_OPEN, Obstacle.SIGN_UP_CLOSED):
                raise
            # It is as the caller wants it.
            return await group_views.load_for(tx, actor, group_id)

    return await change_group(caller, change)


@router.delete(
    "/groups/{id}",
    summary="Cancel a group session",
    response_model=GroupSession,
    responses=error_responses(*CHANGE_ERRORS, InvalidField, TermsChanged, has_body=True),
)
async def cancel_group_session(
    caller: ParticipantOrModeratorCaller,
    group_id: GroupId,
    reason: CancellationReason = None,
    expected_seats: Annotated[
        int | None,
        Query(
            alias="expectedSeats",
            ge=0,
            lt=2**31,
            description="`seatsTaken` as the caller saw it, which can also be sent in the body. If "
            "it has changed, nothing is cancelled.",
        ),
    ] = None,
    following: Annotated[
        bool,
        Query(
            description="Whether to cancel all sessions that follow in a repetition, too. It can "
            "also be sent in the body."
        ),
    ] = False,
    body: GroupCancellationRequest | None = None,
) -> Response:
    """Cancel a group session before it starts, as its mentor or a moderator. `points.refunded` is
    the sum that everyone with a seat gets back. In a large session, the last of them get it within
    a minute."""
    request = body or GroupCancellationRequest()
    if request.expected_seats is not None:
        expected_seats = request.expected_seats

    with_following = following or request.following
    text = request.reason or reason or ""

    async def cancel(tx: Transaction, actor: Actor) -> Answer:
        group = await group_views.load_for(tx, actor, group_id)
        concerned = await repeats.list_following(tx, group) if with_following else [group]
        refunded = await _upcoming_points(tx, concerned)
        if with_following:
            await repeats.cancel_following(tx, actor, group_id, text, seats_shown=expected_seats)
            group = await group_views.load(tx, group_id)
        else:
            group = await group_changes.cancel(
                tx, actor, group_id, text, seats_shown=expected_seats
            )
        return await group_answer(tx, actor, group, PointsMoved(refunded=refunded))

    return changed_response(await caller.run_once(cancel))


@router.delete(
    "/groups/{id}/repeat",
    summary="Stop repeating a group session",
    response_model=GroupSession,
    responses=error_responses(*CHANGE_ERRORS),
)
async def stop_repeating(caller: MemberCaller, group_id: GroupId) -> Response:
    """Let no further sessions follow, as the mentor. Those that can be joined already take
    place."""

    async def stop(tx: Transaction, actor: Actor) -> GroupView:
        return await repeats.stop(tx, actor, group_id)

    return await change_group(caller, stop)


async def _following(tx: Transaction, group: GroupView) -> FollowingGroups | None:
    if not group.repeat_weeks:
        return None
    following = await repeats.list_following(tx, group)
    return FollowingGroups(
        sessions=len(following),
        seats_taken=sum(each.seats_taken for each in following),
        refund_if_cancelled=await _upcoming_points(tx, following),
    )


async def _upcoming_points(tx: Transaction, groups: Sequence[GroupView]) -> int:
    return sum([await group_rows.upcoming_points(tx, group.id) for group in groups])


async def change_group(
    caller: Caller, use_case: Callable[[Transaction, Actor], Awaitable[GroupView]]
) -> Response:
    """Run a change of a group session once for each key, and return the group session."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        return await group_answer(tx, actor, await use_case(tx, actor))

    return changed_response(await caller.run_once(change))


async def group_answer(
    tx: Transaction, actor: Actor, group: GroupView, points: PointsMoved | None = None
) -> Answer:
    place = await group_views.find_own_place(tx, group.id, actor.user_id)
    answer = GroupSession.from_domain(group, place, actor, tx.now, points)
    return Answer(answer.model_dump(), group.mentor.user_id)
