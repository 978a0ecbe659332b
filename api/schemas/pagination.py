"""The query parameters of paginated lists."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.schemas.base import RequestModel, Text
from mentorship import pagination
from mentorship.pagination import Cursor
from wording.translation import pgettext

MAX_PAGE_SIZE = 100


CURSOR_SEPARATOR = "-"
"""Between the position in a cursor and the mark of its list (`api.pagination`)."""


def _valid_cursor(text: str) -> str:
    if Cursor.parse(text.partition(CURSOR_SEPARATOR)[0]) is None:
        raise PydanticCustomError(
            "cursor",
            pgettext(
                "a field of a request",
                "is not a cursor of this list; leave it out to get the first page",
            ),
        )
    return text


class PageQuery(RequestModel):
    """The parameters of every paginated list."""

    # Query parameters arrive as text, so numbers have to be converted.
    model_config = ConfigDict(strict=False)

    cursor: Annotated[Text, Field(max_length=100), AfterValidator(_valid_cursor)] | None = Field(
        None, description="`nextCursor` or `previousCursor` of another page. Send the same filters."
    )
    page: Annotated[int, Field(ge=1, le=pagination.MAX_PAGE_NUMBER)] | None = Field(
        None,
        description="A page number from 1, instead of a cursor. Cursors are faster, and with them "
        "no item is skipped or repeated when the list changes in between.",
    )


class QueueQuery(PageQuery):
    """Which page of a list without filters to return, such as a moderation queue."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = Field(
        25, description="The number of items on a page."
    )
