"""Rate limits: token buckets in memory, for each caller.

A caller may send a minute's worth of requests at once, and then as many as the bucket refills.
A restart empties the counts, which only ever allows more.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from wording.translation import ngettext

WINDOW_S = 60
"""The seconds in which a bucket refills."""

MAX_BUCKETS = 10_000
"""Maximum number of buckets in memory. The one that was unused for longest is dropped first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a caller's limit after a request. `policy` names the limit.

    `reset_s` is the time in seconds until the bucket is full again. `retry_after_s` is 0 if the
    request is allowed; otherwise the time in seconds until the next one is.
    """

    policy: str
    limit: int
    remaining: int
    reset_s: int
    retry_after_s: int


def rate_limit_exceeded(limit: int) -> str:
    """Return the sentence for a caller above a limit of `limit` requests a minute."""
    return ngettext(
        "Rate limit exceeded: {count} request per minute.",
        "Rate limit exceeded: {count} requests per minute.",
        limit,
    )


def rate_limit_headers(allowances: Sequence[Allowance]) -> dict[str, str]:
    """Return the fields `RateLimit-Policy` and `RateLimit`, and `Retry-After` if one is exhausted.

    They are structured fields as in draft-ietf-httpapi-ratelimit-headers-10: `q` requests in `w`
    seconds; `r` requests remain, and in `t` seconds all of them are available again.
    """
    headers = {
        "RateLimit-Policy": ", ".join(
            f'"{each.policy}";q={each.limit};w={WINDOW_S}' for each in allowances
        ),
        "RateLimit": ", ".join(
            f'"{each.policy}";r={each.remaining};t={each.reset_s}' for each in allowances
        ),
    }
    retry_after_s = max(each.retry_after_s for each in allowances)
    if retry_after_s:
        headers["Retry-After"] = str(retry_after_s)
    return headers


class RateLimiter:
    """Allows each key `per_minute` requests a minute. `clock` is in seconds.

    `policy` is the name of the limit in the headers.
    """

    def __init__(
        self, per_minute: int, policy: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._policy = policy
        self._limit = per_minute
        self._rate = per_minute / WINDOW_S
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
            policy=self._policy,
            limit=self._limit,
            remaining=int(level),
            reset_s=math.ceil((self._limit - level) / self._rate),
            retry_after_s=0 if allowed else max(1, math.ceil((1 - level) / self._rate)),
        )
