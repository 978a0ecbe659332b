"""The UTC offset that a participant's zone was to have at the start, as of the booking.

It is kept with the zone, so that a later version of the tz database can't move the time on
somebody's clock unnoticed (`mentorship.sessions.wall_times.zone_rules`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from mentorship.time import timezones
from storage import Transaction
from storage.tables import Participant


def offset(zone: str, starts_at: datetime) -> int:
    """Return the offset of a zone at the start of a session, in minutes east of UTC."""
    return timezones.offset_at(starts_at, zone) // 60


def columns(zone: str | None, starts_at: datetime) -> dict[str, Any]:
    """Return a participant's columns for a session that starts at that time.

    They are NULL for a person without a zone.
    """
    return {"timezone": zone, "utc_offset": None if zone is None else offset(zone, starts_at)}


async def follow_start(tx: Transaction, session_id: int, starts_at: datetime) -> None:
    """Keep the offsets at the new start of a session that was moved.

    What its participants said about being late was about the old one.
    """
    rows = (await tx.connection.execute(_SELECT, {"session": session_id})).all()
    await tx.connection.execute(
        _UPDATE,
        [
            {
                "session": session_id,
                "user": row.user_id,
                "offset": None if row.timezone is None else offset(row.timezone, starts_at),
            }
            for row in rows
        ],
    )


_SELECT = select(Participant.user_id, Participant.timezone).where(
    Participant.session_id == bindparam("session")
)
_UPDATE = (
    update(Participant)
    .where(Participant.session_id == bindparam("session"), Participant.user_id == bindparam("user"))
    .values(utc_offset=bindparam("offset"), late_minutes=None)
)
