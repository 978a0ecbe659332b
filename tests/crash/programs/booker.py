"""A program that books sessions until `test_crash.py` kills it.

python tests/crash/programs/booker.py URL GUILD MENTEE MENTOR START WHEN

WHEN says what it does: `committed` books once and waits, `writing` waits within the transaction of
a booking, `busy` books one hour after the other, and `crowd` does that with eight callers at once.
It prints a line for each booking.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from mentorship.actors import Actor
from mentorship.administration import setup
from mentorship.guilds.setting_limits import MAX_LIMIT
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.session_views import SessionView
from storage import Database, Transaction

CALLERS = 8


async def raise_limits(tx: Transaction, manager: Actor, limits: dict[str, int]) -> None:
    await setup.configure(tx, manager, **limits)


async def main(url: str, guild: int, mentee: int, mentor: int, start: datetime, when: str) -> None:
    now = start - timedelta(days=1)
    db = Database(url, clock=lambda: now)
    await db.open()
    actor = Actor(mentee, "Maya", guild)
    if when in ("busy", "crowd"):
        manager = Actor(1, "Priya", guild, manages_guild=True)
        most = dict.fromkeys(
            ("limit_pending", "limit_pending_per_mentor", "limit_upcoming"), MAX_LIMIT
        )
        await db.run(raise_limits, manager, most)

    async def book(tx: Transaction, number: int) -> SessionView:
        starts_at = start + timedelta(hours=number)
        booked = await booking.book(tx, actor, BookingRequest(mentor, starts_at, 60, "PRs"))
        if when == "writing":
            print("written", booked.id, flush=True)
            await asyncio.Event().wait()
        return booked

    async def book_all(numbers: Iterable[int]) -> None:
        for number in numbers:
            booked = await db.run(book, number)
            print("committed", booked.id, flush=True)

    callers = CALLERS if when == "crowd" else 1
    most = MAX_LIMIT if when in ("busy", "crowd") else 1
    await asyncio.gather(*(book_all(range(first, most, callers)) for first in range(callers)))
    await asyncio.Event().wait()


if __name__ == "__main__":
    url, guild, mentee, mentor, start, when = sys.argv[1:]
    starts_at = datetime.fromisoformat(start).astimezone(UTC)
    asyncio.run(main(url, int(guild), int(mentee), int(mentor), starts_at, when))
