"""The budget for opening direct messages: one for all processes, with turns."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from mentorship.delivery import dm_budget, outbox, outcomes
from mentorship.delivery.dm_budget import (
    BURST,
    COOLDOWN,
    INTERVAL,
    URGENT_INTERVAL,
    Bucket,
    Budget,
)
from mentorship.delivery.loading import DueNotification
from mentorship.delivery.turns import Turns
from mentorship.notifications.catalogue import NotificationKind
from storage import Database, Transaction
from storage.tables import Guild, Member, Notification
from tests.conftest import Clock

FIRST_PERSON = 1_000
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def write(
    tx: Transaction,
    people: Sequence[int],
    guild_id: int = 1,
    *,
    cause: int | None = None,
    urgency: int = 1,
    kind: NotificationKind = NotificationKind.RESCHEDULED,
) -> None:
    """Write a notification, due now, to each of some people whom the bot has never written to."""
    if not await tx.connection.scalar(select(Guild.id).where(Guild.id == guild_id)):
        await tx.connection.execute(insert(Guild), [{"id": guild_id, "created_at": tx.now}])
    known = set(
        await tx.connection.scalars(select(Member.user_id).where(Member.guild_id == guild_id))
    )
    members = [
        {"guild_id": guild_id, "user_id": each, "name": "", "created_at": tx.now}
        for each in people
        if each not in known
    ]
    if members:
        await tx.connection.execute(insert(Member), members)
    last = await tx.connection.scalar(select(func.max(Notification.id))) or 0
    rows = [
        {
            "guild_id": guild_id,
            "user_id": each,
            "kind": kind,
            "key": f"{last}.{number}",
            "due_at": tx.now,
            "next_at": tx.now,
            "caused_by": cause,
            "urgency": urgency,
        }
        for number, each in enumerate(people)
    ]
    await tx.connection.execute(insert(Notification), rows)


def strangers(count: int, start: int = FIRST_PERSON) -> list[int]:
    return list(range(start, start + count))


async def claim(db: Database, turns: dict[int, Turns] | None = None) -> list[DueNotification]:
    return await db.run(outbox.claim_due, turns=turns)


async def deliver(db: Database, turns: dict[int, Turns] | None = None) -> list[int]:
    """Send what may be sent now; return to whom, in order."""
    sent: list[int] = []
    while claimed := await claim(db, turns):
        sent += [each.user_id or 0 for each in claimed]
        done = [outcomes.sent(each, each.user_id or 0, 1) for each in claimed]
        await db.run(outcomes.record, done)
    return sent


async def deliver_all(db: Database, clock: Clock) -> tuple[list[int], timedelta]:
    """Let time pass until all is sent; return to whom, in order, and how long that took."""
    since = clock.now
    turns = outbox.new_turns()
    order = await deliver(db, turns)
    while (due := await db.read(outbox.next_due)) is not None:
        assert due > clock.now, "nothing is due that can't be claimed"
        clock.now = due
        order += await deliver(db, turns)
    return order, clock.now - since


async def test_a_burst_goes_at_once_and_the_rest_in_order(any_db: Database, clock: Clock) -> None:
    people = strangers(BURST + 6)
    await any_db.run(write, people)
    assert await deliver(any_db) == people[:BURST]
    assert await any_db.read(outbox.next_due) == clock.now + INTERVAL
    order, took = await deliver_all(any_db, clock)
    assert order == people[BURST:]
    assert took == 6 * INTERVAL


async def test_two_processes_and_a_restart_share_one_budget(
    any_db: Database, any_url: str, clock: Clock
) -> None:
    """Several processes claim at once, and another one afterwards."""
    await any_db.run(write, strangers(5 * BURST))
    other = Database(any_url, clock=clock)
    claims = await asyncio.gather(*(claim(db) for db in (any_db, other) * 3))
    claimed = [each.user_id for batch in claims for each in batch]
    assert len(claimed) == len(set(claimed)) == BURST
    await other.close()
    restarted = Database(any_url, clock=clock)
    assert await claim(restarted) == []
    clock.now += 2 * INTERVAL
    claims = await asyncio.gather(*(claim(db) for db in (any_db, restarted)))
    assert sum(map(len, claims)) == 2
    await restarted.close()


async def test_urgent_ones_overtake_and_delay_waiting_ones(any_db: Database, clock: Clock) -> None:
    await any_db.run(write, strangers(50))
    assert len(await deliver(any_db)) == BURST
    await any_db.run(write, strangers(2, 5_000), urgency=2)
    assert await deliver(any_db) == [5_000, 5_001]
    assert await any_db.read(outbox.next_due) == clock.now + 3 * INTERVAL


async def test_a_flood_of_urgent_ones_leaves_something_to_the_others(
    any_db: Database, clock: Clock
) -> None:
    await any_db.run(write, strangers(40), urgency=2)
    await any_db.run(write, [9_000], 2)
    order, took = await deliver_all(any_db, clock)
    assert order.index(9_000) <= 2 * BURST + 2
    assert len(order) == 41
    assert took <= 40 * INTERVAL, "what the others leave over is used"


async def test_error_40003_pauses_all_processes(
    any_db: Database, any_url: str, clock: Clock
) -> None:
    await any_db.run(write, strangers(2))
    await any_db.run(dm_budget.pause)
    await any_db.run(write, [9_000], urgency=2)
    other = Database(any_url, clock=clock)
    assert await claim(other) == []
    assert await other.read(outbox.next_due) == clock.now + COOLDOWN
    clock.now += COOLDOWN
    assert len(await claim(other)) == 1
    await other.close()


async def test_hundreds_of_one_cause_delay_others_by_a_few_messages(
    any_db: Database, clock: Clock
) -> None:
    gifts = strangers(150)
    await any_db.run(write, gifts, cause=7)
    turns = outbox.new_turns()
    order = await deliver(any_db, turns)
    await any_db.run(write, [9_000], 1, cause=8)
    await any_db.run(write, [9_100, 9_101], 2, cause=9)
    for _ in range(8):
        clock.now += INTERVAL
        order += await deliver(any_db, turns)
    assert len(order) == BURST + 8, "no interval is wasted"
    assert order.index(9_100) <= BURST + 2
    assert order.index(9_101) <= BURST + 4
    assert order.index(9_000) <= BURST + 4
    assert [each for each in order if each < 9_000] == gifts[: len(order) - 3], "in order"


async def test_a_person_with_several_notifications_needs_one_token(
    any_db: Database, clock: Clock
) -> None:
    people = strangers(BURST)
    for cause in (7, 8):
        await any_db.run(write, people, cause=cause)
    order = await deliver(any_db)
    assert sorted(order) == sorted(2 * people)


async def test_people_reached_before_never_wait(any_db: Database) -> None:
    people = strangers(BURST)
    await any_db.run(write, people)
    await deliver(any_db)
    await any_db.run(write, strangers(30, 5_000))
    await any_db.run(write, people)
    assert await deliver(any_db) == people


async def test_waiting_ends_once_another_message_reached_the_person(
    any_db: Database,
) -> None:
    await any_db.run(write, strangers(BURST))
    await deliver(any_db)
    await any_db.run(write, [9_000])
    assert await deliver(any_db) == []
    await any_db.run(write, [9_000], urgency=2)
    assert await deliver(any_db) == [9_000, 9_000]


async def test_a_mentor_role_does_not_wait_for_its_message(any_db: Database) -> None:
    await any_db.run(write, strangers(BURST))
    await deliver(any_db)
    await any_db.run(write, [9_000], kind=NotificationKind.REINSTATED)
    (role_only,) = await claim(any_db)
    assert (role_only.quiet_until, role_only.opening) == (role_only.now, None)
    postponed = outcomes.postpone(role_only, role_only.quiet_until or role_only.now)
    await any_db.run(outcomes.record, [postponed])
    assert await claim(any_db) == []


async def test_unused_tokens_are_returned(any_db: Database) -> None:
    """Obsolete notifications cost nobody else their turn."""
    await any_db.run(write, strangers(3 * BURST))
    for _ in range(2):
        claimed = await claim(any_db)
        assert [each.opening for each in claimed] == [Bucket.NORMAL] * BURST
        await any_db.run(outcomes.record, [outcomes.dropped(each) for each in claimed])
    claimed = await claim(any_db)
    assert len(claimed) == BURST
    await any_db.run(outcomes.record, [outcomes.failed(each, "closed") for each in claimed])
    await any_db.run(write, [9_000])
    assert await claim(any_db) == []


async def test_waiting_notifications_cost_other_claims_nothing(
    any_db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait, they aren't looked at before there is a token."""
    await any_db.run(write, strangers(300))
    while await any_db.read(outbox.is_due):
        await deliver(any_db)
    prepared: list[int] = []
    prepare = outbox._prepare

    async def record(tx: Transaction, ids: Sequence[int]) -> list[DueNotification]:
        prepared.extend(ids)
        return await prepare(tx, ids)

    monkeypatch.setattr(outbox, "_prepare", record)
    await any_db.run(write, [FIRST_PERSON])
    assert await deliver(any_db) == [FIRST_PERSON]
    assert len(prepared) == 1


