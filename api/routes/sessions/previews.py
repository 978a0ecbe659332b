"""Routes that say what an act would mean, before somebody does it."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import MemberCaller
from api.openapi import error_responses
from api.routes.blocks import UserId
from api.routes.groups import GroupId
from api.routes.sessions.sessions import CLOCK_CHANGE_ERRORS
from api.schemas.group_requests import GroupScheduleRequest
from api.schemas.sessions.booking import BookingRequest
from api.schemas.sessions.previews import (
    BlockPreview,
    BookingPreview,
    GroupMovePreview,
    LimitList,
)
from mentorship.errors import (
    BlockedByYou,
    Busy,
    InvalidField,
    LimitReached,
    MentorPaused,
    NotAllowedNow,
    NotAMentor,
    NotAvailable,
    NotBlockable,
    NotEnoughPoints,
    NotFound,
    NotYours,
    OwnProfile,
    ScreeningPending,
    SlotTaken,
    SlotUnavailable,
    TimezoneNeeded,
    WrongDuration,
)
from mentorship.main_app import own_limits
from mentorship.sessions import blocking, booking
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.groups import moving

router = APIRouter()


@router.post(
    "/book/preview",
    tags=["sessions"],
    summary="Preview a booking",
    responses=error_responses(
        SlotTaken,
        SlotUnavailable,
        Busy,
        NotEnoughPoints,
        MentorPaused,
        NotAvailable,
        BlockedByYou,
        LimitReached,
        ScreeningPending,
        TimezoneNeeded,
        NotAMentor,
        OwnProfile,
        WrongDuration,
        InvalidField,
        *CLOCK_CHANGE_ERRORS,
        has_body=True,
    ),
)
async def preview_booking(caller: MemberCaller, body: BookingRequest) -> BookingPreview:
    """Check everything that booking would check, and return its price and terms. Nothing is booked
    or reserved. The member needs a time zone (`PUT /me`)."""
    return BookingPreview.from_domain(await caller.read(booking.quote, body.to_domain()))


@router.post(
    "/groups/{id}/schedule/preview",
    tags=["groups"],
    summary="Preview moving a group session",
    responses=error_responses(
        NotFound,
        NotYours,
        NotAllowedNow,
        SlotTaken,
        SlotUnavailable,
        InvalidField,
        *CLOCK_CHANGE_ERRORS,
        has_body=True,
    ),
)
async def preview_group_move(
    caller: MemberCaller, group_id: GroupId, body: GroupScheduleRequest
) -> GroupMovePreview:
    """Check everything that moving the group session would check, and return how many attendees
    would be asked again. Nothing is moved."""
    starts_at = body.resolve_start(body.timezone, body.duration)
    group = await caller.read(moving.preview_move, group_id, starts_at, body.duration)
    return GroupMovePreview.from_domain(group, starts_at, body.duration)


@router.get(
    "/me/blocks/{userId}",
    tags=["members"],
    summary="Preview a block",
    responses=error_responses(NotBlockable),
)
async def preview_block(caller: MemberCaller, user_id: UserId) -> BlockPreview:
    """Return what blocking a member would end, and what would stay booked."""
    return BlockPreview.from_domain(await caller.read(blocking.preview, BlockTarget(user_id)))


@router.get(
    "/me/limits",
    tags=["members"],
    summary="Get what one may still do",
    responses=error_responses(ScreeningPending),
)
async def get_own_limits(caller: MemberCaller) -> LimitList:
    """Return how much of the server's limits the caller has used. Those that are about one session
    or one other person aren't listed."""
    return LimitList.from_domain(await caller.read(own_limits.load))
