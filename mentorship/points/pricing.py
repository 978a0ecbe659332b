"""What a session costs, and what comes back. Whole points in, whole points out."""

from __future__ import annotations

from datetime import datetime, timedelta


def price(hourly_rate: int, minutes: int) -> int:
    """The price of a session: rate times hours, rounded half up to a whole point.

    >>> price(45, 30)
    23
    """
    return (2 * hourly_rate * minutes + 60) // 120


def fee(price: int, percent: int) -> int:
    """The guild's share of a completed session; a fraction of a point stays with the mentor."""
    return price * percent // 100


def refund_to_mentee(
    price: int, *, starts_at: datetime, now: datetime, free_until: int, late_percent: int
) -> int:
    """What a mentee gets back who cancels now.

    All of it up to `free_until` minutes before the start, that very minute included; afterwards
    `late_percent` of it, rounded down.
    """
    if now <= starts_at - timedelta(minutes=free_until):
        return price
    return price * late_percent // 100