@given(st.lists(st.tuples(st.integers(0, 120), st.booleans()), min_size=1, max_size=150))
def test_openings_never_exceed_both_bursts_and_the_rate(requests: list[tuple[int, bool]]) -> None:
    budget = Budget()
    now = NOON
    opened = []
    for seconds, urgent in requests:
        now += timedelta(seconds=seconds)
        if budget.take(Bucket.URGENT if urgent else Bucket.NORMAL, now):
            opened.append(now)
    window = timedelta(minutes=5)
    for moment in opened:
        within = sum(moment <= other < moment + window for other in opened)
        assert within <= 2 * BURST + window / INTERVAL + window / URGENT_INTERVAL


async def test_many_for_few_strangers_leave_room_for_others(any_db: Database) -> None:
    """One token is enough for all of a person's, so tokens alone don't limit how many are sent."""
    for _ in range(12):
        await any_db.run(write, strangers(BURST), urgency=dm_budget.waiting_lane(2))
    await any_db.run(write, strangers(200, 5_000), 2, urgency=2)
    await any_db.run(write, strangers(600, 8_000), 3)

    async def open_messages(tx: Transaction) -> None:
        known = update(Member).where(Member.guild_id != 1)
        await tx.connection.execute(known.values(dm_channel_id=Member.user_id))

    await any_db.run(open_messages)
    claimed = await claim(any_db)
    share = outbox.BATCH_SIZE // outbox.NOT_URGENT_SHARE
    assert Counter(each.guild.id for each in claimed) == {
        1: share,
        2: outbox.BATCH_SIZE - share,
        3: share,
    }


async def test_a_clock_that_was_ahead_for_a_while_closes_no_budget(
    any_db: Database, clock: Clock
) -> None:
    await any_db.run(write, strangers(2 * BURST))
    right = clock.now
    clock.now = right + timedelta(days=1)
    assert len(await deliver(any_db)) == BURST
    clock.now = right
    assert await any_db.read(outbox.is_due)
    assert len(await deliver(any_db)) == BURST
