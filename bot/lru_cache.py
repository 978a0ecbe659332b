"""A small in-memory cache for what the bot can do without after a restart."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

MAX_ENTRIES = 500
"""How many values a cache holds."""


class LruCache(Generic[K, T]):
    """Holds the last `MAX_ENTRIES` values by key.

    Empty after a restart, so it is for conveniences alone, such as a rejected form that opens again
    as it was filled in.
    """

    def __init__(self) -> None:
        self._values: OrderedDict[K, T] = OrderedDict()

    def put(self, key: K, value: T) -> None:
        """Store a value, and drop the oldest one if there are too many."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > MAX_ENTRIES:
            self._values.popitem(last=False)

    def get(self, key: K) -> T | None:
        """Return the value of a key, or None."""
        return self._values.get(key)

    def pop(self, key: K) -> T | None:
        """Remove and return the value of a key, or None."""
        return self._values.pop(key, None)
