"""A durable booking (WAL, synchronous FULL), compared with a bare sqlite3 loop."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bench.support.figures import Figure
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
CROWD = 64
NO_LIMITS = {limit.value: MAX_LIMIT for limit in Limit}
"""Settings with which the members can book as much as a benchmark needs."""

Statement = tuple[str, Any, bool]
Call = tuple[Any, ...]
"""A use case with its arguments, for `Database.run`."""


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


def use_case_calls() -> list[Call]:
    """Return bookings that all succeed, for all mentors and members in turn."""
    requests: list[Call] = []
    for number in range(BOOKINGS):
        pair, hour = number % MENTORS, number // MENTORS
        actor = Actor(user_id=5_000 + pair, name=f"member {pair}", guild_id=GUILD)
        start = NOW + timedelta(hours=2 + hour)
        request = BookingRequest(1_000 + pair, start, 60, "A topic", key=str(number))
        requests.append((booking.book, actor, request))
    return requests


@dataclass(frozen=True, slots=True)
class Run:
    """How long all bookings took: seconds that passed, and seconds of CPU of all threads."""

    seconds: float
    cpu_seconds: float


async def run_use_case(db: Database, calls: Sequence[Call], callers: int = 1) -> Run:
    """Make all calls, by a number of callers at the same time."""
    waiting = iter(calls)

    async def call() -> None:
        for use_case in waiting:
            await db.run(*use_case)

    started, cpu_started = time.perf_counter(), time.process_time()
    await asyncio.gather(*(call() for _ in range(callers)))
    return Run(time.perf_counter() - started, time.process_time() - cpu_started)


async def record_statements(db: Database, calls: Sequence[Call]) -> list[list[Statement]]:
    """Return the statements of each call, as the driver receives them."""
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
    await run_use_case(db, calls)
    return transactions


def run_bare_loop(path: Path, transactions: list[list[Statement]]) -> Run:
    """Return the time for the same statements, with their rows fetched, in a bare loop."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    started, cpu_started = time.perf_counter(), time.process_time()
    for statements in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for statement, parameters, many in statements:
            if many:
                connection.executemany(statement, parameters)
            else:
                connection.execute(statement, parameters).fetchall()
        connection.execute("COMMIT")
    run = Run(time.perf_counter() - started, time.process_time() - cpu_started)
    (booked,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
    connection.close()
    if booked != BOOKINGS:
        raise RuntimeError(f"the bare loop booked {booked} sessions instead of {BOOKINGS}")
    return run


@dataclass(frozen=True, slots=True)
class Measurement:
    """The median runs, and the statements per booking."""

    alone: Run
    crowd: Run
    bare_loop: Run
    statements: float


async def measure(
    folder: Path, prepare: Callable[[Database], Awaitable[Sequence[Call]]]
) -> Measurement:
    """Measure one caller, a crowd and the bare loop in turn, three times.

    `prepare` fills an empty database, and returns the calls to measure. Each makes one session.
    """
    empty = folder / "empty.db"
    url = f"sqlite+aiosqlite:///{empty}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    calls = await prepare(db)
    await db.close()

    def copy(name: str) -> Path:
        return Path(shutil.copy(empty, folder / name))

    async def book(name: str, callers: int) -> Run:
        db = Database(f"sqlite+aiosqlite:///{copy(name)}", clock=lambda: NOW)
        run = await run_use_case(db, calls, callers)
        await db.close()
        return run

    db = Database(f"sqlite+aiosqlite:///{copy('recorded.db')}", clock=lambda: NOW)
    transactions = await record_statements(db, calls)
    await db.close()

    alone, crowd, bare_loop = [], [], []
    for round_ in range(3):
        alone.append(await book(f"alone{round_}.db", 1))
        crowd.append(await book(f"crowd{round_}.db", CROWD))
        bare_loop.append(run_bare_loop(copy(f"bare_loop{round_}.db"), transactions))
    return Measurement(
        _median(alone), _median(crowd), _median(bare_loop), sum(map(len, transactions)) / BOOKINGS
    )


def _median(runs: list[Run]) -> Run:
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def figures() -> Iterator[Figure]:
    """Measure bookings per second and CPU, the median of three alternating runs."""
    with tempfile.TemporaryDirectory() as folder:
        measured = asyncio.run(measure(Path(folder), _prepare))
    yield from compare(measured, "booking")
    for name, run, at_most in (
        ("one caller", measured.alone, 2.3),
        (f"{CROWD} callers", measured.crowd, 1.6),
    ):
        yield Figure(f"CPU, {name}", cpu_ms(run), "ms/booking", at_most=at_most)


async def _prepare(db: Database) -> Sequence[Call]:
    await create_community(db)
    return use_case_calls()


def compare(measured: Measurement, what: str) -> Iterator[Figure]:
    """Compare a use case, of which `what` is one, with the bare loop of its statements."""
    alone, crowd, bare = measured.alone, measured.crowd, measured.bare_loop
    yield Figure(f"statements per {what}", measured.statements, "")
    yield Figure("bare sqlite3 loop of the same statements", BOOKINGS / bare.seconds, f"{what}s/s")
    yield Figure("one caller", BOOKINGS / alone.seconds, f"{what}s/s")
    yield Figure(
        "one caller, relative to the bare loop", bare.seconds / alone.seconds, "", at_least=0.2
    )
    yield Figure(f"{CROWD} callers at once", BOOKINGS / crowd.seconds, f"{what}s/s")
    yield Figure(
        f"{CROWD} callers, relative to the bare loop",
        bare.seconds / crowd.seconds,
        "",
        at_least=0.35,
    )
    yield Figure("CPU of the bare loop", cpu_ms(bare), f"ms/{what}")


def cpu_ms(run: Run) -> float:
    """Return the milliseconds of CPU for each call of a run."""
    return 1_000 * run.cpu_seconds / BOOKINGS
