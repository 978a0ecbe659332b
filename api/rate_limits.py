"""How often one may call: a bucket of tokens for each caller, in memory.

A caller may use a minute's worth at once and then as fast as it fills again. What is counted is
lost with the process, which only ever gives somebody more.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

MOST_CALLERS = 10_000
"""So many callers are remembered; who has not called for longest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left. `reset` is in how many seconds the bucket is full again, `wait` in
    how many the next call is let through: 0 if this one is."""

    limit: int
    remaining: int
    reset: int
    wait: int

    @property
    def headers(self) -> dict[str, str]:
        """The `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-06), and `Retry-After`."""
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }
        return told | ({"Retry-After": str(self.wait)} if self.wait else {})


class RateLimiter:
    """Lets each key through `per_minute` times a minute; `clock` is in seconds."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = per_minute
        self._rate = per_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> Allowance:
        """Count one call of `key`, unless it has none left."""
        now = self._clock()
        level, since = self._buckets.pop(key, (float(self._limit), now))
        level = min(self._limit, level + (now - since) * self._rate)
        allowed = level >= 1
        if allowed:
            level -= 1
        self._buckets[key] = (level, now)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        return Allowance(
            limit=self._limit,
            remaining=int(level),
            reset=math.ceil((self._limit - level) / self._rate),
            wait=0 if allowed else max(1, math.ceil((1 - level) / self._rate)),
        )
