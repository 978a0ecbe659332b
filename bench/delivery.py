"""Delivering due notifications to a Discord that answers at once, and polling an idle outbox.

The baseline of delivery is what SQLite takes for the two writes that each notification needs: one
to claim it and one to record the result, each in its own durable transaction.
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

from bench.support.figures import Figure
from bot.client import MentorBot
from bot.notifications.delivery import deliver_due
from mentorship.delivery import outbox
from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.statuses import ProfileStatus
from storage import Database, Transaction
from storage.migrations import upgrade
from storage.tables import Guild, Member, MentorProfile, Participant, Session
from tests.mentorbot.support.fake_discord import message_json

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GUILD, MENTORS, MENTEES = 1, 10_000, 20_000
SESSIONS = 1_000
KINDS = (
    NotificationKind.CONFIRMED,
    NotificationKind.REMINDER,
    NotificationKind.CANCELLED,
    NotificationKind.STARTING,
    NotificationKind.DECLINED,
)
DUE = SESSIONS * 2 * len(KINDS)
BARE_NOTIFICATIONS = 1_000
WAITING = (1_000, 10_000, 100_000, 1_000_000)
POLLS = 200


@contextmanager
def instant_discord() -> Iterator[list[str]]:
    """Accept every message immediately; yields the nonces of the messages sent."""
    sent: list[str] = []
    original = HTTPClient.request

    async def request(_client: HTTPClient, route: Route, **options: Any) -> Any:
        if route.path != "/channels/{channel_id}/messages":
            raise RuntimeError(f"{route.method} {route.path} was not expected")
        sent.append(options["json"]["nonce"] if "json" in options else "")
        return message_json(len(sent), str(route.channel_id))

    HTTPClient.request = request  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        HTTPClient.request = original  # type: ignore[method-assign]


async def create_community(tx: Transaction) -> None:
    """Create a thousand confirmed sessions of two people with open direct messages."""
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
        participant = {"session_id": number + 1, "guild_id": GUILD}
        await add(
            insert(Participant),
            [
                participant | {"user_id": MENTORS + number, "role": "mentor"},
                participant | {"user_id": MENTEES + number, "role": "mentee"},
            ],
        )


async def write_due_notifications(tx: Transaction) -> None:
    """Write ten notifications for each session, due now."""
    await writing.write(
        tx,
        (
            NotificationDraft(
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


async def time_delivery(folder: Path) -> float:
    """Return the seconds to claim, render, send and record all of them."""
    url = f"sqlite+aiosqlite:///{folder / 'due.db'}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    await db.run(create_community)
    await db.run(write_due_notifications)
    with instant_discord() as sent:
        bot = MentorBot(db)
        started = time.perf_counter()
        delivered = await deliver_due(bot, db)
        seconds = time.perf_counter() - started
    await db.close()
    if delivered != DUE or len(set(sent)) != DUE:
        raise RuntimeError(
            f"{delivered} of {DUE} were delivered, {len(set(sent))} of them distinct"
        )
    return seconds


def time_bare_loop(path: Path) -> float:
    """Return the seconds for two updates per notification, each in its own transaction."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    started = time.perf_counter()
    for number in range(1, BARE_NOTIFICATIONS + 1):
        connection.execute("UPDATE notices SET attempts = attempts + 1 WHERE id = ?", [number])
        connection.execute("UPDATE notices SET message_id = 1 WHERE id = ?", [number])
    seconds = time.perf_counter() - started
    connection.close()
    return seconds


async def time_polls(folder: Path) -> list[tuple[int, float]]:
    """Return the milliseconds of a poll that finds nothing due, by the number of waiting ones."""
    url = f"sqlite+aiosqlite:///{folder / 'idle.db'}"
    await upgrade(url)
    db = Database(url, clock=lambda: NOW)
    await db.run(create_community)
    results = []
    written = 0
    for waiting in WAITING:
        for first in range(written, waiting, 50_000):
            await db.run(_write_waiting, range(first, min(first + 50_000, waiting)))
        written = waiting
        times = []
        for _ in range(POLLS):
            started = time.perf_counter()
            if await db.read(outbox.is_due):
                raise RuntimeError("something is due that should not be")
            await db.read(outbox.next_due)
            times.append(time.perf_counter() - started)
        results.append((waiting, sorted(times)[POLLS // 2] * 1_000))
    await db.close()
    return results


async def _write_waiting(tx: Transaction, numbers: range) -> None:
    drafts = (
        NotificationDraft(
            NotificationKind.STARTING if number % 3 == 0 else NotificationKind.REMINDER,
            GUILD,
            MENTORS + number % SESSIONS,
            subject=f"later.{number}",
            due_at=NOW + timedelta(minutes=1 + number % 100_000),
        )
        for number in numbers
    )
    await writing.write(tx, drafts)


async def measure(folder: Path) -> tuple[float, float, list[tuple[int, float]]]:
    """Return the seconds for 10,000 due notifications and for 1,000 in the bare loop; the polls."""
    seconds = await time_delivery(folder)
    return seconds, time_bare_loop(folder / "due.db"), await time_polls(folder)


def figures() -> Iterator[Figure]:
    """Measure notifications per second, the bare loop, and the cost of polling."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, bare_loop, polls = asyncio.run(measure(Path(folder)))
    yield Figure(
        f"{DUE:,} due: claimed, rendered, sent, recorded", DUE / seconds, "notifications/s", 1_000
    )
    yield Figure(
        "two durable writes each, in a bare sqlite3 loop",
        BARE_NOTIFICATIONS / bare_loop,
        "notifications/s",
    )
    for waiting, milliseconds in polls:
        yield Figure(f"poll with nothing due, {waiting:,} waiting", milliseconds, "ms", at_most=2)
