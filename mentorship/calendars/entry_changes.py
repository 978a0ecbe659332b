"""What people do to our entries in their own calendars: deleting or moving them.

The session stays as it is, since another person's time and points depend on it. The owner of the
calendar is asked once about each change whether the session should follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, select, update

from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.statuses import UPCOMING
from storage import Transaction
from storage.tables import CalendarEntry, ExternalCalendar, GroupSession, Session
from storage.types import RowId, UtcDateTime

DELETED, MOVED = "deleted", "moved"
"""The values of `CalendarEntry.their_change`."""

MAX_WATCHED = 1_000
"""Entries of one calendar that are compared, at most."""


@dataclass(frozen=True, slots=True)
class WatchedEntry:
    """An entry of an upcoming session as it was last written."""

    id: int
    name: str
    etag: str | None
    starts_at: datetime
    ends_at: datetime
    their_change: str | None


@dataclass(frozen=True, slots=True)
class TheirChange:
    """What somebody has done to an entry over there.

    It was deleted, or is now from `starts_at` to `ends_at`; with the times that were written it was
    changed back, or in another way. `etag` is its new one, None if the server doesn't say.
    """

    entry_id: int
    is_deleted: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    etag: str | None = None


async def list_watched(tx: Transaction, calendar_id: int) -> tuple[WatchedEntry, ...]:
    """Return the entries of a calendar that are as their sessions say, for all that is known.

    Those that are about to be written aren't among them.
    """
    params = {"calendar": calendar_id, "now": tx.now, "limit": MAX_WATCHED}
    rows: Any = await tx.connection.execute(_WATCHED, params)
    return tuple(WatchedEntry(*row) for row in rows)


async def record(tx: Transaction, calendar_id: int, changes: Sequence[TheirChange]) -> int:
    """Record changes of entries over there, and ask their owner about them.

    Returns how many are new. A change that was noticed before asks nobody again, and one that was
    undone is forgotten.
    """
    new = 0
    for change in changes:
        params = {"entry": change.entry_id, "calendar": calendar_id}
        row = (await tx.connection.execute(_ENTRY, params)).one_or_none()
        if row is None or row.starts_at is None:
            continue
        is_moved = not change.is_deleted and (
            (change.starts_at, change.ends_at) != (row.starts_at, row.ends_at)
        )
        kind = DELETED if change.is_deleted else MOVED if is_moved else None
        is_known = kind == row.their_change and (
            kind != MOVED
            or (row.their_starts_at, row.their_ends_at) == (change.starts_at, change.ends_at)
        )
        await tx.connection.execute(
            _CHANGE,
            {
                "entry": change.entry_id,
                "their": kind,
                "start": change.starts_at if is_moved else None,
                "end": change.ends_at if is_moved else None,
                # A deleted entry keeps the one that tells it apart from a new one.
                "tag": row.etag if change.is_deleted else change.etag,
            },
        )
        if kind is None or is_known or row.status_now not in UPCOMING:
            continue
        if row.starts_at_now <= tx.now:
            continue
        new += 1
        await writing.write(tx, [_question(tx, row, change)])
    return new


def _question(tx: Transaction, row: Any, change: TheirChange) -> NotificationDraft:
    start = change.starts_at
    facts: dict[str, Any] = {"entry": row.id, "calendar": row.label}
    if start is not None and not change.is_deleted:
        facts["start"] = int(start.timestamp())
    return NotificationDraft(
        NotificationKind.ENTRY_DELETED if change.is_deleted else NotificationKind.ENTRY_MOVED,
        row.guild_id,
        row.user_id,
        subject=f"{row.id}.{writing.unique_subject()}",
        due_at=tx.now,
        useful_until=row.starts_at_now,
        session_id=row.session_id,
        group_id=row.group_id if row.session_id is None else None,
        facts=facts,
        starts_at=row.starts_at_now,
        caused_by=row.user_id,
    )


_OF_CALENDAR = CalendarEntry.calendar_id == bindparam("calendar", type_=RowId)
_IS_ENTRY = CalendarEntry.id == bindparam("entry", type_=RowId)
_NOW = bindparam("now", type_=UtcDateTime)


def _current(session: Any, group: Any) -> Any:
    return case((CalendarEntry.session_id.is_not(None), session), else_=group)


_WATCHED = (
    select(
        CalendarEntry.id,
        CalendarEntry.href,
        CalendarEntry.etag,
        CalendarEntry.starts_at,
        CalendarEntry.ends_at,
        CalendarEntry.their_change,
    )
    .where(
        _OF_CALENDAR,
        CalendarEntry.href.is_not(None),
        CalendarEntry.sequence.is_not(None),
        CalendarEntry.next_at.is_(None),
        CalendarEntry.starts_at > _NOW,
    )
    .order_by(CalendarEntry.id.desc())
    .limit(bindparam("limit"))
)
_ENTRY = (
    select(
        CalendarEntry.id,
        CalendarEntry.guild_id,
        CalendarEntry.session_id,
        CalendarEntry.group_id,
        CalendarEntry.etag,
        CalendarEntry.sequence,
        CalendarEntry.starts_at,
        CalendarEntry.ends_at,
        CalendarEntry.their_change,
        CalendarEntry.their_starts_at,
        CalendarEntry.their_ends_at,
        ExternalCalendar.user_id,
        ExternalCalendar.label,
        _current(Session.status, GroupSession.status).label("status_now"),
        _current(Session.starts_at, GroupSession.starts_at).label("starts_at_now"),
    )
    .join(ExternalCalendar, ExternalCalendar.id == CalendarEntry.calendar_id)
    .outerjoin(Session, Session.id == CalendarEntry.session_id)
    .outerjoin(GroupSession, GroupSession.id == CalendarEntry.group_id)
    .where(_IS_ENTRY, _OF_CALENDAR)
)
_CHANGE = (
    update(CalendarEntry)
    .where(_IS_ENTRY)
    .values(
        their_change=bindparam("their"),
        their_starts_at=bindparam("start", type_=UtcDateTime),
        their_ends_at=bindparam("end", type_=UtcDateTime),
        etag=bindparam("tag"),
    )
)
