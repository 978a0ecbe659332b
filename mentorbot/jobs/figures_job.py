"""The job that keeps figures about mentoring: it follows the events and counts what has changed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from mentorship.insights import following, open_hours, points_figures, rebuilding, refreshing
from mentorship.webhooks import cursors
from storage import Database, Transaction
from storage.batches import pause_since

INTERVAL_S = 2.0
"""Seconds between two runs."""

MAX_STEPS = 200
"""Transactions in one run for each kind of work, at most. The next run continues."""

Step = Callable[[Transaction], Awaitable[int]]
"""Does a bounded amount of work. Returns how much it was: 0 if there is nothing to do."""


async def follow_next(tx: Transaction) -> int:
    """Mark the months that the next events are about. Returns how many events."""
    return await cursors.follow_batch(tx, following.CURSOR, following.follow, following.BATCH_SIZE)


async def is_behind(tx: Transaction) -> bool:
    """Return whether there are events to follow."""
    return await cursors.is_behind(tx, following.CURSOR)


_WORK: tuple[tuple[Callable[[Transaction], Awaitable[bool]], Step], ...] = (
    (is_behind, follow_next),
    (rebuilding.is_unfinished, rebuilding.mark_next),
    (refreshing.has_stale, refreshing.refresh),
    (points_figures.has_uncounted, points_figures.count_next),
    (open_hours.has_unrecorded, open_hours.record_next),
)
"""What is done in each run, in this order, and whether there is anything to do: most runs find
nothing, and shouldn't make others wait for the database."""

STEPS = tuple(step for _, step in _WORK)


async def keep_figures(database: Database, after_step: Callable[[], None] = lambda: None) -> int:
    """Bring the figures up to date, as far as `MAX_STEPS` go. Returns how many items it took."""
    handled = 0
    if await database.read(rebuilding.is_clearing):
        handled = await _repeat(database, rebuilding.clear, after_step)
        if await database.read(rebuilding.is_clearing):
            return handled
    for has_work, step in _WORK:
        if await database.read(has_work):
            handled += await _repeat(database, step, after_step)
    return handled


async def _repeat(database: Database, step: Step, after_step: Callable[[], None]) -> int:
    handled = 0
    for _ in range(MAX_STEPS):
        started = time.perf_counter()
        count = await database.run(step)
        after_step()
        if not count:
            break
        handled += count
        await pause_since(started)
    return handled
