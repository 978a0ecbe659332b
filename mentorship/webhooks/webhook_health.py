"""What operators have to know about webhooks: endpoints that fail, and deliveries that are late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, or_, select

from mentorship.webhooks.endpoints import DisabledReason
from mentorship.webhooks.fan_out import PENDING
from mentorship.webhooks.outcomes import host_of
from storage import Transaction
from storage.tables import WebhookDelivery, WebhookEndpoint
from storage.types import UtcDateTime

FAILING_AFTER = timedelta(hours=1)
"""How long an endpoint fails until operators are told."""

RECENT = timedelta(days=30)
"""How long after it was disabled an endpoint is listed."""

OVERDUE_AFTER = timedelta(minutes=5)
"""How long after it was due a delivery is overdue. A claimed one is due at the end of its lease."""

MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class TroubledEndpoint:
    """An endpoint that fails, or that was disabled because of that. `guild_id` is None for all."""

    id: int
    guild_id: int | None
    host: str
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None


async def list_troubled(tx: Transaction) -> list[TroubledEndpoint]:
    """List up to `MAX_LISTED` endpoints that fail for an hour, or were disabled in a month."""
    params = {"failing": tx.now - FAILING_AFTER, "recent": tx.now - RECENT}
    return [
        TroubledEndpoint(
            row.id,
            row.guild_id,
            host_of(row.url),
            row.failing_since,
            row.disabled_at,
            row.disabled_reason,
        )
        for row in await tx.connection.execute(_TROUBLED, params)
    ]


async def overdue_since(tx: Transaction) -> datetime | None:
    """Return since when deliveries should have been made, None if none is overdue."""
    first: datetime | None = await tx.connection.scalar(_FIRST_DUE)
    return None if first is None or first > tx.now - OVERDUE_AFTER else first


_TROUBLED = (
    select(
        WebhookEndpoint.id,
        WebhookEndpoint.guild_id,
        WebhookEndpoint.url,
        WebhookEndpoint.failing_since,
        WebhookEndpoint.disabled_at,
        WebhookEndpoint.disabled_reason,
    )
    .where(
        or_(
            WebhookEndpoint.disabled_at.is_(None)
            & (WebhookEndpoint.failing_since <= bindparam("failing", type_=UtcDateTime)),
            WebhookEndpoint.disabled_reason.in_((DisabledReason.FAILING, DisabledReason.GONE))
            & (WebhookEndpoint.disabled_at >= bindparam("recent", type_=UtcDateTime)),
        )
    )
    .order_by(WebhookEndpoint.id)
    .limit(MAX_LISTED)
)
_FIRST_DUE = select(func.min(WebhookDelivery.next_at)).where(PENDING)
