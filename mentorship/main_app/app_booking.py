"""A booking as the main app asks for it: with the member's time zone beside it."""

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
    """Book as `booking.book` does; a member who has no time zone yet takes `zone` for theirs."""
    try:
        return await booking.book(tx, actor, request)
    except TimezoneNeeded:
        if zone is None:
            raise
        await timezone_change.set_timezone(tx, actor, zone)
        return await booking.book(tx, actor, request)
