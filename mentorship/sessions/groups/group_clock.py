"""What happens to group sessions by time alone: too few seats, the start, and the end."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, select, update

from mentorship import faults
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.sessions.groups import group_changes, group_rows, group_views, waitlist
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.lifecycle import Action, EndReason, Party
from mentorship.statuses import SessionStatus
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupSession, MentorProfile
from storage.types import RowId, UtcDateTime

_DUE = (
    select(GroupSession.id)
    .where(
        GroupSession.next_at <= bindparam("now", type_=UtcDateTime),
        ~faults.awaits_retry(
            FaultKind.GROUP_SESSION,
            GroupSession.id.expression,
            bindparam("now", type_=UtcDateTime),
        ),
        GroupSession.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(GroupSession.next_at)
    .limit(bindparam("limit", type_=Integer))
)
_COUNT_COMPLETED = (
    update(MentorProfile)
    .where(MentorProfile.id == bindparam("row_profile", type_=RowId))
    .values(sessions_completed=MentorProfile.sessions_completed + 1)
)


async def advance_due(tx: Transaction, limit: int = 50) -> int:
    """Apply what is due by time alone to group sessions, one step each, in all guilds.

    One that can't be read or advanced is recorded as a fault and tried again later. Returns how
    many were tried; when that is `limit`, more may be due.
    """
    due = (await tx.connection.scalars(_DUE, {"now": tx.now, "limit": limit})).all()

    async def advance_one(group_id: int) -> int:
        await advance(tx, await group_views.load(tx, group_id))
        return group_id

    outcome = await faults.isolate(
        tx, FaultKind.GROUP_SESSION, due, advance_one, lambda group_id: group_id
    )
    await faults.clear(tx, FaultKind.GROUP_SESSION, outcome.results)
    return len(due)


async def advance(tx: Transaction, group: GroupView) -> None:
    """Apply the next step of a group session that is due."""
    if group.status is SessionStatus.IN_PROGRESS:
        await _end(tx, group)
    elif group.seats_taken < group.minimum_seats:
        # Also after a downtime that lasted until the start: the minimum is a promise to both sides.
        await group_changes.call_off(
            tx, group, Party.CLOCK, by=None, reason=EndReason.TOO_FEW_SEATS
        )
    elif tx.now >= group.starts_at:
        columns = {"next_at": group.ends_at, "waitlist_at": None}
        await group_changes.change(tx, group, Action.START, Party.CLOCK, columns)
        if group.waiting:
            await waitlist.fill(tx, group.id)
    else:
        # There are enough seats at the deadline. The minimum matters no more, so that a seat that
        # becomes free later cancels nothing.
        values = {"next_at": group.starts_at, "minimum_seats": 0}
        await tx.connection.execute(
            update_by_id(GroupSession, *values), {"row_id": group.id, **values}
        )
        await group_rows.mark_card(tx, group.id)


async def _end(tx: Transaction, group: GroupView) -> None:
    columns = {"next_at": None, "ended_at": tx.now}
    await group_changes.change(tx, group, Action.COMPLETE, Party.CLOCK, columns)
    if group.seats_taken:
        await tx.connection.execute(_COUNT_COMPLETED, {"row_profile": group.profile_id})
