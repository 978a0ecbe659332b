"""Claim the deliveries of webhooks that are due, and record what became of each attempt.

A worker that claims a delivery has a lease on it. If it ends without a result, as after a crash,
the delivery is claimed again. So each is made at least once, always with the same id. Later
deliveries with the same order key have no `next_at` until those before them are settled.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, exists, func, literal_column, or_, select, update

from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.webhooks.deliveries import DeliveryStatus
from mentorship.webhooks.endpoints import DisabledReason
from mentorship.webhooks.fan_out import PENDING
from storage import Transaction
from storage.queries import delete_some
from storage.tables import Event, WebhookDelivery, WebhookEndpoint
from storage.types import UtcDateTime

RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Time between an attempt that failed and the next one. After the last, the delivery has failed."""

JITTER = 0.1
"""The largest share by which such a delay is lengthened, so that not all retries come at once."""

LEASE = timedelta(minutes=1)
"""Time for an attempt and its record. Much longer than a request may take."""

GIVE_UP_AFTER = timedelta(days=7)
"""How long requests to an endpoint fail until it is disabled."""

GONE = 410
"""The HTTP status by which a receiver says that it wants no more."""

MAX_AT_ONCE = 64
"""Attempts that a worker makes at one endpoint at the same time."""

MAX_AT_ONCE_FAILING = 4
"""The same for an endpoint whose last request failed. It may be slow to fail."""

RETENTION = timedelta(days=30)
"""How long a delivery is kept after it was settled."""

BATCH_SIZE = 500
"""Rows that are deleted in one transaction, at most."""


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
class Outcome:
    """The result of an attempt: the HTTP `status`, or a code for why there is none."""

    attempt: Attempt
    status: int | None = None
    problem: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver has taken it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_request(self) -> bool:
        """Whether the receiver, and not this program, is to blame for a failure."""
        return self.problem != Problem.NOT_RENDERED


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
        secrets = [row.secret]
        until = row.previous_secret_until
        if row.previous_secret is not None and until is not None and until > tx.now:
            secrets.append(row.previous_secret)
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
                tuple(secrets),
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
        await _make_next_due(tx, [(row.endpoint_id, row.order_key) for row in disabled])
        _count(tx, "failed", len(disabled))
    return Claim(tuple(attempts), len(disabled))


async def record(tx: Transaction, outcomes: Sequence[Outcome]) -> None:
    """Record the outcomes of attempts.

    A delivery that failed is tried again after the next of `RETRY_DELAYS`, unless another worker
    has claimed it meanwhile. An endpoint that has answered 410, or has failed for `GIVE_UP_AFTER`,
    is disabled, and its guild's moderators are notified.
    """
    settled: list[tuple[int, str | None]] = []
    by_status: dict[int | None, list[int]] = {}
    retries: list[dict[str, Any]] = []
    for outcome in outcomes:
        attempt = outcome.attempt
        if outcome.is_success:
            by_status.setdefault(outcome.status, []).append(attempt.id)
            settled.append((attempt.endpoint_id, attempt.order_key))
            continue
        is_over = attempt.attempts >= len(RETRY_DELAYS)
        if is_over:
            settled.append((attempt.endpoint_id, attempt.order_key))
        retries.append(
            {
                "row_id": attempt.id,
                "lease": attempt.lease,
                "new_status": DeliveryStatus.FAILED if is_over else DeliveryStatus.PENDING,
                "at": None if is_over else retry_at(tx.now, attempt.attempts),
                "http_status": outcome.status,
                "problem": outcome.problem,
                "settled": tx.now if is_over else None,
            }
        )
        _count(tx, "failed" if is_over else "retry", 1)
    for status, ids in by_status.items():
        await tx.connection.execute(_SENT, {"ids": ids, "http_status": status, "at": tx.now})
        _count(tx, "sent", len(ids))
    if retries:
        await tx.connection.execute(_RETRY, retries)
    await _make_next_due(tx, settled)
    await _record_health(tx, outcomes)


def retry_at(now: datetime, attempts: int) -> datetime:
    """Return when to try again, after `attempts` failures before this one."""
    # Jitter needn't be hard to guess.
    return now + RETRY_DELAYS[attempts] * (1 + random.uniform(0, JITTER))


async def _make_next_due(tx: Transaction, settled: Iterable[tuple[int, str | None]]) -> None:
    """Make the deliveries due that have waited for settled ones."""
    pairs = {(endpoint, key) for endpoint, key in settled if key is not None}
    if not pairs:
        return
    endpoints, keys = zip(*pairs, strict=True)
    params = {"endpoints": list(set(endpoints)), "keys": list(set(keys))}
    firsts = list(await tx.connection.scalars(_FIRST_PENDING, params))
    if firsts:
        await tx.connection.execute(_MAKE_DUE, {"ids": firsts, "at": tx.now})


