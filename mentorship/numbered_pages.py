"""Pages by number, for callers that count: the page that so many cursors lead to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar


class _Page(Protocol):
    @property
    def next(self) -> str | None: ...


PageT = TypeVar("PageT", bound=_Page)

HIGHEST = 50
"""Each page before the wanted one is looked at, so further ones are for cursors."""


async def nth(look: Callable[[str | None], Awaitable[PageT]], number: int) -> PageT | None:
    """The page of a list by its number, from 1; None beyond the last. `look` takes a cursor."""
    page = await look(None)
    for _ in range(number - 1):
        if page.next is None:
            return None
        page = await look(page.next)
    return page
