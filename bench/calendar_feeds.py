"""Calendar apps that read a feed with 100 sessions: which they have already, or in full.

The server runs in this process on one core, if the system allows to choose, and the client in
another. Reads are counted by the CPU time of this process, so that other load on the machine
doesn't matter much. The empty handler is that of `bench.api`, for comparison.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx

from api.routes import calendar_feeds
from bench.api import cpu_time, pin_to_one_core, serve, time_requests
from bench.booking import GUILD, NOW, create_community
from bench.support.figures import Figure
from mentorship.actors import Actor
from mentorship.calendars import feeds
from storage import Database
from storage.encryption import Cipher, generate_key
from storage.migrations import upgrade

SESSIONS = 100
ROUNDS, WARM_UP = 11, 100

_FORMAT = "%Y-%m-%d %H:%M:%S.%f"


def add_sessions(path: Path) -> int:
    """Give the first mentor `SESSIONS` confirmed sessions, with all mentees in turn.

    Returns the mentor's id.
    """
    with closing(sqlite3.connect(path)) as file, file:
        profile, mentor = file.execute("SELECT id, user_id FROM mentor_profiles").fetchone()
        mentees = [
            row[0]
            for row in file.execute(
                "SELECT user_id FROM members WHERE user_id NOT IN "
                "(SELECT user_id FROM mentor_profiles)"
            )
        ]
        for number in range(SESSIONS):
            start = NOW + timedelta(hours=6 * number + 1)
            times = [each.strftime(_FORMAT) for each in (start, start + timedelta(hours=1), NOW)]
            session = file.execute(
                "INSERT INTO sessions (guild_id, profile_id, mentor_id, starts_at, ends_at, "
                "timezone, status, topic, price, created_at, updated_at, meeting_link) "
                "VALUES (?, ?, ?, ?, ?, 'Europe/London', 'confirmed', "
                "'My first pull request, and what to do about its review', 0, ?, ?, "
                "'https://meet.example/a-room')",
                (GUILD, profile, mentor, *times, times[-1]),
            ).lastrowid
            people = ((mentor, "mentor"), (mentees[number % len(mentees)], "mentee"))
            file.executemany(
                f"INSERT INTO participants (session_id, user_id, guild_id, role) "
                f"VALUES (?, ?, {GUILD}, ?)",
                [(session, person, role) for person, role in people],
            )
    return int(mentor)


def request(path: str, *headers: str) -> str:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: bench", *headers, "", ""])


async def measure(folder: Path) -> list[tuple[float, ...]]:
    """Return the CPU seconds of each kind of call, for each round."""
    path = folder / "community.db"
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW, cipher=Cipher([generate_key()]))
    await create_community(db)
    mentor = add_sessions(path)
    feed = await db.run(feeds.create, Actor(mentor, "Mentor", GUILD))
    assert feed.token is not None
    feed_path = feeds.address("", feed.token)
    rounds = []
    with pin_to_one_core() as other_cores:
        async with serve(db) as port:
            address = f"http://127.0.0.1:{port}{feed_path}"
            async with httpx.AsyncClient(verify=False) as client:
                first = await client.get(address)
            assert first.text.count("BEGIN:VEVENT") == SESSIONS
            calls = (
                request("/empty"),
                request(feed_path, f"If-None-Match: {first.headers['etag']}"),
                request(feed_path),
            )
            await time_requests(port, [*calls] * WARM_UP, other_cores)
            for _ in range(ROUNDS):
                rounds.append(tuple([await cpu_time(port, call, other_cores) for call in calls]))
    await db.close()
    return rounds


def figures() -> Iterator[Figure]:
    """Measure reads per second, each the median of several rounds."""
    # The benchmark reads one feed again and again.
    calendar_feeds.READS_PER_MINUTE = 100_000_000
    with tempfile.TemporaryDirectory() as folder:
        rounds = asyncio.run(measure(Path(folder)))
    empty, unchanged, full = (median(seconds) for seconds in zip(*rounds, strict=True))
    yield Figure("unchanged feed (304) on one core", 1 / unchanged, "reads/s", 2_000)
    yield Figure(f"feed with {SESSIONS} sessions (200) on one core", 1 / full, "reads/s", 200)
    yield Figure("empty handler", 1 / empty, "calls/s")
    ratio = median(each[0] / each[1] for each in rounds)
    yield Figure("unchanged feed, relative to the empty handler", ratio, "", 0.4)
