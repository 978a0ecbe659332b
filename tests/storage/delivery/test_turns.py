"""Turns in delivery: whatever is due, each guild and each cause is served soon, by bounded work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from mentorship.delivery import candidates, loading, outbox
from mentorship.delivery.candidates import WINDOW, list_due
from mentorship.delivery.turns import Candidate, Turns
from storage import Database, Transaction
from storage.tables import Guild, Member, Notification
from tests.conftest import Clock
from tests.mentorship.support.statements import count_steps

URGENT, NORMAL = 2, 1
LIMIT = 20

pytestmark = pytest.mark.usefixtures("small_window")


@pytest.fixture
def small_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that small amounts fill."""
    monkeypatch.setattr(candidates, "WINDOW", 2 * LIMIT)


def row(
    number: int, guild_id: int, cause: int | None, next_at: datetime, urgency: int = NORMAL
) -> dict[str, Any]:
    return {
        "guild_id": guild_id,
        "user_id": 1_000 + number % 7,
        "kind": "completed",
        "key": f"{number}",
        "caused_by": cause,
        "due_at": next_at,
        "next_at": next_at,
        "urgency": urgency,
    }


async def fill(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Replace everything that waits."""
    await tx.connection.execute(delete(Notification))
    known = set(await tx.connection.scalars(select(Guild.id)))
    new = [{"id": each, "created_at": tx.now} for each in {r["guild_id"] for r in rows} - known]
    if new:
        await tx.connection.execute(insert(Guild), new)
    await tx.connection.execute(insert(Notification), list(rows))


async def open_messages(tx: Transaction) -> None:
    """Let the bot have written to everybody before."""
    pairs = select(Notification.guild_id, Notification.user_id).distinct()
    rows = [
        {
            "guild_id": guild,
            "user_id": user,
            "name": "",
            "dm_channel_id": user,
            "created_at": tx.now,
        }
        for guild, user in await tx.connection.execute(pairs)
    ]
    await tx.connection.execute(insert(Member), rows)


async def claim(tx: Transaction, turns: Turns, limit: int = LIMIT) -> list[Candidate]:
    """Claim due notifications, as far as turns are concerned."""
    claimed = await list_due(tx, NORMAL, limit, turns)
    turns.served(claimed)
    ids = [each.id for each in claimed]
    lease = tx.now + outbox.LEASE
    await tx.connection.execute(
        update(Notification).where(Notification.id.in_(ids)).values(next_at=lease)
    )
    return claimed


BACKLOGS = st.lists(
    st.tuples(
        st.integers(1, 6),  # guild
        st.sampled_from([None, 1, 2, 3, 4]),  # cause
        st.integers(1, 60),  # how many
        st.integers(-20, 5),  # when due, in minutes from now
    ),
    max_size=12,
)


@given(
    BACKLOGS,
    st.integers(1, 6),
    st.sampled_from([None, 1, 2, 3, 4, 9]),
    st.integers(-20, 0),
    st.integers(0, 3),
)
@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
async def test_each_guild_and_cause_is_served_in_its_turn(
    any_db: Database,
    clock: Clock,
    backlog: list[tuple[int, int | None, int, int]],
    guild_id: int,
    cause: int | None,
    minutes: int,
    earlier_claims: int,
) -> None:
    """With G guilds that have something due and a limit of at least G, each is served by the next
    claim, and each of a guild's C causes by the next C claims or fewer."""
    entries = [
        (guild, by, clock.now + timedelta(minutes=due))
        for guild, by, count, due in backlog
        for _ in range(count)
    ]
    entries.append((guild_id, cause, clock.now + timedelta(minutes=minutes)))
    rows = [row(number, *entry) for number, entry in enumerate(entries)]
    await any_db.run(fill, rows)
    turns = Turns()
    for _ in range(earlier_claims):
        await any_db.run(claim, turns)

    async def list_waiting(tx: Transaction) -> set[tuple[int, int]]:
        due = select(Notification.guild_id, Notification.caused_by).where(
            Notification.next_at <= tx.now
        )
        return {(guild, by or 0) for guild, by in await tx.connection.execute(due)}

    due = await any_db.read(list_waiting)
    guilds = {guild for guild, _ in due}
    first = await any_db.run(claim, turns)
    assert {each.guild_id for each in first} == guilds
    assert len({each.id for each in first}) == len(first) <= LIMIT
    most = max(Counter(guild for guild, _ in due).values(), default=0)
    served = {(each.guild_id, each.cause) for each in first}
    for _ in range(most):
        served |= {(each.guild_id, each.cause) for each in await any_db.run(claim, turns)}
    assert served >= due


async def test_a_servers_only_notification_overtakes_a_backlog(
    any_db: Database, clock: Clock
) -> None:
    """And that of one member those which another has caused."""
    early, late = clock.now - timedelta(hours=2), clock.now
    rows = [row(number, 1, 7, early) for number in range(2_000)]
    rows += [row(5_000, 2, 8, late), row(5_001, 1, 9, late), row(5_002, 1, None, late)]
    await any_db.run(fill, rows)
    claimed = await any_db.run(claim, Turns())
    assert {(each.guild_id, each.cause) for each in claimed} == {(1, 0), (1, 7), (1, 9), (2, 8)}
    assert len(claimed) == LIMIT


async def test_more_servers_than_one_claim_looks_at_are_served_by_later_claims(
    any_db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What isn't due yet in other servers costs steps, but keeps nobody from their turn."""
    monkeypatch.setattr(candidates, "MAX_GUILD_STEPS", 50)
    soon = clock.now + timedelta(hours=1)
    rows = [row(number, 1, None, clock.now - timedelta(hours=1)) for number in range(600)]
    rows += [row(1_000 + number, 10 + number, None, soon) for number in range(200)]
    rows.append(row(2_000, 999, None, clock.now))
    await any_db.run(fill, rows)
    turns = Turns()
    claims = 1
    while not any(each.guild_id == 999 for each in await any_db.run(claim, turns)):
        claims += 1
    assert claims <= 202 / 50 + 1


async def test_more_servers_than_fit_into_a_batch_all_have_their_turn(
    any_db: Database, clock: Clock
) -> None:
    rows = [row(number, 1 + number % 90, None, clock.now) for number in range(90 * 8)]
    await any_db.run(fill, rows)
    turns = Turns()
    claimed = [each.guild_id for _ in range(9) for each in await any_db.run(claim, turns)]
    counts = Counter(claimed)
    assert len(counts) == 90
    assert max(counts.values()) - min(counts.values()) <= 1


async def test_more_causes_than_fit_into_a_batch_all_have_their_turn(
    any_db: Database, clock: Clock
) -> None:
    rows = [row(number, 1, 1 + number % 90, clock.now) for number in range(90 * 8)]
    await any_db.run(fill, rows)
    turns = Turns()
    claimed = [each.cause for _ in range(9) for each in await any_db.run(claim, turns)]
    counts = Counter(claimed)
    assert len(counts) == 90
    assert max(counts.values()) - min(counts.values()) <= 1


async def test_urgent_notifications_leave_room_for_others(any_db: Database, clock: Clock) -> None:
    rows = [row(number, 1, None, clock.now, URGENT) for number in range(500)]
    rows += [row(1_000 + number, 2, None, clock.now) for number in range(50)]
    await any_db.run(fill, rows)
    await any_db.run(open_messages)
    claimed = await any_db.run(outbox.claim_due, 100)
    assert [each.is_urgent for each in claimed] == [True] * 90 + [False] * 10


@pytest.mark.parametrize("guilds", [1, 300])
async def test_work_of_a_claim_does_not_grow_with_what_is_due(
    sqlite_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch, guilds: int
) -> None:
    """Counted in SQLite's VM steps, with ten times as many that are due or wait."""
    monkeypatch.setattr(candidates, "WINDOW", WINDOW)
    db = Database(sqlite_url, clock=clock, synchronous="OFF")
    steps = []
    for many in (1_000, 6_000):
        rows = [
            row(
                number,
                1 + number % guilds,
                number % 50 or None,
                clock.now + timedelta(seconds=number - many // 2),
            )
            for number in range(many)
        ]
        await db.run(fill, rows)
        steps.append(await count_steps(db, list_due, NORMAL, outbox.BATCH_SIZE, Turns()))
    await db.close()
    assert steps[1] < 1.1 * steps[0] + 1_000
    assert steps[1] < 200_000


async def test_a_persons_backlog_costs_their_next_notification_nothing(
    sqlite_url: str, clock: Clock
) -> None:
    """Such as the reminders of a mentor with thousands of sessions ahead."""
    db = Database(sqlite_url, clock=clock, synchronous="OFF")
    later = clock.now + timedelta(days=1)
    person = [SimpleNamespace(user_id=1_000)]
    steps = []
    for many in (10, 5_000):
        rows = [row(7 * number, 1, None, later) for number in range(many)]
        await db.run(fill, [*rows, row(-7, 1, None, later) | {"attempts": 1}])
        steps.append(await count_steps(db, outbox._list_unfinished, person))
    await db.close()
    assert steps[0] == steps[1]


async def test_a_report_of_failures_reads_those_of_its_server(
    sqlite_url: str, clock: Clock
) -> None:
    """An outage lets everything fail within one hour. What was sent isn't read, either."""
    db = Database(sqlite_url, clock=clock, synchronous="OFF")
    failed = {"status": "failed", "settled_at": clock.now}
    since = {"since": int((clock.now - timedelta(minutes=30)).timestamp())}
    report: Any = SimpleNamespace(guild=SimpleNamespace(id=1), facts=since)
    steps = []
    for many in (10, 3_000):
        rows = [row(number, 2, None, clock.now) | failed for number in range(many)]
        rows += [
            row(10_000 + number, 1, None, clock.now) | failed | {"status": "sent"}
            for number in range(many)
        ]
        await db.run(fill, [*rows, row(-7, 1, None, clock.now) | failed])
        assert await db.read(loading._count_undelivered, report) == {1_000: 1}
        steps.append(await count_steps(db, loading._count_undelivered, report))
    await db.close()
    assert steps[0] == steps[1]


def test_turns_are_remembered_between_claims() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    due = [Candidate(number, guild, 1, noon) for number, guild in enumerate([5, 3, 9])]
    turns = Turns()
    assert [each.guild_id for each in turns.order(due)] == [5, 3, 9], "the longest due first"
    turns.served(turns.order(due)[:1])
    assert [each.guild_id for each in turns.order(due)] == [9, 3, 5]
