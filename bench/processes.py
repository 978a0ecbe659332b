"""Bookings by several processes over one database, each with people of its own.

On PostgreSQL they share the machine's cores with its server; a SQLite file has one writer at a
time, whoever it is. `tests/crash/booker.py` is what books.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from bench.figures import Figure
from storage import Database
from storage.migrations import upgrade
from tests.conftest import Clock
from tests.crash.test_crash import Booker, booker
from tests.mentorship.community import TUESDAY_NOON, Community
from tests.storage import postgresql

SECONDS = 4.0
SIZES = (1, 2, 4)


async def rate(url: str, processes: int) -> float:
    """Bookings a second of so many processes together."""
    clock = Clock(TUESDAY_NOON - timedelta(days=1))
    town = Community(Database(url, clock=clock), clock)
    await upgrade(url)
    await town.settle()
    pairs = [
        {
            "guild": town.guild_id,
            "mentor": (await town.mentor(f"Mentor {n}", horizon_days=365)).user_id,
            "mentee": (await town.member(f"Mentee {n}", points=10**6)).user_id,
        }
        for n in range(processes)
    ]
    await town.db.close()
    async with AsyncExitStack() as stack:
        programs = [
            await stack.enter_async_context(booker(url, **pair, when="busy")) for pair in pairs
        ]
        for program in programs:
            await program.hear()
        before, begun = sum(len(each.said) for each in programs), time.perf_counter()

        async def listen(program: Booker) -> None:
            while time.perf_counter() - begun < SECONDS:
                await program.hear()

        await asyncio.gather(*map(listen, programs))
        took = time.perf_counter() - begun
        return (sum(len(each.said) for each in programs) - before) / took


def figures() -> Iterator[Figure]:
    """SQLite first; PostgreSQL where its programs are installed."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite+aiosqlite:///{Path(folder) / 'mentorbot.db'}"
            yield Figure(f"SQLite, {size} at once", asyncio.run(rate(url, size)), "/s")
    programs = postgresql.programs()
    if programs is None:
        return
    with postgresql.server(programs) as server:
        for size in SIZES:
            server.create(f"of_{size}")
            url = server.url(f"of_{size}")
            yield Figure(f"PostgreSQL, {size} at once", asyncio.run(rate(url, size)), "/s")
