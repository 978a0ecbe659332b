"""Pages of a list: by cursor, or by number for clients that count pages."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Protocol, Self, TypeVar

from sqlalchemy import Row, Select
from sqlalchemy.orm import InstrumentedAttribute

from mentorship import faults
from mentorship.actors import MAX_ID
from mentorship.faults import FaultKind
from storage import Transaction


class HasId(Protocol):
    """An item with the id of its row."""

    @property
    def id(self) -> int: ...


ItemT = TypeVar("ItemT")
QueueItemT = TypeVar("QueueItemT", bound=HasId)
PageT = TypeVar("PageT")

MAX_PAGE_NUMBER = 50
"""The last page that can be requested by number: each page before it is loaded, too."""

_CURSOR = re.compile(r"(?P<direction>[ab])(?P<numbers>[0-9a-z]{1,13}(?:\.[0-9a-z]{1,13}){2,3})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Direction(Enum):
    """The way to go from a position in a list. The values are stored in cursors and buttons."""

    FORWARD = "a"
    BACKWARD = "b"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """The position of an item in a list: the number of its tier, and its sort key in that tier.

    Most lists have a single tier, 0.
    """

    tier: int
    key: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The items after a position, or before it.

    A cursor holds nothing but where to continue, so a forged one shows no more than a real one.
    """

    direction: Direction
    position: Position

    @property
    def text(self) -> str:
        """The cursor as text of at most 56 letters, digits and dots."""
        numbers = (self.position.tier, *self.position.key)
        return self.direction.value + ".".join(map(to_base36, numbers))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse a cursor's text, or return None if it is malformed."""
        match = _CURSOR.fullmatch(text)
        if match is None:
            return None
        tier, *key = (int(number, 36) for number in match["numbers"].split("."))
        if max(tier, *key) > MAX_ID:
            return None
        return cls(Direction(match["direction"]), Position(tier, tuple(key)))


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """Some items of a list, in order, and the cursors of the pages beside it, None at an end."""

    items: tuple[ItemT, ...]
    previous: str | None = None
    next: str | None = None


async def load_page(
    fetch: Callable[[Cursor | None, int], Awaitable[Sequence[ItemT]]],
    position_of: Callable[[ItemT], Position],
    cursor_text: str | None,
    size: int,
) -> Page[ItemT]:
    """Load the page of at most `size` items at a cursor; a malformed cursor means the first page.

    `fetch` takes a cursor and a limit and returns the items after the cursor's position, or those
    before it for a backward cursor, in both cases the nearest first.
    """
    cursor = Cursor.parse(cursor_text) if cursor_text else None
    backward = cursor is not None and cursor.direction is Direction.BACKWARD
    fetched = await fetch(cursor, size + 1)
    if backward and not fetched:
        # The items before the cursor are gone, so this is the beginning of the list.
        return await load_page(fetch, position_of, None, size)
    items = tuple(fetched[:size][::-1] if backward else fetched[:size])
    more = len(fetched) > size
    has_previous, has_next = (more, True) if backward else (cursor is not None, more)
    return Page(
        items,
        Cursor(Direction.BACKWARD, position_of(items[0])).text if has_previous and items else None,
        Cursor(Direction.FORWARD, position_of(items[-1])).text if has_next and items else None,
    )


async def load_queue_page(
    tx: Transaction,
    kind: FaultKind,
    query: Select[*tuple[Any, ...]],
    row_id: InstrumentedAttribute[int],
    item_of: Callable[[Row[*tuple[Any, ...]]], QueueItemT],
    cursor_text: str | None,
    size: int,
) -> Page[QueueItemT]:
    """Load a page of the rows of `query`, the lowest id first: what waits longest.

    `row_id` is the column of the ids. A malformed cursor means the first page. Rows that can't be
    read are left out, and noted as faults of `kind`.
    """

    async def fetch(at: Cursor | None, limit: int) -> list[QueueItemT]:
        backward = at is not None and at.direction is Direction.BACKWARD
        order = row_id.desc() if backward else row_id.asc()
        last_id = None if at is None else at.position.key[0]
        items: list[QueueItemT] = []
        while True:
            rows_beside = query
            if last_id is not None:
                rows_beside = query.where(row_id < last_id if backward else row_id > last_id)
            missing = limit - len(items)
            result = await tx.connection.execute(rows_beside.order_by(order).limit(missing))
            rows = result.all()
            readable = faults.readable(tx, kind, rows, item_of, lambda row: int(row.id))
            items += readable
            if len(readable) == len(rows) or len(rows) < missing:
                return items
            last_id = rows[-1].id

    return await load_page(fetch, _queue_position, cursor_text, size)


def _queue_position(item: HasId) -> Position:
    # The id alone is the key; the 0 is there because a cursor's key has two numbers at least.
    return Position(0, (item.id, 0))


async def load_nth_page(
    fetch: Callable[[str | None], Awaitable[PageT]],
    next_cursor_of: Callable[[PageT], str | None],
    number: int,
) -> PageT | None:
    """Load a page by its number, from 1, or return None beyond the last page.

    `fetch` loads the page at a cursor's text, or the first for None.
    """
    page = await fetch(None)
    for _ in range(number - 1):
        cursor_text = next_cursor_of(page)
        if cursor_text is None:
            return None
        page = await fetch(cursor_text)
    return page


def to_base36(number: int) -> str:
    """Write a whole number from 0 in base 36: Discord's custom ids hold at most 100 characters."""
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if number == 0:
            return digits
