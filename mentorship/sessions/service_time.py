"""Service time: deadlines that silence can miss only run while the program does.

The job that advances sessions ticks a clock in the database. A gap between two ticks means that the
program was down, and nobody could answer meanwhile: answer deadlines, attendance reports and
disputes get that time back. Nothing is advanced until a second tick agrees with the first one after
the gap, so a system clock that is wrong for a moment moves nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, case, literal, select, update

from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.queries import later, upsert
from storage.tables import GroupSession, HelpRequest, Invitation, ServiceClock, Session
from storage.types import UtcDateTime

DOWNTIME = timedelta(minutes=5)
"""The least gap between two ticks that counts as downtime. Sessions are advanced every 30 seconds
by default, so a slow run or a quick restart doesn't move any deadline."""


@dataclass(frozen=True, slots=True)
class Downtime:
    """A time during which the program was down (aware UTC)."""

    began_at: datetime
    ended_at: datetime

    def __contains__(self, deadline: datetime) -> bool:
        """Return whether a deadline passed during the downtime."""
        return self.began_at < deadline <= self.ended_at


async def tick(tx: Transaction, tolerance: timedelta = DOWNTIME) -> bool:
    """Note that the program is running now, and give people the time back that it wasn't.

    Returns whether the clock can be trusted. The first tick after a gap of more than `tolerance`,
    or of a clock that was set back, only notes the time. The next one believes it, if it comes
    later, and within `tolerance`. Several processes tick the same clock.
    """
    clock = (await tx.connection.execute(_SELECT, {"name": _HEARTBEAT})).one_or_none()
    if clock is None:
        await _save(tx, _HEARTBEAT, tx.now, None)
        return True
    if abs(tx.now - clock.alive_at) <= tolerance:
        # Written seldom, so that several processes on one database rarely meet here.
        if clock.resumed_at is not None or abs(tx.now - clock.alive_at) >= tolerance / 10:
            await _save(tx, _HEARTBEAT, tx.now, None)
        return True
    resumed_at = clock.resumed_at
    if resumed_at is None or not resumed_at <= tx.now <= resumed_at + tolerance:
        await _save(tx, _HEARTBEAT, clock.alive_at, tx.now)
        return False
    if resumed_at > clock.alive_at:
        await _give_back(tx, Downtime(clock.alive_at, resumed_at))
        await _save(tx, _LAST_DOWNTIME, clock.alive_at, resumed_at)
    await _save(tx, _HEARTBEAT, tx.now, None)
    return True


async def is_near_last_tick(tx: Transaction, tolerance: timedelta = DOWNTIME) -> bool:
    """Return whether the time is within `tolerance` of the last tick, or there was none yet.

    Otherwise the program was down, or the system clock has leapt and may be wrong.
    """
    clock = (await tx.connection.execute(_SELECT, {"name": _HEARTBEAT})).one_or_none()
    return clock is None or abs(tx.now - clock.alive_at) <= tolerance


async def last_downtime(tx: Transaction) -> Downtime | None:
    """Return when the program was last down, None if it never was."""
    row = (await tx.connection.execute(_SELECT, {"name": _LAST_DOWNTIME})).one_or_none()
    return None if row is None else Downtime(row.alive_at, row.resumed_at)


async def elapsed_since(tx: Transaction, instant: datetime) -> timedelta:
    """Return how long ago an instant was, without the time that the program was last down."""
    elapsed = tx.now - instant
    downtime = await last_downtime(tx)
    if downtime is not None and downtime.ended_at > instant:
        elapsed -= downtime.ended_at - max(downtime.began_at, instant)
    return elapsed


_HEARTBEAT, _LAST_DOWNTIME = "heartbeat", "last_downtime"
"""The rows of the clock: when it last ticked, and from when to when the program was last down."""

_SELECT = select(ServiceClock.alive_at, ServiceClock.resumed_at).where(
    ServiceClock.name == bindparam("name")
)


async def _save(
    tx: Transaction, name: str, alive_at: datetime, resumed_at: datetime | None
) -> None:
    values = {"alive_at": alive_at, "resumed_at": resumed_at}
    row = upsert(tx.dialect, ServiceClock).values(name=name, **values)
    await tx.connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


async def _give_back(tx: Transaction, downtime: Downtime) -> None:
    """Move the deadlines that were still ahead when the program stopped, in a statement a table.

    They move by the length of the downtime, except that a request must be answered before either of
    its times, and the time to report attendance begins no earlier than the session's end.
    """
    began_at = literal(downtime.began_at, UtcDateTime)
    ended_at = literal(downtime.ended_at, UtcDateTime)
    seconds = math.ceil((downtime.ended_at - downtime.began_at).total_seconds())
    moved = later(tx.dialect, Session.__table__.c.next_at, seconds)
    first_start: ColumnElement[datetime] = case(
        (Session.proposed_starts_at < Session.starts_at, Session.proposed_starts_at),
        else_=Session.starts_at,
    )
    is_answer = Session.status.in_((SessionStatus.SCHEDULED, SessionStatus.CONFIRMED))
    is_report = Session.status == SessionStatus.IN_PROGRESS
    await tx.connection.execute(
        update(Session)
        .where(
            Session.next_at > began_at,
            # A confirmed session waits for an answer only during a reschedule request.
            (Session.status != SessionStatus.CONFIRMED) | Session.proposed_by.is_not(None),
        )
        .values(
            next_at=case(
                (is_answer & (moved > first_start), first_start),
                (is_report & (Session.ends_at >= ended_at), Session.next_at),
                (
                    is_report & (Session.ends_at > began_at),
                    later(tx.dialect, ended_at, Session.complete_after * 60),
                ),
                else_=moved,
            )
        )
    )
    invitation_deadline = later(tx.dialect, Invitation.__table__.c.next_at, seconds)
    await tx.connection.execute(
        update(Invitation)
        .where(Invitation.next_at > began_at)
        .values(
            next_at=case(
                (invitation_deadline > Invitation.starts_at, Invitation.starts_at),
                else_=invitation_deadline,
            )
        )
    )
    seat_deadline = later(tx.dialect, GroupSession.__table__.c.next_at, seconds)
    deadline = case(
        (seat_deadline > GroupSession.starts_at, GroupSession.starts_at), else_=seat_deadline
    )
    await tx.connection.execute(
        update(GroupSession)
        .where(
            GroupSession.next_at > began_at,
            # Only the deadline for the least number of seats comes before the start.
            GroupSession.next_at < GroupSession.starts_at,
            GroupSession.status == SessionStatus.CONFIRMED,
        )
        .values(
            next_at=deadline,
            minimum_deadline=deadline,
            # The announcement shows it.
            card_due_at=case(
                (GroupSession.message_id.is_not(None), literal(tx.now, UtcDateTime)),
                else_=GroupSession.card_due_at,
            ),
        )
    )
    request = HelpRequest.__table__.c
    await tx.connection.execute(
        update(HelpRequest)
        .where(HelpRequest.expires_at > began_at, HelpRequest.status.in_(("open", "offered")))
        .values(expires_at=later(tx.dialect, request.expires_at, seconds))
    )
