"""Senders of webhooks that are killed, their receiver, and the check of what has arrived."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.web_addresses import WebAddress
from mentorship.webhooks import deliveries, endpoints, fan_out, feed
from mentorship.webhooks.deliveries import DeliveryStatus
from mentorship.webhooks.endpoints import NewEndpoint
from storage import Database, Transaction
from storage.tables import Event
from tests.crash.fast_clock import FastClock
from tests.mentorbot.support.processes import Script, run_script

SENDERS = 2
KILLS = 6

_SECRET = "whsec_" + "c2VjcmV0" * 4
_PROGRAMS = Path(__file__).parent / "programs"

EventOrder = Sequence[tuple[str, str | None]]
"""The ids and order keys of events, in their order."""


class Receiver:
    """A running receiver. `requests` is what it has got, as it prints it."""

    def __init__(self, port: int) -> None:
        self._address = WebAddress(f"http://127.0.0.1:{port}/hooks", "127.0.0.1")
        self.requests: list[dict[str, Any]] = []

    async def read(self, receiver: Script) -> None:
        while line := await receiver.stdout.readline():
            self.requests.append(json.loads(line))

    async def open_endpoint(self, db: Database, chief: Actor) -> int:
        """Create an endpoint of a guild that leads here, and return its id."""
        new = NewEndpoint(self._address, secret=_SECRET)
        return (await db.run(endpoints.create, chief, new)).endpoint.id

    def check(self, events: EventOrder) -> None:
        """Assert that each event was accepted under its id, in the order of each session."""
        accepted: dict[str, None] = {}
        for request in self.requests:
            assert request["payload"]["id"] == request["id"]
            if request["accepted"]:
                accepted.setdefault(request["id"])
        assert sorted(accepted) == sorted(event_id for event_id, _ in events)
        assert any(not request["accepted"] for request in self.requests)
        by_key: dict[str, list[str]] = defaultdict(list)
        for event_id, key in events:
            if key is not None:
                by_key[key].append(event_id)
        for expected in by_key.values():
            members = set(expected)
            assert [each for each in accepted if each in members] == expected


@asynccontextmanager
async def run_receiver() -> AsyncIterator[Receiver]:
    """Run the receiver, which has faults of its own, while the context is open."""
    async with run_script(_PROGRAMS / "webhook_receiver.py", _SECRET) as script:
        receiver = Receiver(int(await script.stdout.readline()))
        reading = asyncio.create_task(receiver.read(script))
        try:
            yield receiver
        finally:
            reading.cancel()


async def send_through_kills(
    url: str, clock: FastClock, is_done: Callable[[], Awaitable[bool]]
) -> None:
    """Run senders, kill them at any point of their work, and run the last ones until all is done.

    `clock` is theirs.
    """

    async def send_and_be_killed(kills: int) -> None:
        script = _PROGRAMS / "webhook_sender.py"
        arguments = (url, clock.now.isoformat(), clock.begin, clock.factor)
        for left in reversed(range(kills + 1)):
            async with run_script(script, *arguments) as sender:
                assert await sender.stdout.readline() == b"ready\n"
                if left:
                    # Sometimes it has done none.
                    await asyncio.sleep(random.uniform(0.1, 1.5))
                    continue
                while not await is_done():
                    await asyncio.sleep(0.2)

    async with asyncio.TaskGroup() as group:
        for _ in range(SENDERS):
            group.create_task(send_and_be_killed(KILLS // SENDERS))


async def assign_positions(db: Database) -> None:
    """Give all events their positions, which puts them into the deliveries of endpoints."""
    while await db.run(feed.assign):
        pass


async def last_position(tx: Transaction) -> int:
    """Return the highest position of an event, 0 without any."""
    query = select(Event.position).where(Event.position.is_not(None))
    return await tx.connection.scalar(query.order_by(Event.position.desc()).limit(1)) or 0


async def events_after(tx: Transaction, position: int) -> EventOrder:
    """Return all events after a position."""
    query = select(*fan_out.EVENT_COLUMNS).where(Event.position > position)
    rows = await tx.connection.execute(query.order_by(Event.position))
    return [(f"evt_{row.id}", fan_out.order_key(row)) for row in rows]


async def is_all_sent(db: Database, chief: Actor, endpoint_id: int) -> bool:
    """Return whether an endpoint has nothing left to get."""
    if await db.run(feed.assign):
        return False
    args = (chief, endpoint_id, DeliveryStatus.PENDING, None, 1)
    return not (await db.read(deliveries.list_page, *args)).items
