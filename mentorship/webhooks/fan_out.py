"""Create the deliveries of events: one for each endpoint that wants an event of that type.

An event gets them in the transaction that gives it its position, and looks for the endpoints of its
guild. So an endpoint without events costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Integer,
    Row,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
)

from mentorship.webhooks.feed_events import message_id
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import Event, WebhookDelivery, WebhookEndpoint

MAX_DELIVERIES = 2_000
"""Deliveries that one transaction creates, at most, if it isn't for a single event."""

REPLAY_BATCH = 500
"""Events that get their deliveries once more in one transaction, at most."""

PENDING = WebhookDelivery.status == literal_column("'pending'")
"""The literal value, since a partial index can't be used with a bound parameter."""

EVENT_COLUMNS = (
    Event.id,
    Event.guild_id,
    Event.type,
    Event.occurred_at,
    Event.session_id,
    Event.group_id,
    Event.invitation_id,
    Event.request_id,
)
"""What has to be known of an event to create its deliveries."""


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """An endpoint that events are sent to. `types` is empty for all."""

    id: int
    guild_id: int | None
    types: frozenset[str]
    created_at: datetime | None

    def wants(self, event: Row[*tuple[Any, ...]]) -> bool:
        if self.guild_id not in (None, event.guild_id) or (
            self.types and event.type not in self.types
        ):
            return False
        if self.created_at is None or not isinstance(event.occurred_at, datetime):
            return True
        return event.occurred_at >= self.created_at


async def create_deliveries(tx: Transaction, events: Sequence[Row[*tuple[Any, ...]]]) -> int:
    """Create the deliveries of events that get their positions. Returns for how many of the events.

    These are the first ones, as many as need `MAX_DELIVERIES`, and one at least. An event from
    before an endpoint was created isn't for that endpoint.
    """
    guilds = {event.guild_id for event in events}
    rows = (await tx.connection.execute(_ENDPOINTS, {"guilds": list(guilds)})).all()
    endpoints = [_read(row, row.created_at) for row in rows]
    wanted: list[tuple[_Endpoint, Row[*tuple[Any, ...]]]] = []
    done = 0
    for event in events:
        of_event = [(endpoint, event) for endpoint in endpoints if endpoint.wants(event)]
        if done and len(wanted) + len(of_event) > MAX_DELIVERIES:
            break
        wanted += of_event
        done += 1
    await _insert(tx, wanted)
    return done


async def replay_some(tx: Transaction) -> int:
    """Create deliveries for the next events that an endpoint gets once more.

    Returns the number of endpoints that it worked for: 0 if there is nothing to do.
    """
    row = (await tx.connection.execute(_NEXT_REPLAY)).one_or_none()
    if row is None:
        return 0
    endpoint = _read(row, None)
    query = _REPLAYED if endpoint.guild_id is None else _REPLAYED_OF_GUILD
    params = {"after": row.replay_from, "until": row.replay_until, "guild": endpoint.guild_id}
    if endpoint.guild_id is None:
        del params["guild"]
    events = (await tx.connection.execute(query, {**params, "limit": REPLAY_BATCH})).all()
    is_end = len(events) < REPLAY_BATCH or row.disabled_at is not None
    if row.disabled_at is None:
        await _insert(tx, [(endpoint, event) for event in events if endpoint.wants(event)])
    values = {
        "replay_from": None if is_end else events[-1].position,
        "replay_until": None if is_end else row.replay_until,
    }
    changes = {"row_id": row.id, **values}
    await tx.connection.execute(update_by_id(WebhookEndpoint, *values), changes)
    return 1


def _read(row: Row[*tuple[Any, ...]], created_at: Any) -> _Endpoint:
    try:
        types = frozenset(row.event_types)
    except TypeError:
        # Unreadable. Too many events do less harm than none.
        types = frozenset()
    readable = created_at if isinstance(created_at, datetime) else None
    return _Endpoint(row.id, row.guild_id, types, readable)


async def _insert(
    tx: Transaction, wanted: Sequence[tuple[_Endpoint, Row[*tuple[Any, ...]]]]
) -> None:
    """Insert deliveries. One waits if an earlier one with the same key is pending."""
    if not wanted:
        return
    keys = {order_key(event) for _, event in wanted} - {None}
    behind = await _pending_keys(tx, {endpoint.id for endpoint, _ in wanted}, keys)
    rows = []
    for endpoint, event in wanted:
        key = order_key(event)
        rows.append(
            {
                "endpoint_id": endpoint.id,
                "guild_id": event.guild_id,
                "event_id": event.id,
                "message_id": message_id(event.id),
                "order_key": key,
                "next_at": None if (endpoint.id, key) in behind else tx.now,
                "created_at": tx.now,
            }
        )
        if key is not None:
            behind.add((endpoint.id, key))
    await tx.connection.execute(_INSERT, rows)


def order_key(event: Row[*tuple[Any, ...]]) -> str | None:
    """Return the key of events that are delivered in order; None if it doesn't matter.

    Those of the seats of a group session have the group's.
    """
    for prefix, row_id in (
        ("group", event.group_id),
        ("session", event.session_id),
        ("invitation", event.invitation_id),
        ("request", event.request_id),
    ):
        if row_id is not None:
            return f"{prefix}:{row_id}"
    return None


async def _pending_keys(
    tx: Transaction, endpoint_ids: Collection[int], keys: Collection[str | None]
) -> set[tuple[int, str | None]]:
    if not keys:
        return set()
    params = {"endpoints": list(endpoint_ids), "keys": list(keys)}
    return {
        (row.endpoint_id, row.order_key) for row in await tx.connection.execute(_BEHIND, params)
    }


_ENDPOINTS = select(
    WebhookEndpoint.id,
    WebhookEndpoint.guild_id,
    WebhookEndpoint.event_types,
    WebhookEndpoint.created_at,
).where(
    or_(
        WebhookEndpoint.guild_id.in_(bindparam("guilds", expanding=True)),
        WebhookEndpoint.guild_id.is_(None),
    ),
    WebhookEndpoint.disabled_at.is_(None),
)
_INSERT = insert(WebhookDelivery)
_BEHIND = (
    select(WebhookDelivery.endpoint_id, WebhookDelivery.order_key)
    .where(
        PENDING,
        WebhookDelivery.endpoint_id.in_(bindparam("endpoints", expanding=True)),
        WebhookDelivery.order_key.in_(bindparam("keys", expanding=True)),
    )
    .distinct()
)
_IS_REPLAYED = WebhookEndpoint.replay_from.is_not(None)
_NEXT_REPLAY = (
    select(
        WebhookEndpoint.id,
        WebhookEndpoint.guild_id,
        WebhookEndpoint.event_types,
        WebhookEndpoint.disabled_at,
        WebhookEndpoint.replay_from,
        WebhookEndpoint.replay_until,
    )
    .where(_IS_REPLAYED)
    .order_by(WebhookEndpoint.id)
    .limit(1)
)
_SPAN = (Event.position > bindparam("after"), Event.position <= bindparam("until"))
_REPLAYED = (
    select(*EVENT_COLUMNS, Event.position)
    .where(*_SPAN)
    .order_by(Event.position)
    .limit(bindparam("limit", type_=Integer))
)
_REPLAYED_OF_GUILD = (
    select(*EVENT_COLUMNS, Event.position)
    .where(Event.guild_id == bindparam("guild"), *_SPAN)
    .order_by(Event.guild_id, Event.position)
    .limit(bindparam("limit", type_=Integer))
)
