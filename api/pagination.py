"""Load one page of a list.

A cursor holds a position only. Over REST it also has a mark of the list that it is from: the path,
the filters and the caller. With another list's cursor, a client would get a wrong page unnoticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from operator import attrgetter
from typing import TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from api.dependencies import Caller
from api.http.request_context import add_header
from api.problems import Problem
from api.schemas.pagination import CURSOR_SEPARATOR, PageQuery
from mentorship import pagination
from mentorship.actors import Actor
from mentorship.pagination import Page
from storage import Transaction
from wording.translation import _, pgettext

ItemT = TypeVar("ItemT")

_NO_FILTERS = frozenset({"cursor", "page", "limit"})
"""Parameters that say which page of a list to return, not which list."""

_MARK_BYTES = 5


async def load_page(
    caller: Caller,
    load: Callable[[Transaction, Actor, str | None], Awaitable[Page[ItemT]]],
    query: PageQuery,
) -> Page[ItemT]:
    """Return the page at the query's cursor or with its number; an empty one after the last.

    `load` takes a cursor, or None for the first page. The cursors of the page that is returned are
    for the response, which also gets them as `Link` headers. Raises `Problem` (400) for the cursor
    of another list.
    """
    cursors = ListCursors(caller)
    cursor = cursors.read(query)

    async def load_requested(tx: Transaction, actor: Actor) -> Page[ItemT] | None:
        load_at = partial(load, tx, actor)
        if query.page is None:
            return await load_at(cursor)
        return await pagination.load_nth_page(load_at, attrgetter("next"), query.page)

    page = await caller.read(load_requested)
    if page is None:
        return Page(())
    next_cursor, previous_cursor = cursors.write(page.next, page.previous)
    return Page(page.items, next=next_cursor, previous=previous_cursor)


class ListCursors:
    """The cursors of the list that a request is about, as they are over REST."""

    def __init__(self, caller: Caller) -> None:
        self._request = caller.request
        self._mark = _mark(caller)

    def read(self, query: PageQuery) -> str | None:
        """Return the position in the query's cursor, None for the first page.

        Raises `Problem` (400) if the cursor is of another list.
        """
        if query.cursor is None:
            return None
        position, _separator, mark = query.cursor.partition(CURSOR_SEPARATOR)
        if mark != self._mark:
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                "cursor-mismatch",
                _(
                    "This cursor is from another list. Send it with the path and the filters of "
                    "the request that returned it, for the same member."
                ),
                errors=[
                    {
                        "parameter": "cursor",
                        "detail": pgettext("a field of a request", "is from another list"),
                    }
                ],
            )
        return position

    def write(
        self, next_position: str | None, previous_position: str | None
    ) -> tuple[str | None, str | None]:
        """Return the cursors of the next page and of the previous one, and add them as `Link`."""
        cursors = []
        for relation, position in (("next", next_position), ("prev", previous_position)):
            cursor = None
            if position is not None:
                cursor = f"{position}{CURSOR_SEPARATOR}{self._mark}"
                add_link(self._request, relation, cursor=cursor, page=None)
            cursors.append(cursor)
        return cursors[0], cursors[1]


def add_link(request: Request, relation: str, **changes: str | None) -> None:
    """Add a `Link` (RFC 8288) to the request's own URL with other parameters; None removes one.

    The URL is relative (RFC 3986, section 5.2) and has no path, since a proxy may have changed it.
    """
    others = _filters(request.query_params, frozenset(changes))
    changed = [(name, value) for name, value in changes.items() if value is not None]
    add_header(request.scope, "Link", f'<?{urlencode([*others, *changed])}>; rel="{relation}"')


def _filters(query: QueryParams, left_out: frozenset[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in query.multi_items() if name not in left_out]


def _mark(caller: Caller) -> str:
    filters = sorted(_filters(caller.request.query_params, _NO_FILTERS))
    owner = (caller.actor.guild_id, caller.actor.user_id)
    content = repr((caller.request.url.path, filters, owner))
    return hashlib.blake2s(content.encode(), digest_size=_MARK_BYTES).hexdigest()
