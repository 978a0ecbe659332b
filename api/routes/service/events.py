"""The route with which the main app reads events."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import ServiceCaller
from api.openapi import error_responses
from api.schemas.service.events import EventList, EventQuery
from api.webhooks import rendering
from mentorship.actors import Actor
from mentorship.errors import EventsExpired
from mentorship.webhooks import feed
from storage import Transaction

router = APIRouter(tags=["service"])


@router.get("/events", summary="Read events", responses=error_responses(EventsExpired))
async def read_events(caller: ServiceCaller, query: Annotated[EventQuery, Query()]) -> EventList:
    """Return what has happened in the server, in order, with the same content as webhooks: for apps
    that would rather ask. Keep `after`, and send it with the next request: then you miss nothing,
    and get nothing twice. If you have waited so long that events after yours were deleted, the
    answer is 410."""

    async def read(tx: Transaction, actor: Actor) -> EventList:
        page = await feed.read_after(tx, actor, query.position(), query.types(), query.limit)
        rendered = await rendering.render(tx, page.events)
        events = [rendered[event.id] for event in page.events if event.id in rendered]
        return EventList.of(events, page.last, has_more=page.has_more)

    return await caller.read(read)
