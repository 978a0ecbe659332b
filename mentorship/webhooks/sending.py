"""Claim the deliveries of webhooks that are due.

A worker that claims a delivery has a lease on it. If it ends without an outcome
(`mentorship.webhooks.outcomes`), as after a crash,
the delivery is claimed again. So each is made at least once, always with the same id. Later
deliveries with the same order key have no `next_at` until those before them are settled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, exists, func, literal_column, or_, select, update

from mentorship.webhooks import secrets
from mentorship.webhooks.deliveries import DeliveryStatus
from mentorship.webhooks.fan_out import PENDING
from storage import Transaction
from storage.tables import Event, WebhookDelivery, WebhookEndpoint
from storage.types import UtcDateTime

LEASE = timedelta(minutes=1)
"""Time for an attempt and its record. Much longer than a request may take."""

MAX_AT_ONCE = 64
"""Attempts that a worker makes at one endpoint at the same time."""

MAX_AT_ONCE_FAILING = 4
"""The same for an endpoint whose last request failed. It may be slow to fail."""


class Problem:
    """Codes for why no request was made; those of requests are `integrations.egress.Failure`."""

    NOT_RENDERED = "not_rendered"
    """The event, or what it is about, can't be read or doesn't exist any more."""
    ENDPOINT_DISABLED = "endpoint_disabled"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed delivery. `attempts` is how many were made before, `lease` when the claim ends.

    `event_id` is None for a test. The request is signed with each of `secrets`. `is_failing` is
    whether the endpoint's last request failed.
    """

    id: int
    endpoint_id: int
    guild_id: int
    event_id: int | None
    message_id: str
    order_key: str | None
    attempts: int
    lease: datetime
    url: str
    secrets: tuple[str, ...]
    is_failing: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker has to do, and how many deliveries were settled without an attempt."""

    attempts: tuple[Attempt, ...]
    settled: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker has to do now: events without deliveries, replays, deletions, deliveries."""

    new_events: bool
    replays: bool
    removed: bool
    deliveries: bool

    @property
    def is_none(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.new_events or self.replays or self.removed or self.deliveries)


async def find_work(tx: Transaction) -> Work:
    """Return what there is to do. Takes four index lookups, whatever waits."""
    return Work(*map(bool, (await tx.connection.execute(_WORK, {"now": tx.now})).one()))


async def claim(
    tx: Transaction,
    limit: int,
    in_flight: Mapping[int, int] | None = None,
    *,
    skip_failing: bool = False,
) -> Claim:
    """Claim up to `limit` deliveries that are due, for the time of `LEASE`.

    `in_flight` is how many attempts the caller makes now, by endpoint: those with `MAX_AT_ONCE` get
    no more. With `skip_failing`, neither do endpoints whose last request failed, so that slow
    failures don't hold up the others. Deliveries of disabled endpoints have failed.
    """
    counts = Counter(in_flight or {})
    params = {
        "now": tx.now,
        "limit": limit,
        "full": [endpoint for endpoint, count in counts.items() if count >= MAX_AT_ONCE],
        "failing_full": [
            endpoint for endpoint, count in counts.items() if count >= MAX_AT_ONCE_FAILING
        ],
        "skip_failing": int(skip_failing),
    }
    rows = (await tx.connection.execute(_DUE, params)).all()
    lease = tx.now + LEASE
    attempts, disabled = [], []
    for row in rows:
        if row.disabled_at is not None:
            disabled.append(row)
            continue
        is_failing = row.failing_since is not None
        if counts[row.endpoint_id] >= (MAX_AT_ONCE_FAILING if is_failing else MAX_AT_ONCE):
            continue
        counts[row.endpoint_id] += 1
        signing = secrets.list_signing(
            row.secret, row.previous_secret, row.previous_secret_until, tx.now
        )
        attempts.append(
            Attempt(
                row.id,
                row.endpoint_id,
                row.guild_id,
                row.event_id,
                row.message_id,
                row.order_key,
                row.attempts,
                lease,
                row.url,
                tuple(signing),
                is_failing,
            )
        )
    if attempts:
        ids = [attempt.id for attempt in attempts]
        await tx.connection.execute(_LEASE, {"lease": lease, "ids": ids})
    if disabled:
        ids = [row.id for row in disabled]
        await tx.connection.execute(
            _FAIL, {"ids": ids, "at": tx.now, "problem": Problem.ENDPOINT_DISABLED}
        )
        await make_next_due(tx, [(row.endpoint_id, row.order_key) for row in disabled])
        count(tx, "failed", len(disabled))
    return Claim(tuple(attempts), len(disabled))


