"""A receiver gets every event in order, though senders are killed and it has faults of its own."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from mentorship.sessions import rescheduling, transitions
from mentorship.web_addresses import WebAddress
from mentorship.webhooks import deliveries, endpoints, fan_out, feed
from mentorship.webhooks.deliveries import DeliveryStatus
from mentorship.webhooks.endpoints import NewEndpoint
from storage import Database, Transaction
from storage.tables import Event
from tests.conftest import Clock
from tests.crash.fast_clock import FastClock
from tests.mentorbot.support.processes import Script, run_script
from tests.mentorship.support.community import HIGH_LIMITS, Community

FACTOR = 8
"""How fast the senders' clock is. The library takes timestamps that are 5 minutes off, so a test
may take more than a minute."""

SENDERS = 2
KILLS = 6


async def read_lines(receiver: Script, requests: list[dict[str, Any]]) -> None:
    while line := await receiver.stdout.readline():
        requests.append(json.loads(line))


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


async def load_events(db: Database, after: int) -> list[tuple[str, str | None]]:
    """Return the ids and order keys of all events after a position, in order."""

    async def load(tx: Transaction) -> list[tuple[str, str | None]]:
        query = select(*fan_out.EVENT_COLUMNS).where(Event.position > after)
        rows = await tx.connection.execute(query.order_by(Event.position))
        return [(f"evt_{row.id}", fan_out.order_key(row)) for row in rows]

    return await db.read(load)


async def is_all_sent(db: Database, town: Community, endpoint: int) -> bool:
    if await db.run(feed.assign):
        return False
    args = (town.chief, endpoint, DeliveryStatus.PENDING, None, 1)
    return not (await db.read(deliveries.list_page, *args)).items


async def test_every_event_arrives_in_order_through_kills_and_faults(database_url: str) -> None:
    now, begin = datetime.now(UTC) - timedelta(minutes=4.5), time.time()
    clock = FastClock(now, begin, FACTOR)
    db = Database(database_url, clock=clock)
    town = Community(db, Clock(now))
    await town.configure(**HIGH_LIMITS)
    while await db.run(feed.assign):
        pass
    first = (await db.read(feed.read_after, town.chief, None, frozenset(), 1_000)).last
    requests: list[dict[str, Any]] = []
    here = Path(__file__)
    async with AsyncExitStack() as stack, asyncio.timeout(200):
        secret = "whsec_" + "c2VjcmV0" * 4
        receiver = await stack.enter_async_context(
            run_script(here.parent / "programs" / "webhook_receiver.py", secret)
        )
        port = int(await receiver.stdout.readline())
        reading = asyncio.create_task(read_lines(receiver, requests))
        address = WebAddress(f"http://127.0.0.1:{port}/hooks", "127.0.0.1")
        new = NewEndpoint(address, secret=secret)
        endpoint = (await db.run(endpoints.create, town.chief, new)).endpoint.id
        acting = asyncio.create_task(act(town, 30))

        async def send_and_be_killed(kills: int) -> None:
            script = here.parent / "programs" / "webhook_sender.py"
            arguments = (database_url, now.isoformat(), begin, FACTOR)
            for left in reversed(range(kills + 1)):
                async with run_script(script, *arguments) as sender:
                    assert await sender.stdout.readline() == b"ready\n"
                    if left:
                        # At any point of its work; sometimes it has done none.
                        await asyncio.sleep(random.uniform(0.1, 1.5))
                        continue
                    await acting
                    while not await is_all_sent(db, town, endpoint):
                        await asyncio.sleep(0.2)

        async with asyncio.TaskGroup() as group:
            for _ in range(SENDERS):
                group.create_task(send_and_be_killed(KILLS // SENDERS))
        events = await load_events(db, first)
        reading.cancel()
    await db.close()
    accepted: list[str] = []
    for request in requests:
        assert request["payload"]["id"] == request["id"]
        if request["accepted"] and request["id"] not in accepted:
            accepted.append(request["id"])
    assert len(events) > 100
    assert sorted(accepted) == sorted(event_id for event_id, _ in events)
    assert any(not request["accepted"] for request in requests)
    by_key: dict[str, list[str]] = defaultdict(list)
    for event_id, key in events:
        if key is not None:
            by_key[key].append(event_id)
    for expected in by_key.values():
        assert [each for each in accepted if each in expected] == expected
