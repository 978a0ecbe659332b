"""Statements on the rows of group sessions that several use cases share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, case, exists, func, select, update

from mentorship.sessions.groups import repeat_dates
from mentorship.statuses import CALLED_OFF, LIVE, UPCOMING, SessionStatus
from storage import Transaction
from storage.tables import GroupPlace, GroupSession, Session, WaitlistEntry
from storage.types import RowId, UtcDateTime

HAS_STARTED = frozenset({SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED})
"""Statuses of group sessions that have started, whatever became of their seats since."""

_IS_GROUP = GroupSession.id == bindparam("row_group", type_=RowId)
_NOW = bindparam("now", type_=UtcDateTime)
# One that repeats another, and isn't announced yet, is announced when it is time.
_IS_ANNOUNCED = (
    GroupSession.repeat_of.is_(None)
    | GroupSession.message_id.is_not(None)
    | (GroupSession.starts_at <= bindparam("soon", type_=UtcDateTime))
)
_MARK_CARD = (
    update(GroupSession)
    .where(_IS_GROUP, GroupSession.channel_id.is_not(None), _IS_ANNOUNCED)
    .values(card_due_at=_NOW)
)
_IS_POSTED = GroupSession.message_id.is_not(None)
_ANNOUNCE_ELSEWHERE = (
    update(GroupSession)
    .where(_IS_GROUP)
    .values(
        left_channel_id=case(
            (_IS_POSTED, GroupSession.channel_id), else_=GroupSession.left_channel_id
        ),
        left_message_id=case(
            (_IS_POSTED, GroupSession.message_id), else_=GroupSession.left_message_id
        ),
        card_due_at=case((_IS_POSTED, _NOW), else_=GroupSession.card_due_at),
        message_id=None,
        card_attempts=0,
        card_posts=GroupSession.card_posts + 1,
    )
)
_MARK_EVENT = (
    update(GroupSession)
    .where(
        _IS_GROUP,
        GroupSession.wants_event.is_(True),
        GroupSession.event_id.is_not(None) | _IS_ANNOUNCED,
    )
    .values(event_due_at=_NOW)
)
_MARK_SEAT_FREED = (
    update(GroupSession)
    .where(_IS_GROUP)
    .values(
        card_due_at=case(
            (GroupSession.channel_id.is_not(None) & _IS_ANNOUNCED, _NOW),
            else_=GroupSession.card_due_at,
        ),
        waitlist_at=case(
            (exists().where(WaitlistEntry.group_id == GroupSession.id), _NOW),
            else_=GroupSession.waitlist_at,
        ),
    )
)
_MARK_ROOM = (
    update(GroupPlace)
    .where(GroupPlace.group_id == bindparam("row_group", type_=RowId))
    .values(next_at=_NOW)
)
_IS_SETTLED = select(
    ~exists().where(
        Session.group_id == bindparam("row_group", type_=RowId), Session.status.in_(sorted(LIVE))
    )
    & exists().where(
        Session.group_id == bindparam("row_group", type_=RowId),
        Session.status.not_in(sorted(LIVE | CALLED_OFF)),
    )
)
_MARK_SEATS_DUE = (
    update(Session)
    .where(
        Session.group_id == bindparam("row_group", type_=RowId),
        Session.status.in_(sorted(UPCOMING)),
    )
    .values(next_at=_NOW)
)
_SELECT_UPCOMING_SEATS = (
    select(Session.id)
    .where(
        Session.group_id == bindparam("row_group", type_=RowId),
        Session.status.in_(sorted(UPCOMING)),
    )
    # `+ 0` keeps SQLite from reading all sessions in the order of their ids.
    .order_by(Session.id + 0)
)

_UPCOMING_POINTS = select(func.coalesce(func.sum(Session.price), 0)).where(
    Session.group_id == bindparam("row_group", type_=RowId),
    Session.status.in_(sorted(UPCOMING)),
)


async def mark_card(tx: Transaction, group_id: int) -> None:
    """Note that the announcement shows something that has changed, so that it is edited."""
    await tx.connection.execute(_MARK_CARD, _mark_params(tx, group_id))


async def announce_elsewhere(tx: Transaction, group_id: int) -> None:
    """Let go of the announcement, if there is one, before the session has another channel.

    It is deleted. So is a message that is being posted at this moment, since `card_posts` tells
    that it is an old one (`announcements.record_sent`).
    """
    await tx.connection.execute(_ANNOUNCE_ELSEWHERE, {"row_group": group_id, "now": tx.now})


async def mark_event(tx: Transaction, group_id: int) -> None:
    """Note that Discord's scheduled event shows something that has changed, if there is one."""
    await tx.connection.execute(_MARK_EVENT, _mark_params(tx, group_id))


async def mark_seat_freed(tx: Transaction, group_id: int) -> None:
    """Note that a seat is free: the announcement is edited, and those who wait get it."""
    await tx.connection.execute(_MARK_SEAT_FREED, _mark_params(tx, group_id))


def _mark_params(tx: Transaction, group_id: int) -> dict[str, Any]:
    soon = tx.now + repeat_dates.ANNOUNCED_BEFORE
    return {"row_group": group_id, "now": tx.now, "soon": soon}


async def mark_room(tx: Transaction, group_id: int) -> None:
    """Note that others may be in the room of a group session now, or that it isn't needed."""
    await tx.connection.execute(_MARK_ROOM, {"row_group": group_id, "now": tx.now})


async def mark_seats_due(tx: Transaction, group_id: int) -> None:
    """Let the clock act on all seats of a group session that was moved or cancelled.

    However many they are, this is one statement; the clock advances them a few at a time.
    """
    await tx.connection.execute(_MARK_SEATS_DUE, {"row_group": group_id, "now": tx.now})


async def list_upcoming_seats(tx: Transaction, group_id: int, limit: int) -> list[int]:
    """List the seats that haven't started, by id."""
    rows = await tx.connection.scalars(_SELECT_UPCOMING_SEATS.limit(limit), {"row_group": group_id})
    return list(rows)


async def upcoming_points(tx: Transaction, group_id: int) -> int:
    """Return the points on hold for seats that haven't started: what cancelling would refund."""
    return await tx.connection.scalar(_UPCOMING_POINTS, {"row_group": group_id}) or 0


async def is_settled(tx: Transaction, group_id: int) -> bool:
    """Return whether all seats of a group session are over, and not all of them called off."""
    return bool(await tx.connection.scalar(_IS_SETTLED, {"row_group": group_id}))
