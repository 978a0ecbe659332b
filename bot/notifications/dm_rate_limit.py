"""A rate limit for opening direct messages with people whom the bot has not written to before.

Discord documents no number, but treats a bot that opens many of them quickly as a spammer. It first
answers with error 40003 and in the end quarantines the bot, which then can open none. Developers
report being flagged after 20 to 50 in a row. Messages in an open channel do not count.
"""

from __future__ import annotations

from datetime import datetime, timedelta

BURST = 10
"""Channels that may be opened at once after a pause."""

INTERVAL = timedelta(seconds=10)
"""Time after which one more channel may be opened: 360 an hour."""

COOLDOWN = timedelta(minutes=10)
"""How long no channel is opened after Discord has complained."""


class DmRateLimit:
    """Assigns the times at which direct messages may be opened: a token bucket of `BURST` tokens.

    Urgent notifications have a bucket of their own and need not wait until it is empty; each also
    delays those that are not urgent. All others are served in order.
    """

    def __init__(self) -> None:
        self._next: datetime | None = None
        self._next_urgent: datetime | None = None
        self._reserved: dict[int, datetime] = {}

    def reserve(self, notification_id: int, *, urgent: bool, now: datetime) -> datetime:
        """Return when the channel for a notification may be opened: `now`, or later.

        A later time is reserved: the notification may be sent when it asks again at that time.
        """
        reserved = self._reserved.pop(notification_id, None)
        if reserved is not None and reserved <= now:
            return now
        if urgent:
            urgent_opening = _next_opening(self._next_urgent, now)
            if urgent_opening <= now:
                self._next_urgent = urgent_opening + INTERVAL
                self._next = _next_opening(self._next, now) + INTERVAL
                return now
        opening = reserved or _next_opening(self._next, now)
        if reserved is None:
            self._next = opening + INTERVAL
        if opening > now:
            self._reserved[notification_id] = opening
        return max(opening, now)

    def pause(self, now: datetime) -> datetime:
        """Open nothing for `COOLDOWN`, since Discord has complained. Returns the end of the
        pause."""
        until = now + COOLDOWN
        self._next = self._next_urgent = until
        self._reserved.clear()
        return until


def _next_opening(after: datetime | None, now: datetime) -> datetime:
    """Return the next time of a bucket; up to `BURST` unused ones are kept."""
    earliest = now - (BURST - 1) * INTERVAL
    return earliest if after is None else max(after, earliest)
