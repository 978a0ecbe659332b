"""The deliveries of a webhook endpoint: a log for the main app, test deliveries and replays."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Integer, Row, bindparam, insert, select

from mentorship.actors import MAX_ID, Actor
from mentorship.errors import EndpointDisabled, NotFound, Subject
from mentorship.pagination import Cursor, Direction, Page, Position, load_page
from mentorship.webhooks import endpoints
from mentorship.webhooks.endpoints import EndpointView
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import Event, EventFeed, WebhookDelivery, WebhookEndpoint
from storage.types import RowId, UtcDateTime

TEST_TYPE = "webhook.test"
"""The type of a test delivery. No event has it."""

COMMIT_DELAY = timedelta(minutes=1)
"""How much later than an event one with a lower position may have happened: a transaction's clock
is its start, and positions are in the order of commits."""


class DeliveryStatus(StrEnum):
    """Whether an event has arrived at an endpoint. The values are stored."""

    PENDING = auto()
    SENT = auto()
    FAILED = auto()
    """It isn't tried any more."""


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery as the main app sees it.

    `event_type` is `TEST_TYPE` for a test, and None if the event was deleted for its age.
    `message_id` is the `webhook-id` of each attempt. `next_at` is when the next attempt is due,
    None after the last one, or while an earlier event of the same session is still pending.
    `last_status` is the HTTP status of the last answer. `last_error` is a code for what else went
    wrong.
    """

    id: int
    endpoint_id: int
    event_id: int | None
    event_type: str | None
    message_id: str
    status: DeliveryStatus
    attempts: int
    next_at: datetime | None
    created_at: datetime
    settled_at: datetime | None
    last_status: int | None
    last_error: str | None


async def list_page(
    tx: Transaction,
    actor: Actor,
    endpoint_id: int,
    status: DeliveryStatus | None,
    cursor_text: str | None,
    size: int,
) -> Page[DeliveryView]:
    """Load a page of an endpoint's deliveries, the latest first. Raises `NotFound`.

    `status` is the one that they have; None for any. A malformed cursor means the first page.
    """
    await endpoints.load(tx, actor, endpoint_id)
    # The index has the deliveries of each status in the order of their ids.
    statuses = list(DeliveryStatus) if status is None else [status]

    async def fetch(at: Cursor | None, limit: int) -> Sequence[DeliveryView]:
        is_backward = at is not None and at.direction is Direction.BACKWARD
        statement = _SELECT_LATER if is_backward else _SELECT_EARLIER
        params = {"endpoint": endpoint_id, "limit": limit}
        params["beside"] = MAX_ID if at is None else at.position.key[0]
        rows = [
            row
            for each in statuses
            for row in await tx.connection.execute(statement, {**params, "status": each})
        ]
        rows.sort(key=lambda row: row.id, reverse=not is_backward)
        return [_view(row) for row in rows[:limit]]

    return await load_page(fetch, _position, cursor_text, size)


async def load(tx: Transaction, actor: Actor, endpoint_id: int, delivery_id: int) -> DeliveryView:
    """Load one delivery. Raises `NotFound`."""
    await endpoints.load(tx, actor, endpoint_id)
    params = {"endpoint": endpoint_id, "delivery": delivery_id}
    row = (await tx.connection.execute(_SELECT_ONE, params)).one_or_none()
    if row is None:
        raise NotFound(Subject.WEBHOOK_DELIVERY)
    return _view(row)


async def send_test(tx: Transaction, actor: Actor, endpoint_id: int) -> DeliveryView:
    """Send a test to an endpoint, and return its delivery.

    Raises `NotFound`, `EndpointDisabled`.
    """
    await _load_enabled(tx, actor, endpoint_id)
    row = {
        "endpoint_id": endpoint_id,
        "guild_id": actor.guild,
        "message_id": f"test_{secrets.token_hex(12)}",
        "next_at": tx.now,
        "created_at": tx.now,
    }
    delivery_id = (await tx.connection.execute(_INSERT, row)).scalar_one()
    return await load(tx, actor, endpoint_id, delivery_id)


async def replay(tx: Transaction, actor: Actor, endpoint_id: int, delivery_id: int) -> DeliveryView:
    """Make one delivery again, with all its attempts, and return it.

    What is sent is the event as it is at that moment, with the same id as before. One that is still
    pending becomes due now. Raises `NotFound`, also if the event was deleted for its age, and
    `EndpointDisabled`.
    """
    await _load_enabled(tx, actor, endpoint_id)
    delivery = await load(tx, actor, endpoint_id, delivery_id)
    if delivery.event_type is None:
        raise NotFound(Subject.WEBHOOK_DELIVERY)
    values: dict[str, Any] = {
        "status": DeliveryStatus.PENDING,
        "attempts": 0,
        "next_at": tx.now,
        "settled_at": None,
    }
    params = {"row_id": delivery_id, **values}
    await tx.connection.execute(update_by_id(WebhookDelivery, *values), params)
    return await load(tx, actor, endpoint_id, delivery_id)


async def replay_since(
    tx: Transaction, actor: Actor, endpoint_id: int, since: datetime
) -> EndpointView:
    """Send an endpoint all its events since an instant once more, and return the endpoint.

    They get new deliveries with the same ids, in steps (`fan_out.replay_some`), so there may be any
    number of them. Those that happened shortly before `since` may be among them. Raises `NotFound`,
    `EndpointDisabled`.
    """
    endpoint = await _load_enabled(tx, actor, endpoint_id)
    params = {"since": since - COMMIT_DELAY}
    firsts = [
        position
        for statement in _FIRST_SINCE
        if (position := await tx.connection.scalar(statement, params)) is not None
    ]
    if firsts:
        values = {
            "replay_from": min(firsts) - 1,
            "replay_until": (await tx.connection.execute(_HEAD)).scalar_one(),
        }
        changes = {"row_id": endpoint_id, **values}
        await tx.connection.execute(update_by_id(WebhookEndpoint, *values), changes)
    return endpoint


async def _load_enabled(tx: Transaction, actor: Actor, endpoint_id: int) -> EndpointView:
    endpoint = await endpoints.load(tx, actor, endpoint_id)
    if not endpoint.is_enabled:
        raise EndpointDisabled()
    return endpoint


def _view(row: Row[*tuple[Any, ...]]) -> DeliveryView:
    values = dict(row._mapping)
    values["status"] = DeliveryStatus(row.status)
    if row.event_id is None:
        values["event_type"] = TEST_TYPE
    return DeliveryView(**values)


def _position(delivery: DeliveryView) -> Position:
    # The id alone is the key; the 0 is there because a cursor's key has two numbers at least.
    return Position(0, (delivery.id, 0))


_COLUMNS = [name for name in DeliveryView.__slots__ if name != "event_type"]
_SELECT = select(
    *(getattr(WebhookDelivery, name) for name in _COLUMNS), Event.type.label("event_type")
).outerjoin(Event, Event.id == WebhookDelivery.event_id)
_SELECT_ONE = _SELECT.where(
    WebhookDelivery.endpoint_id == bindparam("endpoint", type_=RowId),
    WebhookDelivery.id == bindparam("delivery", type_=RowId),
)
_OF_STATUS = _SELECT.where(
    WebhookDelivery.endpoint_id == bindparam("endpoint", type_=RowId),
    WebhookDelivery.status == bindparam("status"),
).limit(bindparam("limit", type_=Integer))
_BESIDE = bindparam("beside", type_=RowId)
_SELECT_EARLIER = _OF_STATUS.where(WebhookDelivery.id < _BESIDE).order_by(
    WebhookDelivery.endpoint_id, WebhookDelivery.status, WebhookDelivery.id.desc()
)
_SELECT_LATER = _OF_STATUS.where(WebhookDelivery.id > _BESIDE).order_by(
    WebhookDelivery.endpoint_id, WebhookDelivery.status, WebhookDelivery.id
)
_INSERT = insert(WebhookDelivery).returning(WebhookDelivery.id)
_HEAD = select(EventFeed.position)
_SINCE = bindparam("since", type_=UtcDateTime)
# One for each range of the index by age. Events that have no position yet get their deliveries
# together with it.
_FIRST_SINCE = [
    select(Event.position)
    .where(Event.audited.is_(is_audited), Event.occurred_at >= _SINCE, Event.position.is_not(None))
    .order_by(Event.audited, Event.occurred_at)
    .limit(1)
    for is_audited in (False, True)
]
