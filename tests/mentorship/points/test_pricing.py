"""Prices, fees and refunds in whole points."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.points.ledger import MAX_POINTS
from mentorship.points.pricing import (
    fee,
    free_cancellation_end,
    payout,
    price,
    refund_to_mentee,
)

START = datetime(2026, 3, 3, 12, tzinfo=UTC)
RATES = st.integers(0, MAX_POINTS)
MINUTES = st.integers(15, 240)
PERCENT = st.integers(0, 100)


@pytest.mark.parametrize(
    ("rate", "minutes", "points"),
    [
        (60, 60, 60),
        (60, 30, 30),
        (0, 240, 0),
        (45, 30, 23),
        (44, 30, 22),
        (1, 30, 1),
        (1, 29, 0),
        (1, 15, 0),
        (2, 15, 1),
        (10_000, 240, 40_000),
        (7, 50, 6),
        (100, 20, 33),
        (100, 40, 67),
    ],
)
def test_prices_of_sessions(rate: int, minutes: int, points: int) -> None:
    assert price(rate, minutes) == points


@given(RATES, MINUTES)
def test_a_price_is_rate_times_hours_rounded_half_up(rate: int, minutes: int) -> None:
    assert price(rate, minutes) == floor(Fraction(rate * minutes, 60) + Fraction(1, 2))


@given(RATES, PERCENT)
def test_a_fee_is_rounded_down(amount: int, percent: int) -> None:
    share = fee(amount, percent)
    assert type(share) is int
    assert 0 <= share <= amount
    assert 0 <= Fraction(amount * percent, 100) - share < 1


@pytest.mark.parametrize(("percent", "points"), [(0, 55), (10, 50), (100, 0)])
def test_a_mentor_gets_the_price_less_the_fee(percent: int, points: int) -> None:
    assert payout(55, percent) == points


@given(st.integers(1, 20_000), st.integers(0, 20_000), st.integers(0, 1_440))
def test_free_cancellation_lasts_for_the_grace_period_but_never_beyond_the_start(
    minutes_ahead: int, free_until: int, grace: int
) -> None:
    agreed_at = START - timedelta(minutes=minutes_ahead)
    end = free_cancellation_end(START, free_until, agreed_at=agreed_at, grace=grace)
    assert end <= START
    assert end >= free_cancellation_end(START, free_until)
    assert not grace or end >= min(agreed_at + timedelta(minutes=grace), START)
    assert end in (
        START,
        START - timedelta(minutes=free_until),
        agreed_at + timedelta(minutes=grace),
    )


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(days=9), 101),
        (timedelta(hours=24, microseconds=1), 101),
        (timedelta(hours=24), 101),
        (timedelta(hours=24) - timedelta(microseconds=1), 50),
        (timedelta(hours=23, minutes=59), 50),
        (timedelta(seconds=1), 50),
    ],
)
def test_the_refund_changes_at_the_exact_minute(before: timedelta, expected: int) -> None:
    free_until = free_cancellation_end(START, 1_440)
    refund = refund_to_mentee(101, now=START - before, free_until=free_until, late_percent=50)
    assert refund == expected


@given(RATES, st.integers(0, 20_000), st.integers(0, 20_000), PERCENT)
def test_a_refund_is_the_price_or_the_late_percentage(
    amount: int, before: int, free_until: int, percent: int
) -> None:
    now = START - timedelta(minutes=before)
    end = free_cancellation_end(START, free_until)
    refund = refund_to_mentee(amount, now=now, free_until=end, late_percent=percent)
    assert refund == (amount if before >= free_until else amount * percent // 100)
    assert 0 <= refund <= amount
