"""Lists in pages: by cursor, or by number for callers that count."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Self, TypeVar

from mentorship.actors import LARGEST_ID

ItemT = TypeVar("ItemT")
PageT = TypeVar("PageT")

HIGHEST = 50
"""Each page before the wanted one is looked at, so further ones are for cursors."""


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """Some of a list, in its order, and the cursors of the pages beside; None at its ends."""

    items: tuple[ItemT, ...]
    previous: str | None = None
    next: str | None = None


async def page(
    look: Callable[[Cursor | None, int], Awaitable[Sequence[ItemT]]],
    place: Callable[[ItemT], Position],
    cursor: str | None,
    size: int,
) -> Page[ItemT]:
    """The page of at most `size` at a cursor. A cursor that is none begins at the start.

    `look` takes a cursor and how many, and gives what comes after it, or before it where it goes
    back, the nearest first. `place` says where in the list an item stands.
    """
    at = Cursor.read(cursor) if cursor else None
    back = at is not None and at.way is Direction.BACK
    found = await look(at, size + 1)
    if back and not found:
        # What was before has moved away; so this is where the list begins.
        return await page(look, place, None, size)
    items = tuple(found[:size][::-1] if back else found[:size])
    more = len(found) > size
    before, after = (more, True) if back else (at is not None, more)
    return Page(
        items,
        Cursor(Direction.BACK, place(items[0])).text if before and items else None,
        Cursor(Direction.ON, place(items[-1])).text if after and items else None,
    )


async def nth(
    look: Callable[[str | None], Awaitable[PageT]],
    cursor_of_next: Callable[[PageT], str | None],
    number: int,
) -> PageT | None:
    """The page of a list by its number, from 1; None beyond the last. `look` takes a cursor."""
    page = await look(None)
    for _ in range(number - 1):
        cursor = cursor_of_next(page)
        if cursor is None:
            return None
        page = await look(cursor)
    return page


_TEXT = re.compile(r"(?P<way>[ab])(?P<numbers>[0-9a-z]{1,13}(?:\.[0-9a-z]{1,13}){2,3})")


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where something stands in a list: in which of its stretches, and the key there."""

    tier: int
    key: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """What comes after a place, or before it. It says nothing but where to look, so a made-up one
    shows its maker no more than a real one could."""

    way: Direction
    place: Position

    @property
    def text(self) -> str:
        """At most 56 characters: letters, digits and dots."""
        return self.way.value + ".".join(map(base36, (self.place.tier, *self.place.key)))

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The cursor that `text` is of, or None if it is of none."""
        match = _TEXT.fullmatch(text)
        if match is None:
            return None
        tier, *key = (int(number, 36) for number in match["numbers"].split("."))
        if max(tier, *key) > LARGEST_ID:
            return None
        return cls(Direction(match["way"]), Position(tier, tuple(key)))


def base36(number: int) -> str:
    """A whole number from 0 in as few characters as Discord's custom ids have to spare."""
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if number == 0:
            return digits


class Direction(Enum):
    """Where to go from a key."""

    ON = "a"
    BACK = "b"
