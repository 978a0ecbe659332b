"""Calendars that mentors keep elsewhere, with the times at which they are busy there."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert

from mentorship.actors import Actor
from storage import Transaction
from storage.tables import ExternalBusy, ExternalCalendar


async def add_calendar(
    tx: Transaction, owner: Actor, *appointments: tuple[datetime, timedelta]
) -> int:
    """Add a calendar as if it had been read already: with the start and length of appointments."""
    calendar_id = await tx.connection.scalar(
        insert(ExternalCalendar)
        .values(
            guild_id=owner.guild,
            user_id=owner.user_id,
            kind="ics",
            label="Private",
            address="encrypted",
            address_hash=str(appointments),
            created_at=tx.now,
        )
        .returning(ExternalCalendar.id)
    )
    assert calendar_id is not None
    rows = [
        {
            "calendar_id": calendar_id,
            "user_id": owner.user_id,
            "starts_at": start,
            "ends_at": start + length,
        }
        for start, length in appointments
    ]
    if rows:
        await tx.connection.execute(insert(ExternalBusy), rows)
    return calendar_id
