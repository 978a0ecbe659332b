"""Slots of a mentor whose own calendars have 500 busy spans, compared with one who has none.

They are measured in turn, and by the time of the CPU, so that whatever else the machine does slows
down all of them.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from bench.booking import GUILD, NOW, create_community
from bench.support.figures import Figure
from mentorship.actors import Actor
from mentorship.availability import slot_queries
from storage import Database, Transaction
from storage.migrations import upgrade
from storage.tables import ExternalBusy, ExternalCalendar

SPANS = 500
ROUNDS = 400
LIMIT_TIMES = 1.3
"""How much longer slots may take because of the spans."""

FREE, SPREAD, DENSE = 1_000, 1_001, 1_002
"""Mentors: one without a calendar, and two with appointments, over 60 days or in two weeks."""

MEMBER = Actor(user_id=5_000, name="member 0", guild_id=GUILD)
Call = Callable[[int], Awaitable[object]]


async def _add_calendar(tx: Transaction, user_id: int, days: int) -> None:
    """Add a calendar with half hours that are busy, evenly spread over the coming days."""
    apart = timedelta(days=days) / SPANS
    calendar = insert(ExternalCalendar).values(
        guild_id=GUILD,
        user_id=user_id,
        kind="ics",
        label="",
        address="",
        address_hash=str(user_id),
        created_at=tx.now,
    )
    calendar_id = await tx.connection.scalar(calendar.returning(ExternalCalendar.id))
    starts = (tx.now + number * apart for number in range(SPANS))
    rows = [
        {
            "calendar_id": calendar_id,
            "user_id": user_id,
            "starts_at": start,
            "ends_at": start + timedelta(minutes=30),
        }
        for start in starts
    ]
    await tx.connection.execute(insert(ExternalBusy), rows)


def _calls(db: Database) -> dict[str, Call]:
    """Return what members do with slots, for any mentor."""
    end: datetime = NOW + timedelta(days=14)
    read = db.read
    return {
        "two weeks": lambda mentor: read(
            slot_queries.list_slots_in_window, MEMBER, mentor, None, end
        ),
        "60 days": lambda mentor: read(slot_queries.list_bookable_slots, MEMBER, mentor),
        "suggestions": lambda mentor: read(slot_queries.suggest_slots, MEMBER, mentor),
    }


async def _measure(path: Path) -> list[Figure]:
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    await create_community(db)
    await db.run(_add_calendar, SPREAD, 60)
    await db.run(_add_calendar, DENSE, 14)
    figures = []
    for name, call in _calls(db).items():
        seconds: dict[int, list[float]] = {mentor: [] for mentor in (FREE, SPREAD, DENSE)}
        gc.collect()
        for _ in range(ROUNDS):
            for mentor, times in seconds.items():
                started = time.process_time()
                await call(mentor)
                times.append(time.process_time() - started)
        free, spread, dense = (median(times[ROUNDS // 10 :]) for times in seconds.values())
        figures += [
            Figure(f"{name}, none", free * 1000, "ms"),
            Figure(f"{name}, {SPANS} over 60 days", spread * 1000, "ms"),
            Figure(f"{name}, times as long", spread / free, "", at_most=LIMIT_TIMES),
            Figure(f"{name}, times as long with {SPANS} in two weeks", dense / free, ""),
        ]
    await db.close()
    return figures


def figures() -> Iterator[Figure]:
    """Measure lists of slots and suggestions with and without spans, over SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        yield from asyncio.run(_measure(Path(folder) / "bench.db"))
