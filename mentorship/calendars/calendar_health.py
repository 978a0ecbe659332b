"""What operators have to know about members' own calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from storage import Transaction
from storage.tables import CalendarEntry, ExternalCalendar

OVERDUE_AFTER = timedelta(minutes=15)
"""How long after it should have been read a calendar is overdue, or written, a session in one."""


@dataclass(frozen=True, slots=True)
class CalendarHealth:
    """Whether there are calendars, and since when one should have been read or written.

    `overdue_since` is None while all is done in time.
    """

    has_calendars: bool
    overdue_since: datetime | None


async def load(tx: Transaction) -> CalendarHealth:
    """Return how reading and writing calendars is going."""
    due = [await tx.connection.scalar(statement) for statement in _FIRST_DUE]
    first: datetime | None = min(filter(None, due), default=None)
    is_late = first is not None and first <= tx.now - OVERDUE_AFTER
    return CalendarHealth(
        bool(await tx.connection.scalar(_HAS_CALENDARS)), first if is_late else None
    )


_HAS_CALENDARS = select(exists().where(ExternalCalendar.id > 0))
_FIRST_DUE = tuple(
    select(func.min(table.next_at)).where(table.next_at.is_not(None))
    for table in (ExternalCalendar, CalendarEntry)
)
