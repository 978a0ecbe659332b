"""Reading a person's calendars at once: before they are booked, or because the person asks for it.

Somebody waits for other servers then, so use cases can't do it: the bot and the API are given
something that can. They call it outside of transactions.
"""

from __future__ import annotations

from typing import Protocol


class BusyRefresher(Protocol):
    """Brings what is known of people's calendars up to date."""

    async def refresh(self, user_id: int) -> None:
        """Read a person's calendars if they weren't read for 15 minutes.

        Takes a second or so at most and never raises: the booking goes on with what is known.
        """

    async def check(self, user_id: int, calendar_id: int) -> None:
        """Read one of a person's calendars if it is due (`external_calendars.check_now`).

        Takes as long as `refresh` at most, and never raises.
        """
