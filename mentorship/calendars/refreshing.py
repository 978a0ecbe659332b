"""Reading a person's calendars before they are booked, if that is overdue.

Whoever books waits for other servers then, so use cases can't do it: the bot and the API are given
something that can, and call it before the booking's transaction.
"""

from __future__ import annotations

from typing import Protocol


class BusyRefresher(Protocol):
    """Brings what is known of people's calendars up to date."""

    async def refresh(self, user_id: int) -> None:
        """Read a person's calendars if they weren't read for 15 minutes.

        Takes a second or so at most and never raises: the booking goes on with what is known.
        """
