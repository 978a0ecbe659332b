"""The rate limit for opening direct messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.notifications.dm_rate_limit import BURST, COOLDOWN, INTERVAL, DmRateLimit

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_burst_is_sent_at_once_and_the_rest_in_order() -> None:
    limit = DmRateLimit()
    moments = [limit.reserve(number, urgent=False, now=NOON) for number in range(BURST + 3)]
    assert moments[:BURST] == [NOON] * BURST
    assert moments[BURST:] == [NOON + INTERVAL, NOON + 2 * INTERVAL, NOON + 3 * INTERVAL]


def test_a_reserved_opening_is_kept() -> None:
    limit = DmRateLimit()
    reserved = [limit.reserve(number, urgent=False, now=NOON) for number in range(BURST + 9)]
    # A notification that arrives later is served after all that reserved before it.
    late = limit.reserve(99, urgent=False, now=NOON + INTERVAL)
    assert late == reserved[-1] + INTERVAL
    for number in range(BURST, BURST + 9):
        assert limit.reserve(number, urgent=False, now=reserved[number]) == reserved[number]
    assert limit.reserve(99, urgent=False, now=late) == late


def test_urgent_notifications_pass_waiting_ones_and_delay_them() -> None:
    limit = DmRateLimit()
    for number in range(1_000):
        limit.reserve(number, urgent=False, now=NOON)
    assert limit.reserve(1_000, urgent=True, now=NOON) == NOON
    before = limit.reserve(1_001, urgent=False, now=NOON)
    limit.reserve(1_002, urgent=True, now=NOON)
    assert limit.reserve(1_003, urgent=False, now=NOON) == before + 2 * INTERVAL


def test_a_pause_delays_urgent_notifications_too() -> None:
    limit = DmRateLimit()
    assert limit.pause(NOON) == NOON + COOLDOWN
    assert limit.reserve(1, urgent=False, now=NOON) == NOON + COOLDOWN
    assert limit.reserve(2, urgent=True, now=NOON) > NOON


@given(st.lists(st.tuples(st.integers(0, 120), st.booleans()), min_size=1, max_size=120))
def test_openings_never_exceed_both_bursts_and_the_rate(requests: list[tuple[int, bool]]) -> None:
    """For any requests, when each notification asks again at its reserved time."""
    limit = DmRateLimit()
    now = NOON
    opened: list[datetime] = []
    waiting: dict[int, tuple[datetime, bool]] = {}
    for number, (seconds, urgent) in enumerate(requests):
        now += timedelta(seconds=seconds)
        for pending_id, (at, was_urgent) in list(waiting.items()):
            if at <= now:
                del waiting[pending_id]
                opened.append(limit.reserve(pending_id, urgent=was_urgent, now=now))
        moment = limit.reserve(number, urgent=urgent, now=now)
        if moment <= now:
            opened.append(now)
        else:
            waiting[number] = (moment, urgent)
    assert all(moment <= now for moment in opened)
    for moment in opened:
        within = sum(
            moment <= other_opening < moment + timedelta(minutes=5) for other_opening in opened
        )
        assert within <= 2 * BURST + 2 * (timedelta(minutes=5) / INTERVAL)
