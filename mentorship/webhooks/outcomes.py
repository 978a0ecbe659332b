"""Record what became of the attempts to send webhooks, and disable endpoints that keep failing."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, update

from mentorship.notifications import writing
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.writing import NotificationDraft
from mentorship.webhooks.deliveries import DeliveryStatus
from mentorship.webhooks.endpoints import DisabledReason
from mentorship.webhooks.fan_out import PENDING
from mentorship.webhooks.sending import Attempt, Problem, count, make_next_due
from storage import Transaction
from storage.tables import WebhookDelivery, WebhookEndpoint
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

GIVE_UP_AFTER = timedelta(days=7)
"""How long requests to an endpoint fail until it is disabled."""

GONE = 410
"""The HTTP status by which a receiver says that it wants no more."""


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
        count(tx, "failed" if is_over else "retry", 1)
    for status, ids in by_status.items():
        await tx.connection.execute(_SENT, {"ids": ids, "http_status": status, "at": tx.now})
        count(tx, "sent", len(ids))
    if retries:
        await tx.connection.execute(_RETRY, retries)
    await make_next_due(tx, settled)
    await _record_health(tx, outcomes)


def retry_at(now: datetime, attempts: int) -> datetime:
    """Return when to try again, after `attempts` failures before this one."""
    # Jitter needn't be hard to guess.
    return now + RETRY_DELAYS[attempts] * (1 + random.uniform(0, JITTER))


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


_AT = bindparam("at", type_=UtcDateTime)
_IDS: Any = bindparam("ids", expanding=True)
_SENT = (
    update(WebhookDelivery)
    .where(WebhookDelivery.id.in_(_IDS), PENDING)
    .values(
        status=DeliveryStatus.SENT,
        attempts=WebhookDelivery.attempts + 1,
        next_at=None,
        last_status=bindparam("http_status"),
        last_error=None,
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
