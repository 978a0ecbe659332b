"""The clock of sessions: what happens by time alone, one step for each that is due."""

from __future__ import annotations

from datetime import timedelta

from mentorship.sessions import service_time, transitions
from mentorship.sessions.groups import group_clock, reminders, repeats, waitlist
from mentorship.sessions.lateness import group_notices
from mentorship.sessions.offers import invitation_answers, request_clock
from storage import Transaction


async def advance(
    tx: Transaction, tolerance: timedelta = service_time.DOWNTIME, limit: int = 200
) -> int:
    """Tick the clock of service time, then advance what is due.

    `tolerance` is the longest gap between two ticks without downtime. Does nothing, and returns 0,
    until the clock can be trusted (`service_time.tick`). Returns how many steps were tried.
    """
    return await advance_due(tx, limit) if await service_time.tick(tx, tolerance) else 0


async def advance_due(tx: Transaction, limit: int = 200) -> int:
    """Advance group sessions, waitlists, sessions with their seats, and offers that are due.

    One step each. Returns how many steps were tried.
    """
    created = await repeats.create_due(tx)
    # A group session before its seats: whether it takes place is decided first.
    steps = await group_clock.advance_due(tx, limit) + await waitlist.fill_due(tx)
    steps += await transitions.advance_due(tx, limit)
    steps += await reminders.tell_due(tx) + await group_notices.tell_due(tx)
    steps += await invitation_answers.end_due(tx, limit)
    return created + steps + await request_clock.advance_due(tx)
