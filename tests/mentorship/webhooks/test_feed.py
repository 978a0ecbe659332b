"""The feed gives every committed event a position, and readers by positions miss none."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import EventsExpired
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.operations.event_retention import delete_old_events
from mentorship.webhooks import feed
from storage import Database, Transaction
from storage.tables import Event as EventRow
from storage.tables import EventFeed
from tests.conftest import Clock
from tests.mentorship.support.community import Community

ALL: frozenset[EventType] = frozenset()


async def happen(
    town: Community, number: int, event_type: EventType = EventType.RANK_CHANGED
) -> list[int]:
    """Record some events, each in a transaction of its own, and return their ids."""
    event = Event(event_type, town.guild_id)
    return [await town.db.run(events.record, event) for _ in range(number)]


async def assign_all(db: Database) -> None:
    while await db.run(feed.assign):
        pass


async def read_all(
    town: Community, after: int | None = None, types: frozenset[EventType] = ALL, size: int = 3
) -> list[int]:
    """Read page by page, and return the ids."""
    ids: list[int] = []
    while True:
        page = await town.db.read(feed.read_after, town.chief, after, types, size)
        ids += [event.id for event in page.events]
        after = page.last
        if not page.has_more:
            return ids


async def test_events_are_read_in_the_order_of_their_positions(town: Community) -> None:
    await assign_all(town.db)
    start = (await town.db.read(feed.read_after, town.chief, None, ALL, 1_000)).last
    ids = await happen(town, 10)
    assert await read_all(town, start) == []
    await assign_all(town.db)
    assert await read_all(town, start) == ids


async def test_another_guilds_events_are_not_read(town: Community, village: Community) -> None:
    mine = await happen(town, 2)
    theirs = await happen(village, 2)
    await assign_all(town.db)
    ids = await read_all(town)
    assert set(mine) <= set(ids)
    assert not set(theirs) & set(ids)


async def test_events_of_other_types_are_passed_over_in_bounded_steps(
    town: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "MAX_EVENTS_READ", 4)
    first = await happen(town, 1, EventType.MEMBER_LEFT)
    await happen(town, 10)
    last = await happen(town, 2, EventType.MEMBER_LEFT)
    await assign_all(town.db)
    assert await read_all(town, types=frozenset({EventType.MEMBER_LEFT})) == first + last


async def test_positions_given_by_several_processes_are_without_gaps(
    database_url: str, town: Community, clock: Clock
) -> None:
    await assign_all(town.db)
    others = [Database(database_url, clock=clock, synchronous="OFF") for _ in range(3)]
    ids = await happen(town, 60)
    try:
        done = await asyncio.gather(
            *(db.run(feed.assign, 7) for _ in range(4) for db in (town.db, *others))
        )
        await assign_all(town.db)
    finally:
        for other in others:
            await other.close()
    assert sum(done) <= 60

    async def load(tx: Transaction) -> list[int]:
        query = select(EventRow.position).where(EventRow.id.in_(ids)).order_by(EventRow.id)
        return [position for position in await tx.connection.scalars(query) if position]

    positions = await town.db.read(load)
    assert positions == list(range(positions[0], positions[0] + 60))


async def test_an_event_that_commits_late_is_read_after_those_before_it(town: Community) -> None:
    """Only PostgreSQL has two open transactions that write."""
    if not town.db.url.startswith("postgresql"):
        pytest.skip("SQLite has one writer")
    await assign_all(town.db)
    start = (await town.db.read(feed.read_after, town.chief, None, ALL, 1_000)).last
    may_commit, has_id = asyncio.Event(), asyncio.Event()

    async def commit_late(tx: Transaction) -> int:
        event_id = await events.record(tx, Event(EventType.RANK_CHANGED, town.guild_id))
        has_id.set()
        await may_commit.wait()
        return event_id

    late = asyncio.create_task(town.db.run(commit_late))
    await has_id.wait()
    (early,) = await happen(town, 1)
    await assign_all(town.db)
    page = await town.db.read(feed.read_after, town.chief, start, ALL, 10)
    assert [event.id for event in page.events] == [early]
    may_commit.set()
    late_id = await late
    assert late_id < early
    await assign_all(town.db)
    assert await read_all(town, page.last) == [late_id]


async def test_a_cursor_before_deleted_events_has_expired(town: Community, clock: Clock) -> None:
    await happen(town, 3)
    await assign_all(town.db)
    first = (await town.db.read(feed.read_after, town.chief, None, ALL, 1)).last
    clock.turn(days=100)
    (new,) = await happen(town, 1)
    await assign_all(town.db)
    await town.db.run(delete_old_events, timedelta(days=90), None)
    with pytest.raises(EventsExpired) as expired:
        await town.db.read(feed.read_after, town.chief, first, ALL, 10)
    assert await read_all(town, expired.value.oldest) == [new]


async def test_a_cursor_of_the_future_has_expired(town: Community) -> None:
    await assign_all(town.db)
    with pytest.raises(EventsExpired):
        await town.db.read(feed.read_after, town.chief, 10_000, ALL, 10)


async def test_an_empty_database_has_an_empty_feed(db: Database) -> None:
    page = await db.read(feed.read_after, Actor(1, "App", 10), None, ALL, 10)
    assert (page.events, page.last, page.has_more) == ((), 0, False)

    async def clear(tx: Transaction) -> None:
        await tx.connection.execute(delete(EventFeed))

    await db.run(clear)
    assert await db.run(feed.assign) == 0
