"""Mentors' trips in the database: load and replace them.

As in `hours_storage`, a use case calls `hours_storage.record_change` after its changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, insert, select

from mentorship.availability import hours_limits
from mentorship.availability.travel import Travel
from storage import Transaction
from storage.queries import delete_some
from storage.tables import MentorProfile, TravelRow


async def load(tx: Transaction, profile_id: int) -> tuple[Travel, ...]:
    """Load a profile's trips that may still matter, by date."""
    rows = await tx.connection.execute(
        select(TravelRow.first_date, TravelRow.last_date, TravelRow.timezone)
        .where(
            TravelRow.profile_id == profile_id,
            TravelRow.last_date >= hours_limits.first_date_read(tx.now),
        )
        .order_by(TravelRow.first_date)
    )
    return tuple(Travel(*row) for row in rows)


async def add(tx: Transaction, profile_id: int, trips: Iterable[Travel]) -> None:
    """Add trips to a profile. The database refuses one that overlaps another."""
    guild_id = select(MentorProfile.guild_id).where(MentorProfile.id == profile_id)
    rows = [
        {
            "profile_id": profile_id,
            "first_date": trip.first,
            "last_date": trip.last,
            "timezone": trip.zone,
        }
        for trip in trips
    ]
    if rows:
        statement = insert(TravelRow).values(guild_id=guild_id.scalar_subquery())
        await tx.connection.execute(statement, rows)


async def remove(tx: Transaction, profile_id: int, first: date | None = None) -> None:
    """Remove a profile's trip that starts on the date `first`, or all of its trips."""
    statement = delete(TravelRow).where(TravelRow.profile_id == profile_id)
    if first is not None:
        statement = statement.where(TravelRow.first_date == first)
    await tx.connection.execute(statement)


async def delete_past(tx: Transaction, limit: int) -> int:
    """Delete at most `limit` trips that nothing reads any more, in all guilds.

    Returns how many there were.
    """
    table = TravelRow.__table__
    past = table.c.last_date < hours_limits.first_date_read(tx.now)
    return await delete_some(tx.connection, table, past, order_by=[table.c.last_date], limit=limit)
