"""Sessions as entries in people's calendars over CalDAV: which ones are to be written or removed.

A row of `calendar_entries` that has `next_at` is to be compared with its session as it is then, and
brought up to date (`mentorship.calendars.entry_work`). So it is enough to mark rows: those of a
session after each event about it, and all of a calendar when it is connected or disconnected.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    Insert,
    bindparam,
    case,
    exists,
    literal,
    literal_column,
    select,
    update,
)

from mentorship.actors import Actor
from mentorship.calendars.entry_work import LEASE
from mentorship.errors import NotFound, Subject
from mentorship.event_types import EventType
from mentorship.statuses import LIVE
from mentorship.webhooks import cursors
from mentorship.webhooks.feed_events import FeedEvent
from storage import Transaction
from storage.queries import upsert
from storage.tables import CalendarEntry, ExternalCalendar, GroupSession, Participant, Session
from storage.types import RowId, UtcDateTime

CURSOR = "calendar_entries"
"""The name of the cursor with which events are followed."""

MAX_BACKFILLED = 500
"""Upcoming sessions of each kind that are written into a calendar when it is connected."""

_KEPT = frozenset(
    {
        EventType.RESCHEDULE_DECLINED,
        EventType.RESCHEDULE_WITHDRAWN,
        EventType.RESCHEDULE_EXPIRED,
    }
)
"""Events after which the session's time is no longer in question, so entries show it again."""


async def follow_event(tx: Transaction, event: FeedEvent) -> None:
    """Mark the entries of the session that an event is about, in the calendars of its people."""
    if event.session_id is not None:
        params = _now(tx) | {"session": event.session_id}
        await tx.connection.execute(_add_session(tx.dialect), params)
        await tx.connection.execute(_MARK_SESSION, params)
        if event.type in _KEPT:
            await tx.connection.execute(_RESTORE_MOVED, params)
    if event.group_id is not None:
        params = _now(tx) | {"group": event.group_id}
        await tx.connection.execute(_add_group(tx.dialect), params)
        await tx.connection.execute(_MARK_GROUP, params)
        if event.session_id is None:
            await tx.connection.execute(_MARK_SEATS, params)


async def add_upcoming(tx: Transaction, calendar_id: int) -> None:
    """Write the upcoming sessions of a calendar's owner into it, as it is connected."""
    # What happens from now on is followed, even if this is the first calendar of all.
    await cursors.begin(tx, CURSOR)
    params = {"calendar": calendar_id, "at": tx.now, "limit": MAX_BACKFILLED}
    for statement in _backfill(tx.dialect):
        await tx.connection.execute(statement, params)


async def remove_upcoming(tx: Transaction, calendar_id: int) -> None:
    """Mark all entries of a calendar that no longer receives sessions.

    Those of upcoming sessions are then deleted over there; the others stay.
    """
    await tx.connection.execute(_MARK_CALENDAR, _now(tx) | {"calendar": calendar_id})


async def has_entries(tx: Transaction, calendar_id: int) -> bool:
    """Return whether a calendar has entries that are known."""
    return bool(await tx.connection.scalar(_HAS_ENTRIES, {"calendar": calendar_id}))


async def retry_all(tx: Transaction, calendar_id: int) -> None:
    """Make the entries due at once that have failed, since their calendar works again."""
    await tx.connection.execute(_RETRY, _now(tx) | {"calendar": calendar_id})


async def keep(tx: Transaction, actor: Actor, entry_id: int) -> int | None:
    """Keep a session that was moved or deleted in the actor's calendar, and write it again there.

    Returns the session's id, None for a group session. Raises `NotFound`.
    """
    params = _now(tx) | {"entry": entry_id, "user": actor.user_id}
    row = (await tx.connection.execute(_OWN_ENTRY, params)).one_or_none()
    if row is None:
        raise NotFound(Subject.SESSION)
    await tx.connection.execute(_RESTORE, params)
    session_id: int | None = row.session_id
    return session_id


def _now(tx: Transaction) -> dict[str, Any]:
    return {"at": tx.now, "lease_end": tx.now + LEASE}


_AT = bindparam("at", type_=UtcDateTime)
_IS_SESSION = CalendarEntry.session_id == bindparam("session", type_=RowId)
_IS_GROUP = CalendarEntry.group_id == bindparam("group", type_=RowId)
_OF_CALENDAR = CalendarEntry.calendar_id == bindparam("calendar", type_=RowId)

_RECEIVES = (
    ExternalCalendar.kind == literal_column("'caldav'"),
    ExternalCalendar.receives_sessions.is_(True),
    ExternalCalendar.removed_at.is_(None),
)
_COLUMNS = ["guild_id", "calendar_id", "session_id", "group_id", "next_at", "attempts"]

