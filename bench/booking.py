"""A durable booking (WAL, synchronous FULL), compared with a bare sqlite3 loop."""

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
from mentorship.errors import Limit
from mentorship.guilds.setting_limits import MAX_LIMIT
from mentorship.mentors import application_review, applications
from mentorship.mentors.application_review import Decision
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from storage import Database
from storage.migrations import upgrade

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUILD = 1
MENTORS = 20
BOOKINGS = 400
NO_LIMITS = {limit.value: MAX_LIMIT for limit in Limit}
"""Settings with which the members can book as much as a benchmark needs."""

Statement = tuple[str, Any, bool]


async def create_community(db: Database) -> None:
    """Create mentors who are available all day, and as many members with points."""
    chief = Actor(user_id=1, name="chief", guild_id=GUILD, manages_guild=True)
    await db.run(setup.configure, chief, review_channel_id=1, grant_ceiling=1_000_000, **NO_LIMITS)
    for number in range(MENTORS):
        mentor = Actor(user_id=1_000 + number, name=f"mentor {number}", guild_id=GUILD)
        await db.run(timezone_change.set_timezone, mentor, "Europe/London")
        content = ProfileContent(["python"], 60, "Somebody who is there for the benchmark.")
        submitted = await db.run(applications.apply, mentor, content)
        await db.run(application_review.decide, chief, submitted.id, Decision.APPROVED)
        await db.run(editor.set_weekly, mentor, "daily 0:00-24:00")
        member = Actor(user_id=5_000 + number, name=f"member {number}", guild_id=GUILD)
        await db.run(timezone_change.set_timezone, member, "America/New_York")
        await db.run(adjustments.grant, chief, Recipient(member.user_id, member.name), 10**6, "-")


def booking_requests() -> list[tuple[Actor, BookingRequest]]:
    """Return bookings that all succeed, for all mentors and members in turn."""
    requests = []
    for number in range(BOOKINGS):
        pair, hour = number % MENTORS, number // MENTORS
        actor = Actor(user_id=5_000 + pair, name=f"member {pair}", guild_id=GUILD)
        start = NOW + timedelta(hours=2 + hour)
        request = BookingRequest(1_000 + pair, start, 60, "A topic", key=str(number))
        requests.append((actor, request))
    return requests


async def time_use_case(db: Database) -> float:
    """Return the seconds for all bookings, one after the other."""
    started = time.perf_counter()
    for actor, request in booking_requests():
        await db.run(booking.book, actor, request)
    return time.perf_counter() - started


async def record_statements(db: Database) -> list[list[Statement]]:
    """Return the statements of each booking, as the driver receives them."""
    transactions: list[list[Statement]] = []

    def begin(_connection: Any) -> None:
        transactions.append([])

    def execute(*args: Any) -> None:
        _connection, _cursor, statement, parameters, _context, many = args
        if not statement.startswith("BEGIN"):
            transactions[-1].append((statement, parameters, many))

    engine = db.engines[0].sync_engine
    event.listen(engine, "begin", begin)
    event.listen(engine, "before_cursor_execute", execute)
    await time_use_case(db)
    return transactions


def time_bare_loop(path: Path, transactions: list[list[Statement]]) -> float:
    """Return the seconds for the same statements, with their rows fetched, in a bare loop."""
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
    """Return the seconds of the use case and of the bare loop, and the statements per booking."""
    empty = folder / "empty.db"
    url = f"sqlite+aiosqlite:///{empty}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    await create_community(db)
    await db.close()

    def copy(name: str) -> Path:
        return Path(shutil.copy(empty, folder / name))

    db = Database(f"sqlite+aiosqlite:///{copy('recorded.db')}", clock=lambda: NOW)
    transactions = await record_statements(db)
    await db.close()
    statements = sum(map(len, transactions)) / BOOKINGS

    use_case, bare_loop = [], []
    for round_ in range(3):
        db = Database(f"sqlite+aiosqlite:///{copy(f'use_case{round_}.db')}", clock=lambda: NOW)
        use_case.append(await time_use_case(db))
        await db.close()
        bare_loop.append(time_bare_loop(copy(f"bare_loop{round_}.db"), transactions))
    return sorted(use_case)[1], sorted(bare_loop)[1], statements


def figures() -> Iterator[Figure]:
    """Measure bookings per second and the bare loop, the median of three alternating runs."""
    with tempfile.TemporaryDirectory() as folder:
        use_case, bare_loop, statements = asyncio.run(measure(Path(folder)))
    yield Figure("statements per booking", statements, "")
    yield Figure("use case", BOOKINGS / use_case, "bookings/s")
    yield Figure("bare sqlite3 loop of the same statements", BOOKINGS / bare_loop, "bookings/s")
    yield Figure("use case, relative to the bare loop", bare_loop / use_case, "", at_least=0.08)
