"""Work that is done once a day by a job that runs every hour."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

HOUR_S, DAY_S = 3_600.0, 86_400.0

_INTERVAL_S = DAY_S - HOUR_S / 2
"""Half an hour of slack, since the job is called once an hour, and never to the second."""


@dataclass(slots=True)
class DailyWork:
    """A function to be called once a day, beginning with the first call that can do its work.

    `function` returns how many items it has processed, or None if it can't do its work yet. After
    that, and after an error, it is called again an hour later rather than the next day. `clock`
    (seconds) is one that nobody can set.
    """

    function: Callable[[], Awaitable[int | None]]
    clock: Callable[[], float] = time.monotonic
    _done_at: float | None = None

    async def run_if_due(self) -> int:
        """Return how many items were processed, 0 if it isn't time. Raises what the work raises."""
        if self._done_at is not None and self.clock() - self._done_at < _INTERVAL_S:
            return 0
        processed = await self.function()
        if processed is None:
            return 0
        self._done_at = self.clock()
        return processed
