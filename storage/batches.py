"""Work that is too much for one transaction, in batches between which others can write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec

from storage.database import Database
from storage.transactions import Transaction

P = ParamSpec("P")

MAX_PAUSE_S = 1.0
"""The longest pause between two batches, in seconds."""


async def run_in_batches(
    database: Database,
    batch: Callable[Concatenate[Transaction, P], Awaitable[int]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> int:
    """Run a use case, each time in a transaction of its own, until it returns 0.

    `batch` works on a limited number of rows and returns how many. What it has committed stays done
    when a later one fails or the program stops, so it must find by itself where to continue.
    Returns the sum. Raises what `batch` and `Database.run` raise.

    After each batch there is a pause as long as the batch took. The writers of this process queue
    in order and need none, but those of another process try at intervals, and would find the lock
    of a SQLite file taken again and again.
    """
    total = 0
    while True:
        started = time.perf_counter()
        done = await database.run(batch, *args, **kwargs)
        if not done:
            return total
        total += done
        await asyncio.sleep(min(time.perf_counter() - started, MAX_PAUSE_S))
