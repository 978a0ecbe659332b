"""One run of a function for many callers, such as several scrapers."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

ResultT = TypeVar("ResultT")


class SharedResult(Generic[ResultT]):
    """The result of an asynchronous function, which runs only once for all who ask.

    Those who ask while it runs wait for that run. Its result is kept for `max_age_s` seconds; an
    error isn't kept.
    """

    def __init__(self, function: Callable[[], Awaitable[ResultT]], *, max_age_s: float) -> None:
        self._function = function
        self._max_age_s = max_age_s
        self._run: asyncio.Task[ResultT] | None = None
        self._succeeded_at = -math.inf

    async def get(self, within_s: float) -> ResultT:
        """Return the result. Raises what the function raises, or `TimeoutError` after `within_s`.

        The run continues after a timeout, and the next caller waits for the same one.
        """
        is_running = self._run is not None and not self._run.done()
        is_fresh = time.monotonic() - self._succeeded_at < self._max_age_s
        if self._run is None or not (is_running or is_fresh):
            self._run = asyncio.create_task(self._call(), name="shared result")
            # If nobody waits any more, asyncio would report the error as never retrieved.
            self._run.add_done_callback(lambda run: run.cancelled() or run.exception())
        async with asyncio.timeout(within_s):
            return await asyncio.shield(self._run)

    async def _call(self) -> ResultT:
        result = await self._function()
        self._succeeded_at = time.monotonic()
        return result
