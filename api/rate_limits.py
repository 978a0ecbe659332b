"""Rate limits: a token bucket for each caller, in memory.

A caller may send a minute's worth of requests at once, and then as many as the bucket refills.
A restart empties the counts, which only ever allows more.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

MAX_BUCKETS = 10_000
"""Maximum number of buckets in memory. The one that was unused for longest is dropped first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a caller's limit after a request.

    `reset_s` is the time in seconds until the bucket is full again. `retry_after_s` is 0 if the
    request is allowed; otherwise the time in seconds until the next one is.
    """

    limit: int
    remaining: int
    reset_s: int
    retry_after_s: int

    @property
    def headers(self) -> dict[str, str]:
        """The `RateLimit` fields (draft-ietf-httpapi-ratelimit-headers-06) and `Retry-After`."""
        headers = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }
        if self.retry_after_s:
            headers["Retry-After"] = str(self.retry_after_s)
        return headers


class RateLimiter:
    """Allows each key `per_minute` requests a minute. `clock` is in seconds."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = per_minute
        self._rate = per_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def take(self, key: Hashable) -> Allowance:
        """Count a request of `key`, unless its bucket is empty."""
        now = self._clock()
        level, updated_at = self._buckets.pop(key, (float(self._limit), now))
        level = min(self._limit, level + (now - updated_at) * self._rate)
        allowed = level >= 1
        if allowed:
            level -= 1
        self._buckets[key] = (level, now)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        return Allowance(
            limit=self._limit,
            remaining=int(level),
            reset_s=math.ceil((self._limit - level) / self._rate),
            retry_after_s=0 if allowed else max(1, math.ceil((1 - level) / self._rate)),
        )
