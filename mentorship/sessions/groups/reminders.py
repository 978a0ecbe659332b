"""What a mentor is told about their group session ahead of time, and attendees of another place.

Attendees have the reminders of their seats
(`mentorship.sessions.transitions.scheduled_notifications`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Integer, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from mentorship import faults
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.notifications import reminders, writing
from mentorship.notifications.publishing import publish
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import GroupView
from mentorship.statuses import AGREED
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import GroupPlace, GroupSession
from storage.types import RowId, UtcDateTime

TOLD_AT_ONCE = 25
"""How many attendees one transaction tells of another place to meet, or of a delay."""


async def schedule(tx: Transaction, group: GroupView, guild: GuildSettings) -> None:
    """Write the mentor's reminders and "starting now" of a group session to the outbox."""
    drafts = await reminders.scheduled_drafts(
        tx,
        guild_id=group.guild_id,
        group_id=group.id,
        sequence=group.sequence,
        people=(group.mentor.user_id,),
        starts_at=group.starts_at,
        ends_at=group.ends_at,
        leads=guild.reminders,
    )
    await writing.write(tx, drafts)


async def drop(tx: Transaction, group_id: int) -> None:
    """Drop what is scheduled for a group session that won't take place."""
    await reminders.drop_scheduled_of_group(tx, group_id)


async def replace(tx: Transaction, group: GroupView, guild: GuildSettings) -> None:
    """Schedule the notifications of a group session that was moved anew, at its new time."""
    await drop(tx, group.id)
    await schedule(tx, group, guild)


async def tell_place(tx: Transaction, group: GroupView) -> None:
    """Tell the attendees that they meet elsewhere: the first now, the others by `tell_due`.

    Either their mentor has chosen another place, or the room that they wait for can't be opened.
    """
    await _tell_some(tx, group, told_to=0)


async def tell_due(tx: Transaction, limit: int = 10) -> int:
    """Tell more attendees of other places to meet. Returns for how many group sessions."""
    return await tell_more(tx, _DUE, _tell_some, limit)


async def tell_more(
    tx: Transaction,
    due: Select[*tuple[Any, ...]],
    tell_some: Callable[[Transaction, GroupView, int], Awaitable[None]],
    limit: int,
) -> int:
    """Tell more attendees what others of their group session have been told.

    `due` is what `select_untold` returns. `tell_some` gets the seat after which to go on. Returns
    for how many group sessions, at most `limit`.
    """
    rows = (await tx.connection.execute(due, {"now": tx.now, "limit": limit})).all()
    told_to = {row.id: row.told_to for row in rows}

    async def tell_one(group_id: int) -> int:
        await tell_some(tx, await group_views.load(tx, group_id), told_to[group_id])
        return group_id

    outcome = await faults.isolate(
        tx, FaultKind.GROUP_SESSION, list(told_to), tell_one, lambda group_id: group_id
    )
    await faults.clear(tx, FaultKind.GROUP_SESSION, outcome.results)
    return len(rows)


def select_untold(told_to: InstrumentedAttribute[int | None]) -> Select[*tuple[Any, ...]]:
    """Return the statement for group sessions of which some attendees have yet to be told.

    `told_to` is the column with the seat up to which they were told, NULL if all were.
    """
    return (
        select(GroupSession.id, told_to.label("told_to"))
        .where(
            told_to.is_not(None),
            ~faults.awaits_retry(
                FaultKind.GROUP_SESSION,
                GroupSession.id.expression,
                bindparam("now", type_=UtcDateTime),
            ),
            GroupSession.guild_id.not_in(guild_settings.BEING_PURGED),
        )
        .order_by(told_to)
        .limit(bindparam("limit", type_=Integer))
    )


async def _tell_some(tx: Transaction, group: GroupView, told_to: int) -> None:
    """Tell the next attendees, in the order of their seats, and note up to which one."""
    attendees = await group_views.list_attendees(tx, group.id, TOLD_AT_ONCE, told_to)
    missing = await tx.connection.scalar(_MISSING, {"group": group.id, "place": group.place})
    for attendee in attendees if group.status in AGREED else ():
        event = Event(
            EventType.MEETING_LINK_CHANGED,
            group.guild_id,
            group.mentor.user_id if missing is None else None,
            subject_id=attendee.user_id,
            session_id=attendee.session_id,
            group_id=group.id,
            facts={} if missing is None else {"room": missing},
        )
        await publish(tx, event, participants=[attendee.user_id], useful_until=group.ends_at)
    is_done = len(attendees) < TOLD_AT_ONCE or group.status not in AGREED
    values = {"place_told_to": None if is_done else attendees[-1].session_id}
    await tx.connection.execute(_SET_TOLD, {"row_id": group.id, **values})


_DUE = select_untold(GroupSession.place_told_to)
# The room that they were waiting for, if it isn't the mentor who lets them meet elsewhere.
_MISSING = select(GroupPlace.kind).where(
    GroupPlace.group_id == bindparam("group", type_=RowId),
    GroupPlace.kind == bindparam("place"),
    GroupPlace.told_at.is_not(None),
)
_SET_TOLD = update_by_id(GroupSession, "place_told_to")
