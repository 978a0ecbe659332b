"""A booking, whole and durable (WAL, synchronous FULL), beside a bare sqlite3 loop."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bench.figures import Figure
from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.availability import editor, timezone_change
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.points import transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from storage import Database
from storage.migrations import upgrade

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUILD = 1
MENTORS = 20
BOOKINGS = 400

Statement = tuple[str, Any, bool]


async def community(db: Database) -> None:
    """Mentors who are open day and night, and as many members with points."""
    chief = Actor(user_id=1, name="chief", guild_id=GUILD, manages_guild=True)
    await db.run(setup.configure, chief, review_channel_id=1)
    for number in range(MENTORS):
        mentor = Actor(user_id=1_000 + number, name=f"mentor {number}", guild_id=GUILD)
        await db.run(timezone_change.set_timezone, mentor, "Europe/London")
        wanted = ProfileContent(["python"], 60, "Somebody who is there for the benchmark.")
        asked = await db.run(applications.apply, mentor, wanted)
        await db.run(application_review.decide, chief, asked.id, Decision.APPROVED)
        await db.run(editor.set_weekly, mentor, "daily 0:00-24:00")
        member = Actor(user_id=5_000 + number, name=f"member {number}", guild_id=GUILD)
        await db.run(timezone_change.set_timezone, member, "America/New_York")
        await db.run(transfers.grant, chief, Recipient(member.user_id, member.name), 10**6, "-")


def requests() -> list[tuple[Actor, BookingRequest]]:
    """Bookings that all succeed: each mentor's hours in turn, by members in turn."""
    asked = []
    for number in range(BOOKINGS):
        who, hour = number % MENTORS, number // MENTORS
        actor = Actor(user_id=5_000 + who, name=f"member {who}", guild_id=GUILD)
        start = NOW + timedelta(hours=2 + hour)
        asked.append((actor, BookingRequest(1_000 + who, start, 60, "A topic", key=str(number))))
    return asked


async def through_the_use_case(db: Database) -> float:
    """Seconds for all bookings, one after the other."""
    started = time.perf_counter()
    for actor, request in requests():
        await db.run(booking.book, actor, request)
    return time.perf_counter() - started


async def recorded(db: Database) -> list[list[Statement]]:
    """The statements of each booking, as the driver is given them."""
    transactions: list[list[Statement]] = []

    def begin(_connection: Any) -> None:
        transactions.append([])

    def execute(*args: Any) -> None:
        _connection, _cursor, statement, parameters, _context, many = args
        if not statement.startswith("BEGIN"):
            transactions[-1].append((statement, parameters, many))

    engine = db._writer.sync_engine
    event.listen(engine, "begin", begin)
    event.listen(engine, "before_cursor_execute", execute)
    await through_the_use_case(db)
    return transactions


def bare(path: Path, transactions: list[list[Statement]]) -> float:
    """Seconds for the same statements, rows fetched, in a loop with nothing around it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    started = time.perf_counter()
    for statements in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for statement, parameters, many in statements:
            if many:
                connection.executemany(statement, parameters)
            else:
                connection.execute(statement, parameters).fetchall()
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    (booked,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
    connection.close()
    if booked != BOOKINGS:
        raise RuntimeError(f"the bare loop booked {booked} sessions instead of {BOOKINGS}")
    return seconds


async def measure(folder: Path) -> tuple[float, float, float]:
    """Seconds through the use case, seconds of the bare loop, statements a booking."""
    empty = folder / "empty.db"
    url = f"sqlite+aiosqlite:///{empty}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    await community(db)
    await db.close()

    def copy(name: str) -> Path:
        return Path(shutil.copy(empty, folder / name))

    db = Database(f"sqlite+aiosqlite:///{copy('recorded.db')}", clock=lambda: NOW)
    transactions = await recorded(db)
    await db.close()
    statements = sum(map(len, transactions)) / BOOKINGS

    ours, limit = [], []
    for turn in range(3):
        db = Database(f"sqlite+aiosqlite:///{copy(f'ours{turn}.db')}", clock=lambda: NOW)
        ours.append(await through_the_use_case(db))
        await db.close()
        limit.append(bare(copy(f"bare{turn}.db"), transactions))
    return sorted(ours)[1], sorted(limit)[1], statements


def figures() -> Iterator[Figure]:
    """Bookings a second beside the limit of the same run: median of 3 runs in turn, durable."""
    with tempfile.TemporaryDirectory() as folder:
        ours, limit, statements = asyncio.run(measure(Path(folder)))
    yield Figure("statements of a booking", statements, "")
    yield Figure("through the use case", BOOKINGS / ours, "bookings/s")
    yield Figure("a bare sqlite3 loop of the same statements", BOOKINGS / limit, "bookings/s")
    yield Figure("the use case, of the bare loop", limit / ours, "", at_least=0.08)
