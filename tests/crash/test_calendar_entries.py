"""Calendars have each session exactly once, though what writes them is killed again and again."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from icalendar import Calendar as IcsCalendar
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.calendars import accounts, entries
from mentorship.sessions import transitions
from mentorship.webhooks import cursors, feed
from storage import Database, Transaction
from storage.encryption import Cipher, generate_key
from storage.tables import CalendarEntry, Session
from tests.calendars.caldav import servers
from tests.calendars.caldav.people import account_of
from tests.conftest import Clock
from tests.crash.fast_clock import FastClock
from tests.mentorbot.support.processes import run_script
from tests.mentorship.support.community import HIGH_LIMITS, Community

FACTOR = 60
"""How fast the writers' clock is, by which a lease ends within five seconds."""

WRITERS, KILLS = 2, 8
SESSIONS = 30


async def act(town: Community, mentor: Actor, rng: random.Random) -> None:
    """Let people book, confirm and cancel. Each act is a transaction."""
    start = town.db.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=5)
    for number in range(SESSIONS):
        mentee = await town.member(f"Maya {number}", points=1_000)
        booked = await town.book(mentee, mentor, start + timedelta(hours=2 * number))
        await asyncio.sleep(0.05)
        if rng.random() < 0.6:
            await town.db.run(transitions.confirm, mentor, booked.id)
        if rng.random() < 0.4:
            await town.db.run(transitions.cancel, mentee, booked.id)


async def expected(tx: Transaction) -> set[datetime]:
    rows = await tx.connection.execute(
        select(Session.starts_at).where(Session.status.in_(["scheduled", "confirmed"]))
    )
    return {row.starts_at for row in rows}


async def is_all_written(db: Database) -> bool:
    if await db.run(feed.assign) or await db.read(cursors.is_behind, entries.CURSOR):
        return False

    async def count(tx: Transaction) -> bool:
        query = select(CalendarEntry.id).where(CalendarEntry.next_at.is_not(None)).limit(1)
        return await tx.connection.scalar(query) is None

    return await db.read(count)


async def test_each_session_is_one_entry_through_kills(database_url: str, tmp_path: Path) -> None:
    now, begin, key = datetime.now(UTC), time.time(), generate_key()
    clock = FastClock(now, begin, FACTOR)
    db = Database(database_url, clock=clock, cipher=Cipher([key]))
    town = Community(db, Clock(now))
    await town.configure(**HIGH_LIMITS)
    mentor = await town.mentor("Oliver")
    while await db.run(feed.assign):
        pass
    await db.run(cursors.follow, entries.CURSOR, entries.follow_event)
    rng = random.Random(1)
    script = Path(__file__).parent / "programs" / "entry_writer.py"
    arguments = (database_url, key, now.isoformat(), begin, FACTOR)
    with servers.radicale(tmp_path / "radicale") as server:
        calendar = server.new_user().make_calendar()
        await db.run(accounts.connect, mentor, account_of(calendar), allow_private=True)
        async with asyncio.timeout(200):
            acting = asyncio.create_task(act(town, mentor, rng))

            async def write_and_be_killed(kills: int) -> None:
                for left in reversed(range(kills + 1)):
                    async with run_script(script, *arguments) as writer:
                        assert await writer.stdout.readline() == b"ready\n"
                        if left:
                            # At any point of its work; sometimes it has done none.
                            await asyncio.sleep(random.uniform(0.05, 1.0))
                            continue
                        await acting
                        while not await is_all_written(db):
                            await asyncio.sleep(0.2)

            async with asyncio.TaskGroup() as group:
                for _ in range(WRITERS):
                    group.create_task(write_and_be_killed(KILLS // WRITERS))
        starts = [
            event.start
            for text in calendar.events().values()
            for event in IcsCalendar.from_ical(text).walk("VEVENT")
        ]
        assert len(starts) == len(set(starts))
        assert set(starts) == await db.read(expected)
        assert 0 < len(starts) < SESSIONS
    await db.close()