async def make_next_due(tx: Transaction, settled: Iterable[tuple[int, str | None]]) -> None:
    """Make the deliveries due that have waited for settled ones."""
    pairs = {(endpoint, key) for endpoint, key in settled if key is not None}
    if not pairs:
        return
    endpoints, keys = zip(*pairs, strict=True)
    params = {"endpoints": list(set(endpoints)), "keys": list(set(keys))}
    firsts = list(await tx.connection.scalars(_FIRST_PENDING, params))
    if firsts:
        await tx.connection.execute(_MAKE_DUE, {"ids": firsts, "at": tx.now})


def count(tx: Transaction, result: str, number: int) -> None:
    """Count results of deliveries for the metrics."""
    tx.tally += [("webhook", result)] * number


_AT = bindparam("at", type_=UtcDateTime)
_IDS: Any = bindparam("ids", expanding=True)
_NOW = bindparam("now", type_=UtcDateTime)
_WORK = select(
    exists().where(Event.position.is_(None)),
    exists().where(WebhookEndpoint.replay_from.is_not(None)),
    exists().where(WebhookEndpoint.disabled_reason == literal_column("'deleted'")),
    exists().where(PENDING, WebhookDelivery.next_at <= _NOW),
)
_DUE = (
    select(
        WebhookDelivery.id,
        WebhookDelivery.endpoint_id,
        WebhookDelivery.guild_id,
        WebhookDelivery.event_id,
        WebhookDelivery.message_id,
        WebhookDelivery.order_key,
        WebhookDelivery.attempts,
        WebhookEndpoint.url,
        WebhookEndpoint.secret,
        WebhookEndpoint.previous_secret,
        WebhookEndpoint.previous_secret_until,
        WebhookEndpoint.failing_since,
        WebhookEndpoint.disabled_at,
    )
    .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
    .where(
        PENDING,
        WebhookDelivery.next_at <= _NOW,
        WebhookDelivery.endpoint_id.not_in(bindparam("full", expanding=True)),
        or_(
            WebhookEndpoint.failing_since.is_(None),
            WebhookEndpoint.disabled_at.is_not(None),
            (bindparam("skip_failing", type_=Integer) == 0)
            & WebhookDelivery.endpoint_id.not_in(bindparam("failing_full", expanding=True)),
        ),
    )
    .order_by(WebhookDelivery.next_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(of=WebhookDelivery, skip_locked=True)
)
_LEASE = (
    update(WebhookDelivery)
    .where(WebhookDelivery.id.in_(_IDS))
    .values(next_at=bindparam("lease", type_=UtcDateTime))
)
_OF_IDS = (WebhookDelivery.id.in_(_IDS), PENDING)
_FAIL = (
    update(WebhookDelivery)
    .where(*_OF_IDS)
    .values(
        status=DeliveryStatus.FAILED,
        next_at=None,
        last_error=bindparam("problem"),
        settled_at=_AT,
    )
)
_FIRST_PENDING = (
    select(func.min(WebhookDelivery.id))
    .where(
        PENDING,
        WebhookDelivery.endpoint_id.in_(bindparam("endpoints", expanding=True)),
        WebhookDelivery.order_key.in_(bindparam("keys", expanding=True)),
    )
    .group_by(WebhookDelivery.endpoint_id, WebhookDelivery.order_key)
)
_MAKE_DUE = (
    update(WebhookDelivery).where(*_OF_IDS, WebhookDelivery.next_at.is_(None)).values(next_at=_AT)
)
