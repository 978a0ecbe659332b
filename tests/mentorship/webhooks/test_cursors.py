"""Each consumer of events handles each of them once, whatever fails in between."""

from __future__ import annotations

import asyncio

import pytest

from mentorship import events
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.webhooks import cursors, feed
from mentorship.webhooks.feed_events import FeedEvent
from storage import Transaction
from tests.mentorship.support.community import Community

NAME = "test consumer"


class Consumer:
    """Remembers the events that it has handled in transactions that committed."""

    def __init__(self) -> None:
        self.handled: list[int] = []

    async def __call__(self, tx: Transaction, event: FeedEvent) -> None:
        if event.facts.get("rank") == 13:
            raise ValueError("this event can't be handled")
        tx.after_commit.append(lambda: self.handled.append(event.id))


async def happen(town: Community, *ranks: int) -> list[int]:
    """Record events, and give them their positions. Returns their ids."""
    ids = [
        await town.db.run(
            events.record, Event(EventType.RANK_CHANGED, town.guild_id, facts={"rank": rank})
        )
        for rank in ranks
    ]
    while await town.db.run(feed.assign):
        pass
    return ids


@pytest.fixture(autouse=True)
async def _earlier_events_have_positions(town: Community) -> None:
    await happen(town)


async def follow_all(town: Community, consumer: Consumer, limit: int = 3) -> None:
    while await town.db.read(cursors.is_behind, NAME):
        await town.db.run(cursors.follow, NAME, consumer, limit)


async def test_a_new_consumer_begins_with_the_events_from_now_on(town: Community) -> None:
    await happen(town, 1, 2)
    consumer = Consumer()
    await follow_all(town, consumer)
    assert consumer.handled == []
    later = await happen(town, 3, 4, 5, 6, 7)
    await follow_all(town, consumer)
    assert consumer.handled == later


async def test_an_event_that_cannot_be_handled_stops_no_other(town: Community) -> None:
    consumer = Consumer()
    await follow_all(town, consumer)
    first, broken, last = await happen(town, 1, 13, 2)
    await follow_all(town, consumer)
    assert consumer.handled == [first, last]
    assert broken not in consumer.handled


async def test_processes_that_follow_at_once_handle_each_event_once(town: Community) -> None:
    consumer = Consumer()
    await follow_all(town, consumer)
    ids = await happen(town, *range(20, 60))
    await asyncio.gather(*(follow_all(town, consumer) for _ in range(4)))
    assert sorted(consumer.handled) == ids


async def test_a_transaction_that_fails_handles_nothing(town: Community) -> None:
    consumer = Consumer()
    await follow_all(town, consumer)
    ids = await happen(town, 1, 2)

    async def fail_at_the_end(tx: Transaction) -> None:
        await cursors.follow(tx, NAME, consumer)
        raise KeyError

    with pytest.raises(KeyError):
        await town.db.run(fail_at_the_end)
    assert consumer.handled == []
    await follow_all(town, consumer)
    assert consumer.handled == ids


async def test_events_without_a_position_are_noticed(town: Community) -> None:
    await happen(town)
    assert not await town.db.read(cursors.has_unpositioned)
    await town.db.run(events.record, Event(EventType.RANK_CHANGED, town.guild_id))
    assert await town.db.read(cursors.has_unpositioned)
