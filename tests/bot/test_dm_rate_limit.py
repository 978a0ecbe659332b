"""The budget for opening direct messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.notifications.dm_rate_limit import BURST, COOLDOWN, INTERVAL, DmRateLimit

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_after_a_rest_some_go_at_once_and_the_others_in_their_turn() -> None:
    limit = DmRateLimit()
    moments = [limit.reserve(number, urgent=False, now=NOON) for number in range(BURST + 3)]
    assert moments[:BURST] == [NOON] * BURST
    assert moments[BURST:] == [NOON + INTERVAL, NOON + 2 * INTERVAL, NOON + 3 * INTERVAL]


def test_whoever_was_promised_a_moment_gets_it() -> None:
    limit = DmRateLimit()
    promised = [limit.reserve(number, urgent=False, now=NOON) for number in range(BURST + 9)]
    # Somebody comes in between, and has to stand behind them.
    late = limit.reserve(99, urgent=False, now=NOON + INTERVAL)
    assert late == promised[-1] + INTERVAL
    for number in range(BURST, BURST + 9):
        assert limit.reserve(number, urgent=False, now=promised[number]) == promised[number]
    assert limit.reserve(99, urgent=False, now=late) == late


def test_what_is_urgent_passes_a_thousand_that_can_wait_who_wait_longer_for_it() -> None:
    limit = DmRateLimit()
    for number in range(1_000):
        limit.reserve(number, urgent=False, now=NOON)
    assert limit.reserve(1_000, urgent=True, now=NOON) == NOON
    before = limit.reserve(1_001, urgent=False, now=NOON)
    limit.reserve(1_002, urgent=True, now=NOON)
    assert limit.reserve(1_003, urgent=False, now=NOON) == before + 2 * INTERVAL


def test_discord_s_complaint_is_heeded_by_all() -> None:
    limit = DmRateLimit()
    assert limit.pause(NOON) == NOON + COOLDOWN
    assert limit.reserve(1, urgent=False, now=NOON) == NOON + COOLDOWN
    assert limit.reserve(2, urgent=True, now=NOON) > NOON


@given(st.lists(st.tuples(st.integers(0, 120), st.booleans()), min_size=1, max_size=120))
def test_never_more_than_two_rests_worth_and_the_rate(asked: list[tuple[int, bool]]) -> None:
    """Whatever is asked for, and whoever comes back as promised."""
    limit = DmRateLimit()
    now = NOON
    opened: list[datetime] = []
    waiting: dict[int, tuple[datetime, bool]] = {}
    for number, (seconds, urgent) in enumerate(asked):
        now += timedelta(seconds=seconds)
        for known, (at, was_urgent) in list(waiting.items()):
            if at <= now:
                del waiting[known]
                opened.append(limit.reserve(known, urgent=was_urgent, now=now))
        moment = limit.reserve(number, urgent=urgent, now=now)
        if moment <= now:
            opened.append(now)
        else:
            waiting[number] = (moment, urgent)
    assert all(moment <= now for moment in opened)
    for moment in opened:
        within = sum(moment <= other < moment + timedelta(minutes=5) for other in opened)
        assert within <= 2 * BURST + 2 * (timedelta(minutes=5) / INTERVAL)
