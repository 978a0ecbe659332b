"""How lists are asked for: by cursor, or by the number of a page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from pydantic import ConfigDict, Field

from api.problems import Problem
from api.shapes.base import Asked, Text
from mentorship import numbered_pages
from mentorship.cursors import Cursor

LARGEST_PAGE = 100


class Listed(Asked):
    """The parameters that every list takes. From a query all values come as text."""

    model_config = ConfigDict(strict=False)

    cursor: Annotated[Text, Field(max_length=100)] | None = Field(
        None, description="`nextCursor` or `previousCursor` of an earlier answer."
    )
    page: Annotated[int, Field(ge=1, le=numbered_pages.HIGHEST)] | None = Field(
        None,
        description="The number of a page, from 1, instead of a cursor. Cursors are faster, and "
        "skip nothing when the list changes in between.",
    )


def require_cursor(text: str | None) -> None:
    """Raise `Problem` (422) for a text that no list has given out as a cursor."""
    if text is None or Cursor.read(text) is not None:
        return
    words = "is no cursor of this list; leave it out to begin anew"
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        f"cursor: {words}.",
        errors=[{"parameter": "cursor", "detail": words}],
    )
