"""Work that is too much for one transaction, in batches between which others can write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
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
    """Run all batches of `iterate_batches`, and return the sum of the rows."""
    total = 0
    async for done in iterate_batches(database, batch, *args, **kwargs):
        total += done
    return total


async def iterate_batches(
    database: Database,
    batch: Callable[Concatenate[Transaction, P], Awaitable[int]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> AsyncIterator[int]:
    """Run a use case, each time in a transaction of its own, until it returns 0.

    `batch` works on a limited number of rows and returns how many, which this yields after the
    commit. What it has committed stays done when a later one fails or the program stops, so it must
    find by itself where to continue. Raises what `batch` and `Database.run` raise.

    After each batch there is a pause as long as the batch took. The writers of this process queue
    in order and need none, but those of another process try at intervals, and would find the lock
    of a SQLite file taken again and again.
    """
    while True:
        started = time.perf_counter()
        done = await database.run(batch, *args, **kwargs)
        if not done:
            return
        yield done
        await pause_since(started)


async def pause_since(started: float) -> None:
    """Wait as long as a batch took that began at `started`, by `time.perf_counter`."""
    await asyncio.sleep(min(time.perf_counter() - started, MAX_PAUSE_S))
