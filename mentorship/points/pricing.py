"""Prices, fees and refunds of sessions, in whole points. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta


def price(hourly_rate: int, minutes: int) -> int:
    """Return the price of a session: rate times hours, rounded half up to a whole point.

    >>> price(45, 30)
    23
    """
    return (2 * hourly_rate * minutes + 60) // 120


def fee(price: int, percent: int) -> int:
    """Return the guild's fee, rounded down: a fraction of a point goes to the mentor."""
    return price * percent // 100


def refund_to_mentee(
    price: int, *, starts_at: datetime, now: datetime, free_until: int, late_percent: int
) -> int:
    """Return the refund of a mentee who cancels at `now`.

    The whole price up to and including `free_until` minutes before the start, then `late_percent`
    of it, rounded down.
    """
    if now <= starts_at - timedelta(minutes=free_until):
        return price
    return price * late_percent // 100
