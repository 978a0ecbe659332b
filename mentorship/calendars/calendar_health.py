"""What operators have to know about members' own calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from storage import Transaction
from storage.tables import ExternalCalendar

OVERDUE_AFTER = timedelta(minutes=15)
"""How long after it should have been read a calendar is overdue."""


@dataclass(frozen=True, slots=True)
class CalendarHealth:
    """Whether there are calendars, and since when one should have been read, if it is overdue."""

    has_calendars: bool
    overdue_since: datetime | None


async def load(tx: Transaction) -> CalendarHealth:
    """Return how reading calendars is going."""
    first: datetime | None = await tx.connection.scalar(_FIRST_DUE)
    is_late = first is not None and first <= tx.now - OVERDUE_AFTER
    return CalendarHealth(
        bool(await tx.connection.scalar(_HAS_CALENDARS)), first if is_late else None
    )


_HAS_CALENDARS = select(exists().where(ExternalCalendar.id > 0))
_FIRST_DUE = select(func.min(ExternalCalendar.next_at)).where(ExternalCalendar.next_at.is_not(None))
