"""Bookings by several processes over one database, each with people of its own.

On PostgreSQL they share the machine's cores with its server; a SQLite file has one writer at a
time, whoever it is. `tests/crash/booker.py` is what books. In the end a crowd wants it all at once
in one process.
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
from tests.mentorship.support.community import TUESDAY_NOON, Community
from tests.storage import postgresql

SECONDS = 4.0
SIZES = (1, 2, 4)
CROWD = 100


async def community(url: str) -> Community:
    """A guild in a new database, the day before the first session."""
    clock = Clock(TUESDAY_NOON - timedelta(days=1))
    town = Community(Database(url, clock=clock), clock)
    await upgrade(url)
    await town.settle()
    return town


async def rate(url: str, processes: int) -> float:
    """Bookings a second of so many processes together."""
    town = await community(url)
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


async def crowd(url: str) -> float:
    """Bookings a second of people of one guild who all book in the same moment in one process, each
    an hour of their own."""
    town = await community(url)
    mentor = await town.mentor("Oliver")
    people = [await town.member(f"Member {n}", points=100) for n in range(CROWD)]
    begun = time.perf_counter()
    await asyncio.gather(
        *(
            town.book(person, mentor, TUESDAY_NOON + timedelta(hours=hour))
            for hour, person in enumerate(people)
        )
    )
    took = time.perf_counter() - begun
    await town.db.close()
    return CROWD / took


def figures() -> Iterator[Figure]:
    """SQLite first; PostgreSQL where its programs are installed."""
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            url = f"sqlite+aiosqlite:///{Path(folder) / f'of_{size}.db'}"
            yield Figure(f"SQLite, {size} at work", asyncio.run(rate(url, size)), "/s")
        url = f"sqlite+aiosqlite:///{Path(folder) / 'crowd.db'}"
        yield Figure(f"SQLite, {CROWD} people at once in one", asyncio.run(crowd(url)), "/s")
    programs = postgresql.programs()
    if programs is None:
        return
    with postgresql.server(programs) as server:
        for size in SIZES:
            server.create(f"of_{size}")
            url = server.url(f"of_{size}")
            yield Figure(f"PostgreSQL, {size} at work", asyncio.run(rate(url, size)), "/s")
        server.create("crowd")
        url = server.url("crowd")
        yield Figure(f"PostgreSQL, {CROWD} people at once in one", asyncio.run(crowd(url)), "/s")
