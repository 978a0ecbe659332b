"""Read recorded events as the feed gives them, without it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from api.webhooks import rendering
from mentorship.event_types import EventType
from mentorship.webhooks.feed_events import FeedEvent
from storage import Database, Transaction
from storage.tables import Event


async def load_events(tx: Transaction) -> list[FeedEvent]:
    """Load all events, each with its id as its position."""
    rows = await tx.connection.execute(select(*Event.__table__.c).order_by(Event.id))
    return [
        FeedEvent(
            id=row.id,
            position=row.id,
            guild_id=row.guild_id,
            type=EventType(row.type),
            occurred_at=row.occurred_at,
            actor_id=row.actor_id,
            subject_id=row.subject_id,
            session_id=row.session_id,
            revision_id=row.revision_id,
            group_id=row.group_id,
            invitation_id=row.invitation_id,
            request_id=row.request_id,
            facts=row.facts,
        )
        for row in rows
    ]


async def render_all(db: Database) -> list[dict[str, Any]]:
    """Return the bodies of all events, the earliest first."""
    events = await db.read(load_events)
    bodies = await db.read(rendering.render_bodies, events)
    return [json.loads(bodies[event.id]) for event in events]


async def render_latest(db: Database, kind: EventType) -> dict[str, Any]:
    """Return the body of the latest event of a type."""
    return [body for body in await render_all(db) if body["type"] == kind.value][-1]