# An entry that is being worked on isn't given to a second worker, which might delete it before the
# first has written it. Its attempts tell the first one that it is due again.
_LEASE_END = bindparam("lease_end", type_=UtcDateTime)
_IS_LEASED = (CalendarEntry.next_at > _AT) & (CalendarEntry.next_at <= _LEASE_END)
_DUE: dict[str, Any] = {
    "next_at": case((_IS_LEASED, CalendarEntry.next_at), else_=_AT),
    "attempts": 0,
}
_MARK_SESSION = update(CalendarEntry).where(_IS_SESSION).values(_DUE)
_MARK_GROUP = update(CalendarEntry).where(_IS_GROUP).values(_DUE)
_MARK_CALENDAR = update(CalendarEntry).where(_OF_CALENDAR).values(_DUE)
_MARK_SEATS = (
    update(CalendarEntry)
    .where(
        CalendarEntry.session_id.in_(
            select(Session.id).where(
                Session.group_id == bindparam("group", type_=RowId), Session.status.in_(LIVE)
            )
        )
    )
    .values(_DUE)
)
# Without a sequence, what is over there is overwritten.
_AGAIN = {**_DUE, "sequence": None, "their_change": None}
_RESTORE_MOVED = (
    update(CalendarEntry)
    .where(_IS_SESSION, CalendarEntry.their_change == literal_column("'moved'"))
    .values(_AGAIN)
)
_RETRY = (
    update(CalendarEntry)
    .where(_OF_CALENDAR, CalendarEntry.next_at > _LEASE_END)
    .values(next_at=_AT)
)
_HAS_ENTRIES = select(exists().where(_OF_CALENDAR))
_IS_ENTRY = CalendarEntry.id == bindparam("entry", type_=RowId)
_OWN_ENTRY = (
    select(CalendarEntry.session_id)
    .join(ExternalCalendar, ExternalCalendar.id == CalendarEntry.calendar_id)
    .where(_IS_ENTRY, ExternalCalendar.user_id == bindparam("user", type_=RowId))
)
_RESTORE = (
    update(CalendarEntry).where(_IS_ENTRY, CalendarEntry.their_change.is_not(None)).values(_AGAIN)
)

_OF_PARTICIPANT = (ExternalCalendar.user_id == Participant.user_id) & (
    ExternalCalendar.guild_id == Participant.guild_id
)
_OF_MENTOR = (ExternalCalendar.user_id == GroupSession.mentor_id) & (
    ExternalCalendar.guild_id == GroupSession.guild_id
)
_NO_ID = literal(None, RowId)
_ZERO = literal(0)
_SESSION_ROW: Any = (
    *(Participant.guild_id, ExternalCalendar.id, Participant.session_id),
    *(_NO_ID, _AT, _ZERO),
)
_GROUP_ROW: Any = (
    *(GroupSession.guild_id, ExternalCalendar.id, _NO_ID, GroupSession.id),
    *(_AT, _ZERO),
)
# The mentor of a group session has one entry for it, and none for each seat.
_IN_SESSION = Participant.role != literal_column("'host'")


@cache
def _add_session(dialect: str) -> Insert:
    """Return the statement that adds entries of a session to the calendars of its people."""
    rows = (
        select(
            Participant.guild_id,
            ExternalCalendar.id,
            Participant.session_id,
            _NO_ID,
            _AT,
            literal(0),
        )
        .join(ExternalCalendar, _OF_PARTICIPANT)
        .where(Participant.session_id == bindparam("session", type_=RowId), _IN_SESSION, *_RECEIVES)
    )
    return _insert(dialect, rows)


@cache
def _add_group(dialect: str) -> Insert:
    rows = (
        select(*_GROUP_ROW)
        .join(ExternalCalendar, _OF_MENTOR)
        .where(GroupSession.id == bindparam("group", type_=RowId), *_RECEIVES)
    )
    return _insert(dialect, rows)


@cache
def _backfill(dialect: str) -> tuple[Insert, Insert]:
    """Return the statements that add all upcoming sessions of its owner to a calendar."""
    is_calendar = ExternalCalendar.id == bindparam("calendar", type_=RowId)
    limit: Any = bindparam("limit")
    sessions = (
        select(
            Participant.guild_id,
            ExternalCalendar.id,
            Participant.session_id,
            _NO_ID,
            _AT,
            literal(0),
        )
        .join(ExternalCalendar, _OF_PARTICIPANT)
        .where(
            is_calendar,
            *_RECEIVES,
            # All columns of one index up to the start.
            Participant.role.in_(["mentor", "mentee"]),
            Participant.session_status.in_(["scheduled", "confirmed"]),
            Participant.session_starts_at > _AT,
        )
        .order_by(Participant.session_starts_at)
        .limit(limit)
    )
    groups = (
        select(*_GROUP_ROW)
        .join(ExternalCalendar, _OF_MENTOR)
        .where(
            is_calendar,
            *_RECEIVES,
            GroupSession.status == literal_column("'confirmed'"),
            GroupSession.starts_at > _AT,
        )
        .order_by(GroupSession.starts_at)
        .limit(limit)
    )
    return _insert(dialect, sessions), _insert(dialect, groups)


def _insert(dialect: str, rows: Any) -> Insert:
    return upsert(dialect, CalendarEntry).from_select(_COLUMNS, rows).on_conflict_do_nothing()
