"""Pages by number, for callers that count: the page that so many cursors lead to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

PageT = TypeVar("PageT")

HIGHEST = 50
"""Each page before the wanted one is looked at, so further ones are for cursors."""


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
