"""How lists are asked for: by cursor, or by the number of a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from operator import attrgetter
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field

from api.dependencies import Acting
from api.problems import Problem
from api.schemas.base import Asked, Text
from mentorship import pagination
from mentorship.actors import Actor
from mentorship.pagination import Cursor, Page
from storage import Transaction

ItemT = TypeVar("ItemT")

LARGEST_PAGE = 100


class Listed(Asked):
    """The parameters that every list takes. From a query all values come as text."""

    model_config = ConfigDict(strict=False)

    cursor: Annotated[Text, Field(max_length=100)] | None = Field(
        None, description="`nextCursor` or `previousCursor` of an earlier answer."
    )
    page: Annotated[int, Field(ge=1, le=pagination.MAX_PAGE_NUMBER)] | None = Field(
        None,
        description="The number of a page, from 1, instead of a cursor. Cursors are faster, and "
        "skip nothing when the list changes in between.",
    )


class QueueQuery(Listed):
    """Which page of what waits for the moderators."""

    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 25


async def looked(
    me: Acting,
    look: Callable[[Transaction, Actor, str | None], Awaitable[Page[ItemT]]],
    asked: Listed,
) -> Page[ItemT]:
    """The page that is asked for, by cursor or by number; an empty one beyond the last.

    Raises `Problem` (422) for a text that no list has given out as a cursor.
    """
    require_cursor(asked.cursor)

    async def read(tx: Transaction, actor: Actor) -> Page[ItemT] | None:
        at = partial(look, tx, actor)
        if asked.page is None:
            return await at(asked.cursor)
        return await pagination.load_nth_page(at, attrgetter("next"), asked.page)

    return await me.read(read) or Page(())


def require_cursor(text: str | None) -> None:
    """Raise `Problem` (422) for a text that no list has given out as a cursor."""
    if text is None or Cursor.parse(text) is not None:
        return
    words = "is no cursor of this list; leave it out to begin anew"
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        f"cursor: {words}.",
        errors=[{"parameter": "cursor", "detail": words}],
    )
