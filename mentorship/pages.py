"""Lists in pages: by cursor, or by number for callers that count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from mentorship.cursors import Cursor, Place
from mentorship.listings import Way

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
    place: Callable[[ItemT], Place],
    cursor: str | None,
    size: int,
) -> Page[ItemT]:
    """The page of at most `size` at a cursor. A cursor that is none begins at the start.

    `look` takes a cursor and how many, and gives what comes after it, or before it where it goes
    back, the nearest first. `place` says where in the list an item stands.
    """
    at = Cursor.read(cursor) if cursor else None
    back = at is not None and at.way is Way.BACK
    found = await look(at, size + 1)
    if back and not found:
        # What was before has moved away; so this is where the list begins.
        return await page(look, place, None, size)
    items = tuple(found[:size][::-1] if back else found[:size])
    more = len(found) > size
    before, after = (more, True) if back else (at is not None, more)
    return Page(
        items,
        Cursor(Way.BACK, place(items[0])).text if before and items else None,
        Cursor(Way.ON, place(items[-1])).text if after and items else None,
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
