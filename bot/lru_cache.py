"""What the bot keeps in mind for a little while, and could do without."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_ENTRIES = 500


class LruCache(Generic[T]):
    """One thing for each of the latest few hundred people; gone after a restart.

    For conveniences alone, such as a form that comes back filled in.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[int, T] = OrderedDict()

    def put(self, user_id: int, thing: T) -> None:
        self._kept[user_id] = thing
        self._kept.move_to_end(user_id)
        if len(self._kept) > MAX_ENTRIES:
            self._kept.popitem(last=False)

    def get(self, user_id: int) -> T | None:
        return self._kept.get(user_id)

    def pop(self, user_id: int) -> T | None:
        return self._kept.pop(user_id, None)
