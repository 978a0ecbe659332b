"""Weekly hours and date overrides in the database: load them, and replace them.

Writing them doesn't change the availability's version: a use case calls `record_change` once,
after all of its changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import delete, func, insert, select, update

from mentorship import events
from mentorship.availability import hours_limits
from mentorship.availability.opening_hours import DateOverride, WeeklyHours
from mentorship.event_types import EventType
from mentorship.events import Event
from storage import Transaction
from storage.queries import delete_some
from storage.tables import DateOverrideRow, MentorProfile, WeeklyHoursRow


async def load_weekly(tx: Transaction, profile_id: int) -> list[WeeklyHours]:
    """Load a profile's weekly hours, sorted."""
    rows = await tx.connection.execute(
        select(
            WeeklyHoursRow.weekday, WeeklyHoursRow.start_minute, WeeklyHoursRow.end_minute
        ).where(WeeklyHoursRow.profile_id == profile_id)
    )
    return sorted(WeeklyHours(*row) for row in rows)


async def replace_weekly(tx: Transaction, profile_id: int, weekly: Iterable[WeeklyHours]) -> None:
    """Replace a profile's weekly hours."""
    await tx.connection.execute(
        delete(WeeklyHoursRow).where(WeeklyHoursRow.profile_id == profile_id)
    )
    rows = [
        {
            "profile_id": profile_id,
            "weekday": hours.weekday,
            "start_minute": hours.start,
            "end_minute": hours.end,
        }
        for hours in weekly
    ]
    if rows:
        await tx.connection.execute(insert(WeeklyHoursRow), rows)


async def load_overrides(tx: Transaction, profile_id: int) -> list[DateOverride]:
    """Load a profile's date overrides that may still matter, by date."""
    rows = await tx.connection.execute(
        select(DateOverrideRow.date, DateOverrideRow.start_minute, DateOverrideRow.end_minute)
        .where(
            DateOverrideRow.profile_id == profile_id,
            DateOverrideRow.date >= hours_limits.first_date_read(tx.now),
        )
        .order_by(DateOverrideRow.date, DateOverrideRow.start_minute)
    )
    return [
        DateOverride(
            day,
            tuple(
                (start, end) for _, start, end in of_day if start is not None and end is not None
            ),
        )
        for day, of_day in groupby(rows, key=lambda row: row.date)
    ]


async def replace_overrides(
    tx: Transaction, profile_id: int, overrides: Iterable[DateOverride]
) -> None:
    """Replace all of a profile's date overrides."""
    await tx.connection.execute(
        delete(DateOverrideRow).where(DateOverrideRow.profile_id == profile_id)
    )
    await _insert_overrides(tx, profile_id, overrides)


async def replace_overrides_between(
    tx: Transaction, profile_id: int, first: date, last: date, hours: Sequence[tuple[int, int]]
) -> None:
    """Give each date from `first` to `last` these hours; none make them days off."""
    await delete_overrides_between(tx, profile_id, first, last)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    await _insert_overrides(tx, profile_id, (DateOverride(day, tuple(hours)) for day in days))


async def delete_overrides_between(
    tx: Transaction, profile_id: int, first: date, last: date
) -> None:
    """Delete a profile's overrides of the dates from `first` to `last`."""
    await tx.connection.execute(
        delete(DateOverrideRow).where(
            DateOverrideRow.profile_id == profile_id, DateOverrideRow.date.between(first, last)
        )
    )


async def count_override_dates(tx: Transaction, profile_id: int, since: date) -> int:
    """Count the dates from `since` on that have an override."""
    count = await tx.connection.scalar(
        select(func.count(DateOverrideRow.date.distinct())).where(
            DateOverrideRow.profile_id == profile_id, DateOverrideRow.date >= since
        )
    )
    return count or 0


async def delete_past_overrides(tx: Transaction, limit: int) -> int:
    """Delete at most `limit` rows of date overrides that nothing reads any more, in all guilds.

    Returns how many there were.
    """
    table = DateOverrideRow.__table__
    past = table.c.date < hours_limits.first_date_read(tx.now)
    return await delete_some(tx.connection, table, past, order_by=[table.c.date], limit=limit)


async def record_change(tx: Transaction, profile_id: int) -> None:
    """Give a profile's availability another version, and record the event of its change.

    Clients notice by the version that what they show is out of date.
    """
    updated = await tx.connection.execute(
        update(MentorProfile)
        .where(MentorProfile.id == profile_id)
        .values(availability_version=MentorProfile.availability_version + 1)
        .returning(MentorProfile.guild_id, MentorProfile.user_id)
    )
    profile = updated.one()
    event = Event(EventType.AVAILABILITY_UPDATED, profile.guild_id, profile.user_id)
    await events.record(tx, event)


async def _insert_overrides(
    tx: Transaction, profile_id: int, overrides: Iterable[DateOverride]
) -> None:
    # A day off is a row without minutes.
    rows = [
        {"profile_id": profile_id, "date": override.date, "start_minute": start, "end_minute": end}
        for override in overrides
        for start, end in (override.hours or ((None, None),))
    ]
    if rows:
        await tx.connection.execute(insert(DateOverrideRow), rows)
