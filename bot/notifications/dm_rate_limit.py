"""The budget for opening direct messages with people whom the bot has not written to before.

Discord names no figure, but takes a bot that opens many of them in a short time for a spammer: it
answers with error 40003, and in the end quarantines the bot, which then can write to nobody new.
People who counted were flagged after 20 to 50 in a row. Writing to somebody again costs nothing
of this budget, since that channel is open.
"""

from __future__ import annotations

from datetime import datetime, timedelta

BURST = 10
"""How many may be opened in a row after a rest."""

INTERVAL = timedelta(seconds=10)
"""How often one more may be opened: 360 an hour."""

COOLDOWN = timedelta(minutes=10)
"""How long nothing is opened after Discord has complained."""


class DmRateLimit:
    """Gives out the moments at which direct messages may be opened.

    What is urgent gets one at once while fewer than `BURST` urgent ones came in a row, and those
    who come after it wait longer for that; everybody else gets the next moment in their turn.
    """

    def __init__(self) -> None:
        self._next: datetime | None = None
        self._next_urgent: datetime | None = None
        self._promised: dict[int, datetime] = {}

    def reserve(self, notification_id: int, *, urgent: bool, now: datetime) -> datetime:
        """When the message of a notice may be opened: now, or at a later time that is promised.

        Whoever comes back at the time that they were promised may go.
        """
        promised = self._promised.pop(notification_id, None)
        if promised is not None and promised <= now:
            return now
        if urgent:
            own = _next_opening(self._next_urgent, now)
            if own <= now:
                self._next_urgent = own + INTERVAL
                self._next = _next_opening(self._next, now) + INTERVAL
                return now
        slot = promised or _next_opening(self._next, now)
        if promised is None:
            self._next = slot + INTERVAL
        if slot > now:
            self._promised[notification_id] = slot
        return max(slot, now)

    def pause(self, now: datetime) -> datetime:
        """Discord has complained: open nothing until the time that is returned."""
        until = now + COOLDOWN
        self._next = self._next_urgent = until
        self._promised.clear()
        return until


def _next_opening(after: datetime | None, now: datetime) -> datetime:
    """The next moment of a budget; unused ones are kept, `BURST` of them at most."""
    earliest = now - (BURST - 1) * INTERVAL
    return earliest if after is None else max(after, earliest)
