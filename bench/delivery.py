"""Delivery: what is due, sent at once to a Discord that answers at once; and a look for nothing.

The limit of the first is what SQLite takes for the two writes that each notice needs, one to take
it and one to say what became of it, each in a transaction of its own and on the disk for good.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from discord.http import HTTPClient, Route
from sqlalchemy import insert

from bench.figures import Figure
from bot.client import MentorBot
from bot.notifications.delivery import deliver_due
from mentorship.delivery import outbox
from mentorship.notifications import writing
from mentorship.notifications.catalogue import Kind
from mentorship.notifications.writing import Draft
from mentorship.statuses import ProfileStatus
from storage import Database, Transaction
from storage.migrations import upgrade
from storage.tables import Guild, Member, MentorProfile, Participant, Session
from tests.mentorbot.fake_discord import message

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUILD, MENTORS, MENTEES = 1, 10_000, 20_000
SESSIONS = 1_000
KINDS = (Kind.CONFIRMED, Kind.REMINDER, Kind.CANCELLED, Kind.STARTING, Kind.DECLINED)
DUE = SESSIONS * 2 * len(KINDS)
BARE = 1_000
WAITING = (1_000, 10_000, 100_000, 1_000_000)
LOOKS = 200


@contextmanager
def discord_that_answers_at_once() -> Iterator[list[str]]:
    """Every message is taken at once. Gives the nonces of what was sent."""
    sent: list[str] = []
    real = HTTPClient.request

    async def request(_client: HTTPClient, route: Route, **options: Any) -> Any:
        if route.path != "/channels/{channel_id}/messages":
            raise RuntimeError(f"{route.method} {route.path} is not part of this")
        sent.append(options["json"]["nonce"] if "json" in options else "")
        return message(len(sent), str(route.channel_id))

    HTTPClient.request = request  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        HTTPClient.request = real  # type: ignore[method-assign]


async def community(tx: Transaction) -> None:
    """A thousand confirmed sessions of two people each, whose direct messages are open."""
    add = tx.connection.execute
    await add(insert(Guild), [{"id": GUILD, "created_at": NOW}])
    people = [*range(MENTORS, MENTORS + SESSIONS), *range(MENTEES, MENTEES + SESSIONS)]
    await add(
        insert(Member),
        [
            {
                "guild_id": GUILD,
                "user_id": user_id,
                "name": f"person {user_id}",
                "timezone": "Europe/London" if user_id < MENTEES else "America/New_York",
                "dm_channel_id": 100_000 + user_id,
                "created_at": NOW,
            }
            for user_id in people
        ],
    )
    profile = {"id": 1, "guild_id": GUILD, "user_id": MENTORS, "status": ProfileStatus.APPROVED}
    await add(insert(MentorProfile), [profile | {"timezone": "Europe/London", "created_at": NOW}])
    start = NOW + timedelta(hours=1)
    for number in range(SESSIONS):
        session = {
            "id": number + 1,
            "guild_id": GUILD,
            "profile_id": 1,
            "mentor_id": MENTORS + number,
            "starts_at": start,
            "ends_at": start + timedelta(hours=1),
            "timezone": "Europe/London",
            "status": "confirmed",
            "topic": "Reading a pull request together",
            "price": 60,
            "next_at": start,
            "created_at": NOW,
        }
        await add(insert(Session), [session])
        place = {"session_id": number + 1, "guild_id": GUILD}
        await add(
            insert(Participant),
            [
                place | {"user_id": MENTORS + number, "role": "mentor"},
                place | {"user_id": MENTEES + number, "role": "mentee"},
            ],
        )


async def ten_thousand(tx: Transaction) -> None:
    """Ten notices for each session, due now."""
    await writing.write(
        tx,
        (
            Draft(
                kind,
                GUILD,
                person + number,
                subject=str(number),
                due_at=NOW,
                session_id=number + 1,
                facts={"minutes": 60, "refund": 60},
            )
            for number in range(SESSIONS)
            for kind in KINDS
            for person in (MENTORS, MENTEES)
        ),
    )


async def delivered(folder: Path) -> float:
    """Seconds to take, render, send and record all of them."""
    url = f"sqlite+aiosqlite:///{folder / 'due.db'}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    await db.run(community)
    await db.run(ten_thousand)
    with discord_that_answers_at_once() as sent:
        bot = MentorBot(db)
        started = time.perf_counter()
        arrived = await deliver_due(bot, db)
        seconds = time.perf_counter() - started
    await db.close()
    if arrived != DUE or len(set(sent)) != DUE:
        raise RuntimeError(f"{arrived} of {DUE} arrived, {len(set(sent))} of them different")
    return seconds


def written_one_by_one(path: Path) -> float:
    """Seconds for two updates a notice in a bare loop, each in a transaction of its own."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    started = time.perf_counter()
    for number in range(1, BARE + 1):
        connection.execute("UPDATE notices SET attempts = attempts + 1 WHERE id = ?", [number])
        connection.execute("UPDATE notices SET message_id = 1 WHERE id = ?", [number])
    seconds = time.perf_counter() - started
    connection.close()
    return seconds


async def idle(folder: Path) -> list[tuple[int, float]]:
    """Milliseconds of a look that finds nothing due, by how many notices wait for later."""
    url = f"sqlite+aiosqlite:///{folder / 'idle.db'}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    await db.run(community)
    found = []
    present = 0
    for waiting in WAITING:
        for first in range(present, waiting, 50_000):
            await db.run(_waiting, range(first, min(first + 50_000, waiting)))
        present = waiting
        looks = []
        for _ in range(LOOKS):
            started = time.perf_counter()
            if await db.read(outbox.is_due):
                raise RuntimeError("something is due that should not be")
            await db.read(outbox.next_due)
            looks.append(time.perf_counter() - started)
        found.append((waiting, sorted(looks)[LOOKS // 2] * 1_000))
    await db.close()
    return found


async def _waiting(tx: Transaction, numbers: range) -> None:
    drafts = (
        Draft(
            Kind.STARTING if number % 3 == 0 else Kind.REMINDER,
            GUILD,
            MENTORS + number % SESSIONS,
            subject=f"later.{number}",
            due_at=NOW + timedelta(minutes=1 + number % 100_000),
        )
        for number in numbers
    )
    await writing.write(tx, drafts)


async def measure(folder: Path) -> tuple[float, float, list[tuple[int, float]]]:
    """Seconds for 10,000 due notices, of the bare loop for 1,000, and the idle looks."""
    seconds = await delivered(folder)
    return seconds, written_one_by_one(folder / "due.db"), await idle(folder)


def figures() -> Iterator[Figure]:
    """Notices a second beside the limit of the same run, and the cost of an idle look."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, bare, looks = asyncio.run(measure(Path(folder)))
    yield Figure(f"{DUE:,} due: taken, rendered, sent, recorded", DUE / seconds, "notices/s", 1_000)
    yield Figure("two durable writes each in a bare sqlite3 loop", BARE / bare, "notices/s")
    for waiting, milliseconds in looks:
        yield Figure(f"a look for nothing, {waiting:,} waiting", milliseconds, "ms", at_most=2)
