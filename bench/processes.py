"""Bookings by several processes on one database, each for its own people.

The processes run `tests/crash/booker.py`. With PostgreSQL they share the machine's cores with the
server; a SQLite file has one writer at a time. The last figure is of many people who book at once
in a single process.
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
from tests.mentorship.support.community import HIGH_LIMITS, TUESDAY_NOON, Community
from tests.storage import postgresql

SECONDS = 4.0
SIZES = (1, 2, 4)
CROWD = 100


async def create_community(url: str) -> Community:
    """Create a guild in a new database, on the day before the first session."""
    clock = Clock(TUESDAY_NOON - timedelta(days=1))
    town = Community(Database(url, clock=clock), clock)
    await upgrade(url)
    await town.configure(**HIGH_LIMITS)
    return town


async def measure_rate(url: str, processes: int) -> float:
    """Return the bookings per second of several processes together."""
    town = await create_community(url)
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
            await program.read_line()
        before, started = sum(len(program.lines) for program in programs), time.perf_counter()

        async def listen(program: Booker) -> None:
            while time.perf_counter() - started < SECONDS:
                await program.read_line()

        await asyncio.gather(*map(listen, programs))
        seconds = time.perf_counter() - started
        return (sum(len(program.lines) for program in programs) - before) / seconds


async def measure_crowd(url: str) -> float:
    """Return the bookings per second when everyone in a guild books at once, in one process.

    Each books a different hour of the same mentor.
    """
    town = await create_community(url)
    mentor = await town.mentor("Oliver")
    people = [await town.member(f"Member {n}", points=100) for n in range(CROWD)]
    started = time.perf_counter()
    await asyncio.gather(
        *(
            town.book(person, mentor, TUESDAY_NOON + timedelta(hours=hour))
            for hour, person in enumerate(people)
        )
    )
    seconds = time.perf_counter() - started
    await town.db.close()
    return CROWD / seconds


def figures() -> Iterator[Figure]:
    """Measure SQLite, and PostgreSQL if it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            url = f"sqlite+aiosqlite:///{Path(folder) / f'of_{size}.db'}"
            yield Figure(
                f"SQLite, processes: {size}", asyncio.run(measure_rate(url, size)), "bookings/s"
            )
        url = f"sqlite+aiosqlite:///{Path(folder) / 'crowd.db'}"
        yield Figure(
            f"SQLite, {CROWD} people at once in one process",
            asyncio.run(measure_crowd(url)),
            "bookings/s",
        )
    programs = postgresql.find_programs()
    if programs is None:
        return
    with postgresql.run_server(programs) as server:
        for size in SIZES:
            server.create(f"of_{size}")
            url = server.url(f"of_{size}")
            yield Figure(
                f"PostgreSQL, processes: {size}", asyncio.run(measure_rate(url, size)), "bookings/s"
            )
        server.create("crowd")
        url = server.url("crowd")
        yield Figure(
            f"PostgreSQL, {CROWD} people at once in one process",
            asyncio.run(measure_crowd(url)),
            "bookings/s",
        )
