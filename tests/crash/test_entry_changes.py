"""Each change that people make in their calendar is asked about once, whatever is killed."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select

from integrations.calendars.caldav_entries import EntryWriter
from integrations.egress import Egress
from mentorship.calendars import accounts, entries
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import transitions
from mentorship.webhooks import cursors, feed
from storage import Database, Transaction
from storage.encryption import Cipher, generate_key
from storage.tables import CalendarEntry, ExternalCalendar, Notification, Session
from tests.calendars.caldav import servers
from tests.calendars.caldav.people import account_of
from tests.conftest import Clock
from tests.crash.fast_clock import FastClock
from tests.mentorbot.support.processes import run_script
from tests.mentorship.support.community import HIGH_LIMITS, Community

FACTOR = 900
"""How fast the clock is: calendars are read each second, and a lease lasts a fifth of one."""

WATCHERS, KILLS = 2, 10
SESSIONS = 12
HOUR = timedelta(hours=1)


async def sessions_by_entry(tx: Transaction) -> dict[str, tuple[int, datetime]]:
    """Return each session's id and start by the name of its entry."""
    rows = await tx.connection.execute(
        select(CalendarEntry.href, Session.id, Session.starts_at).join(
            Session, Session.id == CalendarEntry.session_id
        )
    )
    return {href.rsplit("/", 1)[-1]: (session, start) for href, session, start in rows}


async def questions(tx: Transaction) -> Counter[tuple[str, int]]:
    kinds = (NotificationKind.ENTRY_MOVED, NotificationKind.ENTRY_DELETED)
    rows = await tx.connection.execute(
        select(Notification.kind, Notification.session_id).where(Notification.kind.in_(kinds))
    )
    return Counter((kind, session) for kind, session in rows)


async def last_read(tx: Transaction) -> datetime | None:
    return await tx.connection.scalar(select(ExternalCalendar.checked_at))


async def test_each_change_is_asked_about_once_through_kills(
    database_url: str, tmp_path: Path
) -> None:
    now, begin, key = datetime.now(UTC), time.time(), generate_key()
    db = Database(database_url, clock=FastClock(now, begin, FACTOR), cipher=Cipher([key]))
    town = Community(db, Clock(now))
    await town.configure(**HIGH_LIMITS)
    mentor = await town.mentor("Oliver")
    while await db.run(feed.assign):
        pass
    await db.run(cursors.follow, entries.CURSOR, entries.follow_event)
    script = Path(__file__).parent / "programs" / "entry_watcher.py"
    arguments = (database_url, key, now.isoformat(), begin, FACTOR)
    rng = random.Random(2)
    with servers.radicale(tmp_path / "radicale") as server:
        calendar = server.new_user().make_calendar()
        await db.run(accounts.connect, mentor, account_of(calendar), allow_private=True)
        first = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=10)
        for number in range(SESSIONS):
            mentee = await town.member(f"Maya {number}", points=1_000)
            booked = await town.book(mentee, mentor, first + timedelta(hours=6 * number))
            await db.run(transitions.confirm, mentor, booked.id)
        while await db.run(feed.assign):
            pass
        await db.run(cursors.follow, entries.CURSOR, entries.follow_event)
        await EntryWriter(db, partial(Egress, allow_private=True)).run()
        by_entry = await db.read(sessions_by_entry)
        assert set(by_entry) == set(calendar.events())
        assert len(by_entry) == SESSIONS

        expected: Counter[tuple[str, int]] = Counter()

        async def change() -> None:
            """Move or delete most of the entries, as their owner does meanwhile."""
            for name, (session, start) in by_entry.items():
                await asyncio.sleep(rng.uniform(0.1, 0.5))
                if rng.random() < 0.4:
                    calendar.delete(name)
                    expected[NotificationKind.ENTRY_DELETED, session] += 1
                elif rng.random() < 0.8:
                    calendar.move(name, start + 2 * HOUR, start + 3 * HOUR)
                    expected[NotificationKind.ENTRY_MOVED, session] += 1

        async with asyncio.timeout(200):
            changing = asyncio.create_task(change())

            async def watch_and_be_killed(kills: int) -> None:
                for left in reversed(range(kills + 1)):
                    async with run_script(script, *arguments) as watcher:
                        assert await watcher.stdout.readline() == b"ready\n"
                        if left:
                            # At any point of its work; sometimes it has done none.
                            await asyncio.sleep(random.uniform(0.05, 1.2))
                            continue
                        await changing
                        done_at = db.now()
                        while (await db.read(last_read) or now) <= done_at + HOUR:
                            await asyncio.sleep(0.1)

            async with asyncio.TaskGroup() as group:
                for _ in range(WATCHERS):
                    group.create_task(watch_and_be_killed(KILLS // WATCHERS))
        assert len(expected) > SESSIONS // 2
        assert await db.read(questions) == expected
        # Nothing was done that nobody has answered.
        assert await db.read(sessions_by_entry) == by_entry
    await db.close()