async def _record_health(tx: Transaction, outcomes: Sequence[Outcome]) -> None:
    """Note which endpoints fail, and disable those that have failed for too long."""
    requests = [outcome for outcome in outcomes if outcome.is_request]
    working = {each.attempt.endpoint_id for each in requests if each.is_success}
    recovered = {
        each.attempt.endpoint_id for each in requests if each.is_success and each.attempt.is_failing
    }
    failing = {each.attempt.endpoint_id for each in requests} - working
    gone = {each.attempt.endpoint_id for each in requests if each.status == GONE}
    if recovered:
        await tx.connection.execute(_SET_WORKING, {"ids": list(recovered)})
    newly = {
        each.attempt.endpoint_id
        for each in requests
        if each.attempt.endpoint_id in failing and not each.attempt.is_failing
    }
    if newly:
        await tx.connection.execute(_SET_FAILING, {"ids": list(newly), "at": tx.now})
    if gone:
        await _disable(tx, gone, DisabledReason.GONE, failing_before=None)
    if failing - gone - newly:
        limit = tx.now - GIVE_UP_AFTER
        await _disable(tx, failing - gone - newly, DisabledReason.FAILING, failing_before=limit)


async def _disable(
    tx: Transaction,
    endpoint_ids: Iterable[int],
    reason: DisabledReason,
    failing_before: datetime | None,
) -> None:
    params: dict[str, Any] = {"ids": list(endpoint_ids), "at": tx.now, "reason": reason}
    statement = _DISABLE
    if failing_before is not None:
        statement = _DISABLE_FAILING
        params["limit"] = failing_before
    for row in (await tx.connection.execute(statement, params)).all():
        tx.tally.append(("webhook_endpoint", reason))
        if row.guild_id is None:
            # It is the operator's own: metrics and `mentorbot check` show it.
            continue
        draft = NotificationDraft(
            NotificationKind.WEBHOOK_DISABLED,
            row.guild_id,
            None,
            subject=f"{row.id}.{writing.unique_subject()}",
            due_at=tx.now,
            facts={"host": host_of(row.url), "reason": reason},
        )
        await writing.write(tx, [draft])


def host_of(url: str) -> str:
    """Return the host of an endpoint's address: the rest may hold a secret."""
    return url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0]


def _count(tx: Transaction, result: str, number: int) -> None:
    tx.tally += [("webhook", result)] * number


# --- what is deleted --------------------------------------------------------------------------


async def delete_removed(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Delete deliveries of a deleted endpoint, and at last the endpoint. Returns how many rows.

    0 means that there is nothing left to delete.
    """
    endpoint_id = await tx.connection.scalar(_REMOVED)
    if endpoint_id is None:
        return 0
    table = WebhookDelivery.__table__
    deleted = await delete_some(
        tx.connection,
        table,
        table.c.endpoint_id == endpoint_id,
        order_by=[table.c.endpoint_id, table.c.id],
        limit=limit,
    )
    if deleted < limit:
        endpoints = WebhookEndpoint.__table__
        deleted += await delete_some(
            tx.connection,
            endpoints,
            endpoints.c.id == endpoint_id,
            order_by=[endpoints.c.id],
            limit=1,
        )
    return deleted


async def delete_old(tx: Transaction, limit: int = BATCH_SIZE) -> int:
    """Delete up to `limit` deliveries that were settled `RETENTION` ago. Returns how many."""
    table = WebhookDelivery.__table__
    return await delete_some(
        tx.connection,
        table,
        table.c.settled_at < tx.now - RETENTION,
        order_by=[table.c.settled_at],
        limit=limit,
    )


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
_SENT = (
    update(WebhookDelivery)
    .where(*_OF_IDS)
    .values(
        status=DeliveryStatus.SENT,
        attempts=WebhookDelivery.attempts + 1,
        next_at=None,
        last_status=bindparam("http_status"),
        last_error=None,
        settled_at=_AT,
    )
)
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
_table: Any = WebhookDelivery.__table__
_RETRY = (
    update(_table)
    .where(
        _table.c.id == bindparam("row_id"),
        _table.c.next_at == bindparam("lease", type_=UtcDateTime),
        PENDING,
    )
    .values(
        status=bindparam("new_status"),
        attempts=_table.c.attempts + 1,
        next_at=_AT,
        last_status=bindparam("http_status"),
        last_error=bindparam("problem"),
        settled_at=bindparam("settled", type_=UtcDateTime),
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
_ENDPOINT_IDS = WebhookEndpoint.id.in_(_IDS)
_SET_WORKING = update(WebhookEndpoint).where(_ENDPOINT_IDS).values(failing_since=None)
_SET_FAILING = (
    update(WebhookEndpoint)
    .where(_ENDPOINT_IDS, WebhookEndpoint.failing_since.is_(None))
    .values(failing_since=_AT)
)
_DISABLE = (
    update(WebhookEndpoint)
    .where(_ENDPOINT_IDS, WebhookEndpoint.disabled_at.is_(None))
    .values(
        disabled_at=_AT,
        disabled_reason=bindparam("reason"),
        revision=WebhookEndpoint.revision + 1,
        replay_from=None,
        replay_until=None,
    )
    .returning(WebhookEndpoint.id, WebhookEndpoint.guild_id, WebhookEndpoint.url)
)
_DISABLE_FAILING = _DISABLE.where(
    WebhookEndpoint.failing_since <= bindparam("limit", type_=UtcDateTime)
)
_REMOVED = (
    select(WebhookEndpoint.id)
    .where(WebhookEndpoint.disabled_reason == literal_column("'deleted'"))
    .order_by(WebhookEndpoint.id)
    .limit(1)
)
