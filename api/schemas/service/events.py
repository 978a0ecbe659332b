"""The stream of events that the main app reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.schemas.base import RequestModel, ResponseModel, Text, with_examples
from api.schemas.service.webhooks import EventTypeName
from api.webhooks.payloads import EventBody, FeedItem
from mentorship.actors import MAX_ID
from mentorship.event_types import EventType
from wording.translation import pgettext

MAX_EVENTS = 100


def _position(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and int(text) <= MAX_ID):
        raise PydanticCustomError(
            "cursor",
            pgettext(
                "a field of a request",
                "is not a cursor of this list; leave it out for the oldest events",
            ),
        )
    return text


class EventQuery(RequestModel):
    """Which events to return."""

    # Query parameters arrive as text, so numbers have to be converted.
    model_config = ConfigDict(strict=False)

    after: Annotated[Text, Field(max_length=19), AfterValidator(_position)] | None = Field(
        None,
        description="`after` of the previous answer. Without it, the oldest events that are kept "
        "come first.",
    )
    type: Annotated[list[EventTypeName], Field(max_length=100)] = Field(
        [], description="Only events of this type. Can be repeated."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_EVENTS)] = Field(
        MAX_EVENTS, description="The number of events, at most."
    )

    def position(self) -> int | None:
        """Return the position after which to read."""
        return None if self.after is None else int(self.after)

    def types(self) -> frozenset[EventType]:
        """Return the types to read; none for all."""
        return frozenset(map(EventType, self.type))


class EventList(ResponseModel):
    """Events in the order in which they were committed."""

    model_config = with_examples({"events": [], "after": "1042", "hasMore": False})

    events: list[FeedItem]
    after: str = Field(
        description="Send it with the next request. It is there even if there are no events."
    )
    has_more: bool = Field(
        description="There are more events already, so ask again at once. Otherwise wait a while."
    )

    @classmethod
    def of(cls, events: Sequence[EventBody], last: int, *, has_more: bool) -> EventList:
        """Create it from rendered events. The next ones have positions after `last`."""
        items = cast("list[FeedItem]", list(events))
        return cls(events=items, after=str(last), has_more=has_more)
