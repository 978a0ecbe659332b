"""How long others' writes take while a person is erased, and while a server is purged.

In the community of 200,000 members, somebody with 20,000 sessions is erased, and a server with
10,000 sessions is purged. Meanwhile a member elsewhere changes a setting again and again. The
figures compare the longest of these writes with the median of those before.

The first erasure, of somebody with few sessions, is measured by itself: SQLAlchemy compiles the
statements of a use case when it first runs in a process. As in the program, what was imported isn't
collected as garbage.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select, update

from bench.support.figures import Figure
from mentorship.actors import Actor
from mentorship.notifications import preferences
from mentorship.operations import erasure, guild_purge
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.time.quiet_hours import QuietHours
from storage import Database, Transaction
from storage.batches import run_in_batches
from storage.tables import Guild, Participant, Session
from tests.scale.community import copy_sqlite, postgresql_community
from tests.scale.layout import CORE, CROWDED_MENTEE, DEPARTED, NOW, Size
from tests.scale.scene import actor
from tests.storage.on_postgresql import server as postgresql

BASELINE_S = 3.0
PAUSE_S = 0.005
LIMIT_MS = 50.0

MEMBER = Actor(1_500_030, "Somebody", 100_000)
"""A member of another server, who keeps changing their quiet hours."""


@dataclass
class Writer:
    """Writes a row of the member's again and again, and notes how long each write took."""

    db: Database
    milliseconds: list[float] = field(default_factory=list)
    _is_stopping: bool = False

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Write while the context is open. The last write ends after it."""
        self.milliseconds.clear()
        self._is_stopping = False
        task = asyncio.create_task(self._write())
        yield
        self._is_stopping = True
        await task

    async def _write(self) -> None:
        for number in itertools.count():
            if self._is_stopping:
                return
            hours = QuietHours(1_320 + number % 2, 420)
            started = time.perf_counter()
            await self.db.run(preferences.set_quiet_hours, MEMBER, hours)
            self.milliseconds.append((time.perf_counter() - started) * 1_000)
            await asyncio.sleep(PAUSE_S)


async def _prepare(tx: Transaction) -> None:
    """End the person's unfinished sessions, and mark the server as due for its purge."""
    theirs = select(Participant.session_id).where(Participant.user_id == CROWDED_MENTEE)
    await tx.connection.execute(
        update(Session)
        .where(Session.id.in_(theirs), Session.status.in_(("in_progress", "disputed")))
        .values(status="refunded", next_at=None, ended_at=tx.now)
    )
    left_at = tx.now - guild_purge.GUILD_RETENTION
    await tx.connection.execute(update(Guild).where(Guild.id == DEPARTED).values(left_at=left_at))


async def _erase_first(db: Database) -> None:
    """Erase somebody with few sessions."""
    await _erase_person(db, CORE.person(41))


async def _erase(db: Database) -> None:
    """Erase the person with 20,000 sessions."""
    await _erase_person(db, CROWDED_MENTEE)


async def _erase_person(db: Database, user_id: int) -> None:
    """Erase somebody, as the bot does."""
    erased = await db.run(erasure.erase, actor(user_id))
    while erased.unfinished and await db.run(erasure_steps.step, erased.unfinished):
        pass


async def _purge(db: Database) -> None:
    """Purge the server, as the daily job does."""
    if not await db.run(guild_purge.begin, DEPARTED):
        raise RuntimeError("the server can't be purged")
    await run_in_batches(db, guild_purge.delete_batch, DEPARTED)


async def measure(engine: str, url: str) -> list[Figure]:
    """Measure the writes of the member alone, then beside each of the two."""
    db = Database(url, clock=lambda: NOW)
    writer = Writer(db)
    await db.run(_prepare)
    gc.collect()
    gc.freeze()
    async with writer.writing():
        await asyncio.sleep(BASELINE_S)
    median = statistics.median(writer.milliseconds)
    figures = [Figure(f"{engine}, a write alone, median", median, "ms")]
    works: dict[str, Callable[[Database], Awaitable[None]]] = {
        "the first erasure": _erase_first,
        "erasure of 20,000 sessions": _erase,
        "purge of 10,000 sessions": _purge,
    }
    for name, work in works.items():
        async with writer.writing():
            started = time.perf_counter()
            await work(db)
            seconds = time.perf_counter() - started
        times = sorted(writer.milliseconds)
        figures += [
            Figure(f"{engine}, {name}", seconds, "s"),
            Figure(f"{engine}, {name}: a write meanwhile, median", statistics.median(times), "ms"),
            Figure(
                f"{engine}, {name}: longest write, beyond the median alone",
                times[-1] - median,
                "ms",
                at_most=LIMIT_MS,
            ),
        ]
    await db.close()
    return figures


def figures() -> Iterator[Figure]:
    """Measure SQLite, and PostgreSQL if it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        url = copy_sqlite(Size.FULL, Path(folder) / "big.db", analyzed=True)
        yield from asyncio.run(measure("SQLite", url))
    programs = postgresql.find_programs()
    if programs is None:
        return
    with postgresql_community(programs, Size.FULL) as server:
        yield from asyncio.run(measure("PostgreSQL", server.url("community")))
