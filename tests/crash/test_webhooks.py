"""A receiver gets every event in order, though senders are killed and it has faults of its own."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from mentorship.sessions import rescheduling, transitions
from storage import Database
from tests.conftest import Clock
from tests.crash import webhook_traffic
from tests.crash.fast_clock import FastClock
from tests.crash.webhook_traffic import EventOrder, Receiver
from tests.mentorship.histories.offers import OfferRules
from tests.mentorship.histories.test_histories import file_town, server_town, town
from tests.mentorship.histories.towns import GUILDS, START, Town, moderator
from tests.mentorship.support.community import HIGH_LIMITS, Community

__all__ = ["file_town", "server_town", "town"]

FACTOR = 8
"""How fast the senders' clock is. The library takes timestamps that are 5 minutes off, so a test
may take more than a minute."""

STEPS = 200
HISTORY_FACTOR = 3


def sender_clock(factor: int) -> FastClock:
    return FastClock(datetime.now(UTC) - timedelta(minutes=4.5), time.time(), factor)


async def act(town: Community, sessions: int) -> None:
    """Let people book, and do to their sessions what they like. Each act is a transaction."""
    rng = random.Random(1)
    mentor = await town.mentor("Oliver")
    start = town.db.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    for number in range(sessions):
        mentee = await town.member(f"Maya {number}", points=1_000)
        at = start + timedelta(hours=2 * number)
        booked = await town.book(mentee, mentor, at)
        await town.db.run(transitions.confirm, mentor, booked.id)
        if rng.random() < 0.5:
            later = at + timedelta(hours=1)
            await town.db.run(rescheduling.propose, mentee, booked.id, later)
            await town.db.run(rescheduling.withdraw, mentee, booked.id)
        if rng.random() < 0.5:
            await town.db.run(transitions.cancel, mentee, booked.id)


async def test_every_event_arrives_in_order_through_kills_and_faults(database_url: str) -> None:
    clock = sender_clock(FACTOR)
    db = Database(database_url, clock=clock)
    town = Community(db, Clock(clock.now))
    await town.configure(**HIGH_LIMITS)
    await webhook_traffic.assign_positions(db)
    first = await db.read(webhook_traffic.last_position)
    async with asyncio.timeout(200), webhook_traffic.run_receiver() as receiver:
        endpoint = await receiver.open_endpoint(db, town.chief)
        acting = asyncio.create_task(act(town, 30))

        async def is_done() -> bool:
            return acting.done() and await webhook_traffic.is_all_sent(db, town.chief, endpoint)

        await webhook_traffic.send_through_kills(database_url, clock, is_done)
        await acting
        events = await db.read(webhook_traffic.events_after, first)
    await db.close()
    assert len(events) > 100
    receiver.check(events)


class Traffic(threading.Thread):
    """Sends the events of a history while it goes on, with an event loop of its own."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.began, self.ended = threading.Event(), threading.Event()
        self.receiver: Receiver
        self.events: EventOrder = ()
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._send())
        except BaseException as error:
            self.problem = error
        finally:
            self.began.set()

    async def _send(self) -> None:
        clock = sender_clock(HISTORY_FACTOR)
        db = Database(self._url, clock=clock)
        chiefs = [moderator(guild) for guild in GUILDS]
        await webhook_traffic.assign_positions(db)
        first = await db.read(webhook_traffic.last_position)
        async with asyncio.timeout(240), webhook_traffic.run_receiver() as self.receiver:
            # When the history begins: an endpoint gets no events from before its time.
            past = Database(self._url, clock=lambda: START)
            opened = [await self.receiver.open_endpoint(past, chief) for chief in chiefs]
            await past.close()
            self.began.set()

            async def is_done() -> bool:
                pairs = zip(chiefs, opened, strict=True)
                return self.ended.is_set() and all(
                    [await webhook_traffic.is_all_sent(db, *pair) for pair in pairs]
                )

            await webhook_traffic.send_through_kills(self._url, clock, is_done)
            self.events = await db.read(webhook_traffic.events_after, first)
        await db.close()


class DeliveredHistories(OfferRules):
    """Histories whose events are sent meanwhile, by senders that are killed."""

    counts: list[int]

    def __init__(self) -> None:
        super().__init__()
        self.traffic = Traffic(self.town.db.url)
        self.traffic.start()
        self.traffic.began.wait()

    def teardown(self) -> None:
        self.traffic.ended.set()
        self.traffic.join()
        if self.traffic.problem is not None:
            raise self.traffic.problem
        self.traffic.receiver.check(self.traffic.events)
        self.counts.append(len(self.traffic.events))
        super().teardown()


@pytest.mark.parametrize("histories", [2, pytest.param(20, marks=pytest.mark.long)])
def test_every_event_of_a_history_arrives_through_kills_and_faults(
    town: Town, histories: int
) -> None:
    class TownHistories(DeliveredHistories):
        pass

    TownHistories.town, TownHistories.counts = town, []
    run_state_machine_as_test(
        TownHistories,
        settings=settings(
            max_examples=histories,
            stateful_step_count=STEPS,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # The first history does the least.
    assert len(TownHistories.counts) >= histories
    assert sum(TownHistories.counts) > 25 * histories
