"""Load one page of a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from operator import attrgetter
from typing import TypeVar

from api.dependencies import Caller
from api.schemas.pagination import PageQuery
from mentorship import pagination
from mentorship.actors import Actor
from mentorship.pagination import Page
from storage import Transaction

ItemT = TypeVar("ItemT")


async def load_page(
    caller: Caller,
    load: Callable[[Transaction, Actor, str | None], Awaitable[Page[ItemT]]],
    query: PageQuery,
) -> Page[ItemT]:
    """Return the page at the query's cursor or with its number; an empty one after the last.

    `load` takes a cursor, or None for the first page.
    """

    async def load_requested(tx: Transaction, actor: Actor) -> Page[ItemT] | None:
        load_at = partial(load, tx, actor)
        if query.page is None:
            return await load_at(query.cursor)
        return await pagination.load_nth_page(load_at, attrgetter("next"), query.page)

    return await caller.read(load_requested) or Page(())
