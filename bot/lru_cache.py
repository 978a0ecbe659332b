"""A small in-memory cache for what the bot can do without after a restart."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_ENTRIES = 500
"""People for whom a cache holds a value."""


class LruCache(Generic[T]):
    """Holds one value for each of the last `MAX_ENTRIES` people, by user id.

    Empty after a restart, so it is for conveniences alone, such as a rejected form that opens again
    as it was filled in.
    """

    def __init__(self) -> None:
        self._values: OrderedDict[int, T] = OrderedDict()

    def put(self, user_id: int, value: T) -> None:
        """Store a value, and drop the oldest one if there are too many."""
        self._values[user_id] = value
        self._values.move_to_end(user_id)
        if len(self._values) > MAX_ENTRIES:
            self._values.popitem(last=False)

    def get(self, user_id: int) -> T | None:
        """Return the person's value, or None."""
        return self._values.get(user_id)

    def pop(self, user_id: int) -> T | None:
        """Remove and return the person's value, or None."""
        return self._values.pop(user_id, None)
