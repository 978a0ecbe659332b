"""Bookings by several processes on one database, each for its own people.

The processes run `tests/crash/programs/booker.py`. With PostgreSQL they share the machine's cores
with the server; a SQLite file has one writer at a time. Then come many people who book at once in a
single process, and bookings beside a process that is frozen (SIGSTOP) in the middle of a write
transaction, while others collide with each other.
"""

from __future__ import annotations

import asyncio
import itertools
import signal
import statistics
import tempfile
import time
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from bench.support.figures import Figure
from storage import Database, DatabaseUnavailable, Transaction
from storage.migrations import upgrade
from storage.postgresql.limits import SERVING
from storage.tables import Guild
from tests.conftest import Clock
from tests.crash.test_crash import Booker, booker
from tests.mentorbot.support.processes import run_script
from tests.mentorship.support.community import HIGH_LIMITS, TUESDAY_NOON, Community
from tests.storage.on_postgresql import server as postgresql
from tests.storage.on_postgresql.test_frozen_processes import WRITER

SECONDS = 4.0
SIZES = (1, 2, 4)
CROWD = 100

FREEZES = 4
"""How often a process is frozen. Before each time, bookings are measured without it, so that what
else the machine does has the same effect on both."""

FROZEN_S = 5.0
"""Seconds for which a process is frozen, and for which bookings are measured before that. The
server ends the transaction of a process that is frozen for longer (`SERVING.idle_transaction`)."""

FROZEN_GUILD, COLLIDING_GUILD = 8_001, 8_002
COLLIDERS = 3


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


async def add_guild(tx: Transaction, guild_id: int) -> None:
    await tx.connection.execute(insert(Guild).values(id=guild_id, created_at=tx.now))


async def increment(tx: Transaction, guild_id: int) -> None:
    """Read a number, and write it back plus one."""
    number = await tx.connection.scalar(select(Guild.starting_balance).where(Guild.id == guild_id))
    await tx.connection.execute(
        update(Guild).where(Guild.id == guild_id).values(starting_balance=(number or 0) + 1)
    )


async def measure_beside_frozen_process(url: str) -> tuple[list[float], list[float], int]:
    """Return how many seconds each booking took before a process froze, and while it was frozen.

    All the time, others change one and the same row, so that they lose conflicts. A booking that
    is refused counts with the time until then. The third value is how many were, while a process
    was frozen.
    """
    town = await create_community(url)
    for guild_id in (FROZEN_GUILD, COLLIDING_GUILD):
        await town.db.run(add_guild, guild_id)
    hours = itertools.count()

    refused = 0

    async def book_for(seconds: float) -> list[float]:
        nonlocal refused
        # Others each time, since a booking takes longer the more a person has booked.
        mentor = await town.mentor("Oliver", horizon_days=365)
        mentee = await town.member("Maya", points=10**6)
        durations = []
        end = time.perf_counter() + seconds
        while (started := time.perf_counter()) < end:
            try:
                await town.book(mentee, mentor, TUESDAY_NOON + timedelta(hours=next(hours)))
            except DatabaseUnavailable:
                refused += 1
            durations.append(time.perf_counter() - started)
        return durations

    others = Database(url)

    async def collide() -> None:
        while True:
            # Without a turn of their own, which a frozen process prevents, some lose for too long.
            with suppress(DatabaseUnavailable):
                await others.run(increment, COLLIDING_GUILD)

    async def run_writer(meanwhile: Awaitable[list[float]]) -> list[float]:
        async with run_script(WRITER, url, FROZEN_GUILD, SERVING.idle_transaction) as writer:
            assert await writer.stdout.readline() == b"written\n"
            writer.signal(signal.SIGSTOP)
            durations = await meanwhile
            writer.signal(signal.SIGCONT)
            writer.stdin.write(b"\n")
            assert await writer.stdout.readline() in (b"committed\n", b"unavailable\n")
        return durations

    # The first process takes seconds to start, in which nothing else runs here.
    await run_writer(book_for(0))
    colliding = [asyncio.create_task(collide()) for _ in range(COLLIDERS)]
    before, frozen, refused_beside = [], [], 0
    for _ in range(FREEZES):
        before += await book_for(FROZEN_S)
        refused = 0
        frozen += await run_writer(book_for(FROZEN_S))
        refused_beside += refused
    assert not any(task.done() for task in colliding)
    for task in colliding:
        task.cancel()
    await asyncio.gather(*colliding, return_exceptions=True)
    await others.close()
    await town.db.close()
    return before, frozen, refused_beside


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
        server.create("frozen")
        before, frozen, refused = asyncio.run(measure_beside_frozen_process(server.url("frozen")))
        yield Figure("PostgreSQL, a booking, median", statistics.median(before) * 1_000, "ms")
        yield Figure("99th percentile", percentile(before) * 1_000, "ms")
        yield Figure(
            f"beside a process frozen for {FROZEN_S:.0f} s: median",
            statistics.median(frozen) / statistics.median(before),
            "times",
            at_most=1.5,
        )
        yield Figure("99th percentile", percentile(frozen) / percentile(before), "times")
        yield Figure("bookings refused beside it", refused, "", at_most=0)
        yield Figure("longest", max(frozen) * 1_000, "ms")


def percentile(durations: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(durations, n=100)[-1]
