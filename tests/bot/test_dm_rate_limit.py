"""The rate limit for opening direct messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.notifications.dm_rate_limit import (
    BURST,
    COOLDOWN,
    INTERVAL,
    PATIENCE,
    DmRateLimit,
    Waiter,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_burst_is_sent_at_once_and_the_rest_in_order() -> None:
    limit = DmRateLimit()
    moments = [
        limit.reserve(Waiter(number, 1), urgent=False, now=NOON) for number in range(BURST + 3)
    ]
    assert moments[:BURST] == [NOON] * BURST
    assert moments[BURST:] == [NOON + INTERVAL, NOON + 2 * INTERVAL, NOON + 3 * INTERVAL]


def test_a_reserved_opening_is_kept() -> None:
    limit = DmRateLimit()
    reserved = [
        limit.reserve(Waiter(number, 1), urgent=False, now=NOON) for number in range(BURST + 9)
    ]
    # A notification that arrives later is served after all that reserved before it.
    late = limit.reserve(Waiter(99, 1), urgent=False, now=NOON + INTERVAL)
    assert late == reserved[-1] + INTERVAL
    for number in range(BURST, BURST + 9):
        assert (
            limit.reserve(Waiter(number, 1), urgent=False, now=reserved[number]) == reserved[number]
        )
    assert limit.reserve(Waiter(99, 1), urgent=False, now=late) == late


def test_urgent_notifications_pass_waiting_ones_and_delay_them() -> None:
    limit = DmRateLimit()
    for number in range(1_000):
        limit.reserve(Waiter(number, 1), urgent=False, now=NOON)
    assert limit.reserve(Waiter(1_000, 1), urgent=True, now=NOON) == NOON
    before = limit.reserve(Waiter(1_001, 1), urgent=False, now=NOON)
    limit.reserve(Waiter(1_002, 1), urgent=True, now=NOON)
    assert limit.reserve(Waiter(1_003, 1), urgent=False, now=NOON) == before + 2 * INTERVAL


def test_a_pause_delays_urgent_notifications_too() -> None:
    limit = DmRateLimit()
    assert limit.pause(NOON) == NOON + COOLDOWN
    assert limit.reserve(Waiter(1, 1), urgent=False, now=NOON) == NOON + COOLDOWN
    assert limit.reserve(Waiter(2, 1), urgent=True, now=NOON) > NOON


@given(
    st.lists(
        st.tuples(st.integers(0, 120), st.booleans(), st.integers(1, 3), st.integers(1, 2)),
        min_size=1,
        max_size=120,
    )
)
def test_openings_never_exceed_both_bursts_and_the_rate(
    requests: list[tuple[int, bool, int, int]],
) -> None:
    """For any requests, when each notification asks again at the time it was told."""
    limit = DmRateLimit()
    now = NOON
    opened: list[datetime] = []
    waiting: dict[Waiter, tuple[datetime, bool]] = {}

    def ask(waiter: Waiter, urgent: bool) -> None:
        moment = limit.reserve(waiter, urgent=urgent, now=now)
        if moment <= now:
            opened.append(now)
            waiting.pop(waiter, None)
        else:
            waiting[waiter] = (moment, urgent)

    def ask_again_until(end: datetime) -> None:
        nonlocal now
        while waiting and (soonest := min(at for at, _ in waiting.values())) <= end:
            now = soonest
            for waiter, (at, urgent) in list(waiting.items()):
                if at <= now:
                    ask(waiter, urgent)
        now = end

    for number, (seconds, urgent, guild_id, cause) in enumerate(requests):
        ask_again_until(now + timedelta(seconds=seconds))
        ask(Waiter(number, guild_id, cause), urgent)
    ask_again_until(now + len(requests) * INTERVAL)
    assert len(opened) == len(requests), "each has its turn, none is forgotten"
    for moment in opened:
        within = sum(
            moment <= other_opening < moment + timedelta(minutes=5) for other_opening in opened
        )
        assert within <= 2 * BURST + 2 * (timedelta(minutes=5) / INTERVAL)


def run(limit: DmRateLimit, waiters: list[Waiter], later: list[Waiter]) -> list[int]:
    """Let all ask, and `later` an interval after the others; return users in order."""
    now = NOON
    waiting = dict.fromkeys(waiters, now)
    order = []
    while waiting or later:
        for waiter, at in list(waiting.items()):
            if at <= now:
                waiting[waiter] = limit.reserve(waiter, urgent=False, now=now)
                if waiting[waiter] <= now:
                    order.append(waiter.user_id)
                    del waiting[waiter]
        now += INTERVAL
        waiting |= dict.fromkeys(later, now)
        later = []
    assert now == NOON + (len(order) - BURST + 1) * INTERVAL, "no interval is wasted"
    return order


def test_hundreds_of_one_cause_delay_others_by_a_few_messages() -> None:
    gifts = [Waiter(number, 1, 7) for number in range(500)]
    same_guild, other_guild, more_of_them = Waiter(600, 1, 8), Waiter(700, 2, 9), Waiter(701, 2, 9)
    order = run(DmRateLimit(), gifts, [same_guild, other_guild, more_of_them])
    assert order.index(700) <= BURST + 2
    assert order.index(701) <= BURST + 4
    assert order.index(600) <= BURST + 4
    assert [each for each in order if each < 600] == list(range(500)), "its own are in order"


def test_whoever_waits_for_several_notifications_is_opened_once_at_the_first_turn() -> None:
    limit = DmRateLimit()
    for number in range(BURST + 100):
        limit.reserve(Waiter(number, 1, 7), urgent=False, now=NOON)
    gift, request = Waiter(99, 1, 7), Waiter(99, 2, 8)
    soon = limit.reserve(request, urgent=False, now=NOON)
    assert soon <= NOON + 2 * INTERVAL
    assert limit.reserve(gift, urgent=False, now=NOON) > NOON + 80 * INTERVAL
    assert limit.reserve(request, urgent=False, now=soon) == soon
    assert limit.reserve(Waiter(109, 1, 7), urgent=False, now=soon) == soon + 98 * INTERVAL


def test_a_notification_that_never_asks_again_delays_nobody() -> None:
    limit = DmRateLimit()
    for number in range(BURST + 50):
        limit.reserve(Waiter(number, 1), urgent=False, now=NOON)
    later = NOON + PATIENCE + 51 * INTERVAL
    moments = [limit.reserve(Waiter(1_000 + n, 1), urgent=False, now=later) for n in range(BURST)]
    assert moments == [later] * BURST
