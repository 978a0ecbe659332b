"""Book for the main app, which sends the member's time zone with the request."""

from __future__ import annotations

from mentorship.actors import Actor
from mentorship.availability import timezone_change
from mentorship.errors import TimezoneNeeded
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.session_views import SessionView
from storage import Transaction


async def book(
    tx: Transaction, actor: Actor, request: BookingRequest, zone: str | None
) -> SessionView:
    """Book a session; `zone` becomes the time zone of a member who has none yet.

    Raises what `booking.book` does, and `UnknownTimezone`.
    """
    try:
        return await booking.book(tx, actor, request)
    except TimezoneNeeded:
        if zone is None:
            raise
        await timezone_change.set_timezone(tx, actor, zone)
        return await booking.book(tx, actor, request)
