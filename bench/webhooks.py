"""Webhooks to a receiver that answers at once, and an idle worker.

The receiver is another process. The baseline is a bare loop of the same number of posts with
aiohttp, with the same bodies and as many connections. What webhooks take in addition is their
database: a claim and a record for each delivery, the rendering, and the signatures.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from statistics import median

import aiohttp
from sqlalchemy import insert

from api.webhooks import rendering
from bench.support import webhook_receiver
from bench.support.figures import Figure
from integrations.egress import Egress
from integrations.webhooks import WebhookSender
from mentorship.actors import Actor
from mentorship.event_types import EventType
from mentorship.web_addresses import WebAddress
from mentorship.webhooks import endpoints, feed, sending
from mentorship.webhooks.endpoints import NewEndpoint
from storage import Database, Transaction
from storage.migrations import upgrade
from storage.tables import Event, Guild, WebhookEndpoint

GUILD = 1
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RECEIVER = webhook_receiver.__file__
WEBHOOKS, ROUNDS = 3_000, 5
CONNECTIONS = 50
POLLS = 200
IDLE_ENDPOINTS = 10_000
BODY = b'{"type": "member.rank_changed", "data": "' + b"x" * 300 + b'"}'


@contextmanager
def run_receiver() -> Iterator[int]:
    """Run a receiver that answers each request with 204; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with subprocess.Popen([sys.executable, RECEIVER, str(port)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield port
        finally:
            process.terminate()


async def add_events(tx: Transaction, number: int) -> None:
    """Record events of as many sessions, each of which may be sent before the others."""
    row = {"guild_id": GUILD, "type": EventType.RANK_CHANGED, "occurred_at": tx.now}
    facts = {"audited": False, "facts": {"rank": 3}}
    await tx.connection.execute(insert(Event), [row | facts for _ in range(number)])


async def post_bare(port: int, number: int) -> float:
    """Post as often with nothing around it, and return the posts a second."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session:
        left = iter(range(number))

        async def post() -> None:
            for _ in left:
                async with session.post(f"http://127.0.0.1:{port}/", data=BODY) as response:
                    await response.read()

        started = time.perf_counter()
        await asyncio.gather(*(post() for _ in range(CONNECTIONS)))
        return number / (time.perf_counter() - started)


@asynccontextmanager
async def open_database(folder: str) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{folder}/mentorbot.db"
    await upgrade(url)
    database = Database(url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def create_guild(tx: Transaction) -> None:
    await tx.connection.execute(insert(Guild), [{"id": GUILD, "created_at": NOW}])


async def add_idle_endpoints(tx: Transaction) -> None:
    """Create endpoints of a guild in which nothing happens."""
    await tx.connection.execute(insert(Guild), [{"id": GUILD + 1, "created_at": NOW}])
    row = {"guild_id": GUILD + 1, "url": "https://app.example/", "secret": "", "created_at": NOW}
    await tx.connection.execute(insert(WebhookEndpoint), [row] * IDLE_ENDPOINTS)


async def measure_polls(database: Database) -> float:
    """Return the microseconds that an idle worker's look for work takes."""
    samples = []
    for _ in range(POLLS):
        started = time.perf_counter()
        await database.read(sending.find_work)
        samples.append(time.perf_counter() - started)
    return median(samples) * 1e6


async def measure(port: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_database(folder) as database, Egress(allow_private=True) as egress:
            await database.run(create_guild)
            app = Actor(1, "App", GUILD, is_main_app=True)
            url = WebAddress(f"http://127.0.0.1:{port}/", "127.0.0.1")
            await database.run(endpoints.create, app, NewEndpoint(url))
            sender = WebhookSender(database, egress, rendering.render_bodies, rendering.test_body)
            bare, sent = [], []
            for _ in range(ROUNDS):
                bare.append(await post_bare(port, WEBHOOKS))
                await database.run(add_events, WEBHOOKS)
                started = time.perf_counter()
                made = await sender.run()
                sent.append(made / (time.perf_counter() - started))
                assert made == WEBHOOKS
            alone = await measure_polls(database)
            await database.run(add_idle_endpoints)
            crowded = await measure_polls(database)
            await database.run(add_events, WEBHOOKS)
            started = time.perf_counter()
            while await database.run(feed.assign):
                pass
            assigned = WEBHOOKS / (time.perf_counter() - started)
    return [
        Figure("webhooks a second", median(sent), "/s", at_least=1_000),
        Figure("bare posts a second", median(bare), "/s"),
        Figure("share of the bare posts", median(sent) / median(bare), ""),
        Figure("events given positions and deliveries", assigned, "/s"),
        Figure("a look for work, one endpoint", alone, "µs"),
        Figure(f"the same, {IDLE_ENDPOINTS:,} idle endpoints more", crowded, "µs"),
    ]


def figures() -> Iterator[Figure]:
    """Measure sending, and the cost of idle endpoints."""
    with run_receiver() as port:
        yield from asyncio.run(measure(port))
