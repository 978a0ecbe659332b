"""The webhook endpoints of the program's configuration, kept in the same table as the others."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select

from mentorship.errors import DataBeingDeleted
from mentorship.event_types import EventType
from mentorship.guilds import guild_settings
from mentorship.web_addresses import WebAddress
from mentorship.webhooks.endpoints import OVERLAP, DisabledReason
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import WebhookEndpoint

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ConfiguredWebhook:
    """An endpoint of the configuration. No `event_types` means all, no `guild_ids` all guilds."""

    name: str
    url: WebAddress
    secret: str
    event_types: tuple[EventType, ...] = ()
    guild_ids: tuple[int, ...] = ()


async def keep(tx: Transaction, configured: Sequence[ConfiguredWebhook]) -> None:
    """Make the table say what the configuration says. Done at each start, by each process.

    An endpoint whose secret has changed is signed with both for `endpoints.OVERLAP`. One that was
    disabled, because it failed, is enabled again: operators restart once it works.
    Those that are no longer configured are deleted.
    """
    rows = (await tx.connection.execute(_SELECT_NAMED)).all()
    by_key = {(row.guild_id, row.name): row for row in rows}
    for webhook in configured:
        for guild_id in webhook.guild_ids or (None,):
            await _keep_one(tx, webhook, guild_id, by_key.pop((guild_id, webhook.name), None))
    for row in by_key.values():
        if row.disabled_reason != DisabledReason.DELETED:
            await _update(tx, row, _deletion(tx))


async def _keep_one(
    tx: Transaction,
    webhook: ConfiguredWebhook,
    guild_id: int | None,
    row: Row[*tuple[Any, ...]] | None,
) -> None:
    values: dict[str, Any] = {
        "url": webhook.url.text,
        "event_types": sorted({kind.value for kind in webhook.event_types}),
        "secret": webhook.secret,
    }
    if row is None:
        try:
            # The bot may join the guild only later.
            if guild_id is not None:
                await guild_settings.load_or_create(tx, guild_id)
        except DataBeingDeleted:
            log.warning(
                "a server's data is being deleted, so it gets no webhook before the next start",
                extra={"guild": guild_id, "webhook": webhook.name},
            )
            return
        new = values | {"guild_id": guild_id, "name": webhook.name, "created_at": tx.now}
        await tx.connection.execute(_INSERT, new)
        return
    changes = {name: value for name, value in values.items() if getattr(row, name) != value}
    if "secret" in changes and row.secret:
        changes |= {"previous_secret": row.secret, "previous_secret_until": tx.now + OVERLAP}
    if row.disabled_at is not None:
        changes |= {"disabled_at": None, "disabled_reason": None, "failing_since": None}
    await _update(tx, row, changes)


def _deletion(tx: Transaction) -> dict[str, Any]:
    return {
        "disabled_at": tx.now,
        "disabled_reason": DisabledReason.DELETED,
        "secret": "",
        "previous_secret": None,
        "previous_secret_until": None,
        "replay_from": None,
        "replay_until": None,
    }


async def _update(tx: Transaction, row: Row[*tuple[Any, ...]], changes: Mapping[str, Any]) -> None:
    if changes:
        values = {**changes, "revision": row.revision + 1}
        params = {"row_id": row.id, **values}
        await tx.connection.execute(update_by_id(WebhookEndpoint, *values), params)


_INSERT = insert(WebhookEndpoint)
_SELECT_NAMED = select(*WebhookEndpoint.__table__.c).where(WebhookEndpoint.name.is_not(None))
