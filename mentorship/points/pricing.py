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


def payout(price: int, fee_percent: int) -> int:
    """Return what the mentor gets for a session that took place: the price less the fee."""
    return price - fee(price, fee_percent)


def free_cancellation_end(
    starts_at: datetime, free_until: int, *, agreed_at: datetime | None = None, grace: int = 0
) -> datetime:
    """Return until when a mentee who cancels is refunded in full, that instant included.

    `free_until` minutes before the start; for a session that was agreed on at `agreed_at`, not
    before `grace` minutes after that. Never after the start.
    """
    end = starts_at - timedelta(minutes=free_until)
    if agreed_at is None or not grace:
        return end
    return max(end, min(agreed_at + timedelta(minutes=grace), starts_at))


def refund_to_mentee(price: int, *, now: datetime, free_until: datetime, late_percent: int) -> int:
    """Return the refund of a mentee who cancels at `now`.

    The whole price up to and including `free_until`, then `late_percent` of it, rounded down.
    """
    return price if now <= free_until else price * late_percent // 100
