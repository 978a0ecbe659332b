"""The phase of an erasure that deletes the person's own calendars, and what was read from them."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, delete, select

from mentorship.operations.erasure_phases.rows import (
    GUILD,
    IDS,
    LIMIT,
    PERSON,
    ErasedPerson,
    PhaseProgress,
    run,
)
from storage import Transaction
from storage.tables import CalendarEntry, ExternalBusy, ExternalCalendar

_CALENDARS = (
    select(ExternalCalendar.id)
    .where(
        ExternalCalendar.guild_id == GUILD,
        ExternalCalendar.user_id == PERSON,
        ExternalCalendar.id <= bindparam("until", type_=BigInteger),
    )
    .limit(1)
)
_ROWS = tuple(
    delete(table).where(
        table.id.in_(
            select(table.id).where(table.calendar_id == bindparam("calendar")).limit(LIMIT)
        )
    )
    for table in (ExternalBusy, CalendarEntry)
)
_DELETE_CALENDARS = delete(ExternalCalendar).where(ExternalCalendar.id.in_(IDS))


async def delete_calendars(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """Delete a calendar of the person: first what was read from it or written to it.

    Entries that were written to a server stay there: they are in the person's own calendar.
    """
    until = person.watermarks.get(ExternalCalendar.__tablename__, 0)
    params = person.params | {"until": until, "limit": limit}
    calendar_id = (await run(tx, _CALENDARS, params)).scalar_one_or_none()
    if calendar_id is None:
        return PhaseProgress(0, more=False)
    deleted = 0
    for statement in _ROWS:
        values = {"calendar": calendar_id, "limit": limit - deleted}
        deleted += (await tx.connection.execute(statement, values)).rowcount
        if deleted >= limit:
            return PhaseProgress(deleted, more=True)
    await tx.connection.execute(_DELETE_CALENDARS, {"ids": [calendar_id]})
    return PhaseProgress(deleted + 1, more=True)
