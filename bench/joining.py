"""A durable seat in a group session (WAL, synchronous FULL), compared with a bare sqlite3 loop.

All seats are in one group session, so each join changes the same row of it. The bare loop runs the
same statements, with a commit for each; a crowd of callers shares commits.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from bench.booking import (
    BOOKINGS,
    CROWD,
    GUILD,
    NOW,
    Call,
    compare,
    cpu_ms,
    create_community,
    measure,
)
from bench.support.figures import Figure
from mentorship.actors import Actor
from mentorship.availability import timezone_change
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.seats import JoinRequest
from storage import Database

PRICE = 30


async def prepare(db: Database) -> Sequence[Call]:
    """Create a group session without a limit, and as many members with points as will join it."""
    await create_community(db)
    chief = Actor(user_id=1, name="chief", guild_id=GUILD, manages_guild=True)
    mentor = Actor(user_id=1_000, name="mentor 0", guild_id=GUILD)
    request = GroupRequest("Office hours", NOW + timedelta(days=3), 60, 0, PRICE)
    group = await db.run(creation.create, mentor, request)
    calls: list[Call] = []
    for number in range(BOOKINGS):
        member = Actor(user_id=10_000 + number, name=f"attendee {number}", guild_id=GUILD)
        await db.run(timezone_change.set_timezone, member, "America/New_York")
        recipient = Recipient(member.user_id, member.name)
        await db.run(adjustments.grant, chief, recipient, 1_000, "-")
        calls.append((seats.join, member, JoinRequest(group.id, PRICE, 0, key=str(number))))
    return calls


def figures() -> Iterator[Figure]:
    """Measure joins per second and CPU, the median of three alternating runs."""
    with tempfile.TemporaryDirectory() as folder:
        measured = asyncio.run(measure(Path(folder), prepare))
    yield from compare(measured, "join")
    for name, run in (("one caller", measured.alone), (f"{CROWD} callers", measured.crowd)):
        yield Figure(f"CPU, {name}", cpu_ms(run), "ms/join")
