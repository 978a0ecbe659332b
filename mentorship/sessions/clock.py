"""The clock of sessions: what happens by time alone, one step for each that is due."""

from __future__ import annotations

from datetime import timedelta

from mentorship.sessions import service_time, transitions
from storage import Transaction


async def advance(
    tx: Transaction, tolerance: timedelta = service_time.DOWNTIME, limit: int = 200
) -> int:
    """Tick the clock of service time, then advance what is due.

    `tolerance` is the longest gap between two ticks without downtime. Does nothing, and returns 0,
    until the clock can be trusted (`service_time.tick`); else as `transitions.advance_due`.
    """
    return await transitions.advance_due(tx, limit) if await service_time.tick(tx, tolerance) else 0
