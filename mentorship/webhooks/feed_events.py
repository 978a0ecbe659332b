"""Events as the main app gets them, by webhooks or by reading the feed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mentorship.event_types import EventType
from storage import Transaction


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A recorded event with its `position` in the feed. The others are as in `events.Event`.

    Consumers read by positions and never by ids, since transactions don't commit in the order of
    their ids.
    """

    id: int
    position: int
    guild_id: int
    type: EventType
    occurred_at: datetime
    actor_id: int | None = None
    subject_id: int | None = None
    session_id: int | None = None
    revision_id: int | None = None
    group_id: int | None = None
    invitation_id: int | None = None
    request_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


Renderer = Callable[[Transaction, Sequence[FeedEvent]], Awaitable[Mapping[int, bytes]]]
"""Returns the bodies of webhooks by event id, as things are now. Events that can't be rendered are
left out. The API has it, because the bodies have its shapes."""


def message_id(event_id: int) -> str:
    """Return the `webhook-id` of an event: the same for each endpoint and each attempt."""
    return f"evt_{event_id}"
