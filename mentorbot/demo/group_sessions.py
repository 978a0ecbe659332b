"""The demo's group sessions: who holds them, who has a seat, and who waits for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from mentorbot.demo.simulated_discord import SimulatedServer
from mentorship.sessions.groups import creation, seats, waitlist
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.seats import JoinRequest
from storage import Database


@dataclass(frozen=True, slots=True)
class _Plan:
    """A group session, with the keys of its mentor, attendees and waitlist, each in order."""

    mentor: str
    request: GroupRequest
    attendees: tuple[str, ...]
    waiting: tuple[str, ...] = ()


_PLANS = (
    # Repeats every week: the first one after this is on London's summer time, at the same hour.
    _Plan(
        "oliver",
        GroupRequest(
            title="Python office hours",
            description="Bring whatever you are stuck on: a traceback, a slow query, a pull "
            "request. We take one question after the other, and everyone learns from each.",
            starts_at=datetime(2027, 3, 25, 17, tzinfo=UTC),
            minutes=60,
            capacity=8,
            price=0,
            repeat_weeks=1,
        ),
        ("leo", "elena", "fatima", "diego"),
    ),
    # A seat is free, and with three more attendees than it needs, it will take place.
    _Plan(
        "ravi",
        GroupRequest(
            title="From notebook to service, live",
            description="We take a model out of a notebook and put it behind an API, step by "
            "step. Watch, or follow along on your own machine.",
            starts_at=datetime(2027, 3, 27, 15, 30, tzinfo=UTC),
            minutes=90,
            capacity=6,
            price=30,
            minimum_seats=3,
        ),
        ("mei", "diego", "noah", "fatima", "leo"),
    ),
    # Full. A seat that is given up goes to Tomás, who is first in line.
    _Plan(
        "amara",
        GroupRequest(
            title="Your first talk: five minutes each",
            description="Each of you gives a talk of five minutes, and hears three things that "
            "worked and one to try. Slides are welcome, but not needed.",
            starts_at=datetime(2027, 3, 28, 14, tzinfo=UTC),
            minutes=60,
            capacity=4,
            price=20,
        ),
        ("priya", "mei", "elena", "diego"),
        ("tomas", "noah"),
    ),
)


async def create_group_sessions(server: SimulatedServer, db: Database) -> None:
    """Create the group sessions that are open for sign-up when the visitor arrives."""
    for plan in _PLANS:
        group = await db.run(creation.create, server.actor(plan.mentor), plan.request)
        for key in plan.attendees:
            await db.run(seats.join, server.actor(key), JoinRequest(group.id))
        for key in plan.waiting:
            await db.run(waitlist.join, server.actor(key), group.id)
