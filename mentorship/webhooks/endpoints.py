"""The main app's webhook endpoints of a guild: create, change, delete, and rotate their secrets.

Only the main app itself has them; the API checks its scope. Endpoints of the configuration are
listed with the others and can't be changed here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select

from mentorship.actors import Actor
from mentorship.errors import (
    ChangedMeanwhile,
    ConfiguredEndpoint,
    Field,
    InvalidField,
    NotFound,
    Problem,
    RotationPending,
    Subject,
    TooManyEndpoints,
)
from mentorship.event_types import EventType
from mentorship.guilds import guild_settings
from mentorship.web_addresses import WebAddress
from mentorship.webhooks import secrets
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import WebhookEndpoint
from storage.types import RowId

MAX_ENDPOINTS = 20
"""Endpoints that a guild can have, disabled ones included."""

MAX_DESCRIPTION = 200
"""Characters of a description."""

OVERLAP = timedelta(hours=24)
"""How long the previous secret stays valid after a rotation."""


class DisabledReason(StrEnum):
    """Why an endpoint isn't sent anything. The values are stored."""

    SWITCHED_OFF = auto()
    """By the main app."""
    FAILING = auto()
    """No request has succeeded for a week."""
    GONE = auto()
    """It has answered 410."""
    DELETED = auto()
    """It is deleted together with its deliveries, which may be many, and isn't shown any more."""


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint as the main app sees it. `event_types` is empty for all types.

    `guild_id` is None for all guilds. `name` is that of the configuration, None for endpoints that
    are kept over the API. `revision` changes with each change. `failing_since` is the first failure
    since a request succeeded. Until `previous_secret_until`, requests are signed with the previous
    secret, too.
    """

    id: int
    guild_id: int | None
    name: str | None
    url: str
    description: str
    event_types: tuple[EventType, ...]
    revision: int
    disabled_at: datetime | None
    disabled_reason: DisabledReason | None
    failing_since: datetime | None
    previous_secret_until: datetime | None
    created_at: datetime

    @property
    def is_enabled(self) -> bool:
        """Whether events are sent to it."""
        return self.disabled_at is None


@dataclass(frozen=True, slots=True)
class EndpointWithSecret:
    """An endpoint with its secret, which is only shown when it is made."""

    endpoint: EndpointView
    secret: str


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint to create. Without a `secret`, one is generated. No `event_types` means all."""

    url: WebAddress
    description: str = ""
    event_types: tuple[EventType, ...] = ()
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What to change of an endpoint; None leaves it."""

    url: WebAddress | None = None
    description: str | None = None
    event_types: tuple[EventType, ...] | None = None
    is_enabled: bool | None = None


async def create(tx: Transaction, actor: Actor, new: NewEndpoint) -> EndpointWithSecret:
    """Create an endpoint. It gets the events from now on.

    Raises `InvalidField`, `TooManyEndpoints`, `DataBeingDeleted`.
    """
    # The guild has to be usable, and its row has to exist.
    await guild_settings.load(tx, actor.guild)
    secret = _require_secret(new.secret)
    _require_description(new.description)
    count = (await tx.connection.execute(_COUNT, {"guild": actor.guild})).scalar_one()
    if count >= MAX_ENDPOINTS:
        raise TooManyEndpoints(MAX_ENDPOINTS)
    row = {
        "guild_id": actor.guild,
        "url": new.url.text,
        "description": new.description,
        "event_types": _unique(new.event_types),
        "secret": secret,
        "created_at": tx.now,
    }
    endpoint_id = (await tx.connection.execute(_INSERT, row)).scalar_one()
    return EndpointWithSecret(await load(tx, actor, endpoint_id), secret)


async def load(tx: Transaction, actor: Actor, endpoint_id: int) -> EndpointView:
    """Load one of the guild's endpoints. Raises `NotFound`."""
    params = {"guild": actor.guild, "endpoint": endpoint_id}
    row = (await tx.connection.execute(_SELECT_ONE, params)).one_or_none()
    if row is None:
        raise NotFound(Subject.WEBHOOK_ENDPOINT)
    return _view(row)


async def list_all(tx: Transaction, actor: Actor) -> tuple[EndpointView, ...]:
    """List the guild's endpoints, the oldest first. There are `MAX_ENDPOINTS` at most."""
    rows = await tx.connection.execute(_SELECT_ALL, {"guild": actor.guild})
    return tuple(map(_view, rows))


async def change(
    tx: Transaction,
    actor: Actor,
    endpoint_id: int,
    changes: EndpointChange,
    revisions: Collection[int] | None = None,
) -> EndpointView:
    """Change an endpoint, and return it as it is then.

    One that is enabled again gets the events from then on; `deliveries.replay_since` sends what it
    has missed. `revisions` are those that the caller accepts, None for any. Raises `NotFound`,
    `InvalidField`, `ConfiguredEndpoint`, and `ChangedMeanwhile` if the endpoint has another one.
    """
    endpoint = await _load_changeable(tx, actor, endpoint_id, revisions)
    values: dict[str, Any] = {}
    if changes.url is not None:
        values["url"] = changes.url.text
    if changes.description is not None:
        _require_description(changes.description)
        values["description"] = changes.description
    if changes.event_types is not None:
        values["event_types"] = _unique(changes.event_types)
    if changes.is_enabled is not None and changes.is_enabled != endpoint.is_enabled:
        values |= {
            "disabled_at": None if changes.is_enabled else tx.now,
            "disabled_reason": None if changes.is_enabled else DisabledReason.SWITCHED_OFF,
            # The receiver is a new one, as far as is known.
            "failing_since": None,
            "replay_from": None,
            "replay_until": None,
        }
    await _update(tx, endpoint, values)
    return await load(tx, actor, endpoint_id)


async def delete(
    tx: Transaction, actor: Actor, endpoint_id: int, revisions: Collection[int] | None = None
) -> None:
    """Delete an endpoint. Nothing more is sent to it.

    Its deliveries may be many, so a job deletes them (`removal.delete_removed`). `revisions` is as
    for `change`. Raises `NotFound`, `ConfiguredEndpoint` and `ChangedMeanwhile`.
    """
    endpoint = await _load_changeable(tx, actor, endpoint_id, revisions)
    await _update(
        tx,
        endpoint,
        {
            "disabled_at": tx.now,
            "disabled_reason": DisabledReason.DELETED,
            "secret": "",
            "previous_secret": None,
            "previous_secret_until": None,
            "replay_from": None,
            "replay_until": None,
        },
    )


async def rotate(
    tx: Transaction,
    actor: Actor,
    endpoint_id: int,
    secret: str | None = None,
    overlap: timedelta = OVERLAP,
) -> EndpointWithSecret:
    """Give an endpoint another secret, a generated one if none is given.

    For the time of `overlap`, requests are signed with both, so that the receiver can change over.
    An `overlap` of 0 ends the previous secret at once, as after a leak. Raises `NotFound`,
    `InvalidField`, `ConfiguredEndpoint`, and `RotationPending` while an earlier secret is still
    valid, unless `overlap` is 0.
    """
    endpoint = await _load_changeable(tx, actor, endpoint_id)
    new_secret = _require_secret(secret)
    values: dict[str, Any] = {
        "secret": new_secret,
        "previous_secret": None,
        "previous_secret_until": None,
    }
    if overlap:
        until = endpoint.previous_secret_until
        if until is not None and until > tx.now:
            raise RotationPending(until)
        params = {"endpoint": endpoint_id}
        values["previous_secret"] = await tx.connection.scalar(_SELECT_SECRETS, params)
        values["previous_secret_until"] = tx.now + overlap
    await _update(tx, endpoint, values)
    return EndpointWithSecret(await load(tx, actor, endpoint_id), new_secret)


async def load_secret(tx: Transaction, actor: Actor, endpoint_id: int, fingerprint: str) -> str:
    """Load the secret with this fingerprint (`secrets.fingerprint`) of an endpoint.

    It repeats the response to a request that created or rotated it. Raises `NotFound` for an
    endpoint that is gone, and if it doesn't sign with that secret any more.
    """
    endpoint = await load(tx, actor, endpoint_id)
    params = {"endpoint": endpoint_id}
    row = (await tx.connection.execute(_SELECT_SECRETS, params)).one()
    until = endpoint.previous_secret_until
    for secret in secrets.list_signing(row.secret, row.previous_secret, until, tx.now):
        if secrets.fingerprint(secret) == fingerprint:
            return secret
    raise NotFound(Subject.WEBHOOK_SECRET)


async def _load_changeable(
    tx: Transaction, actor: Actor, endpoint_id: int, revisions: Collection[int] | None = None
) -> EndpointView:
    endpoint = await load(tx, actor, endpoint_id)
    if endpoint.name is not None:
        raise ConfiguredEndpoint()
    if revisions is not None and endpoint.revision not in revisions:
        raise ChangedMeanwhile()
    return endpoint


async def _update(tx: Transaction, endpoint: EndpointView, values: dict[str, Any]) -> None:
    if values:
        values["revision"] = endpoint.revision + 1
        params = {"row_id": endpoint.id, **values}
        await tx.connection.execute(update_by_id(WebhookEndpoint, *values), params)


def _require_secret(secret: str | None) -> str:
    if secret is None:
        return secrets.generate()
    if not secrets.is_valid(secret):
        raise InvalidField(Field.WEBHOOK_SECRET, Problem.UNREADABLE)
    return secret


def _require_description(description: str) -> None:
    if len(description) > MAX_DESCRIPTION:
        raise InvalidField(Field.WEBHOOK_DESCRIPTION, Problem.TOO_LONG, most=MAX_DESCRIPTION)


def _unique(event_types: Iterable[EventType]) -> list[str]:
    return sorted({event_type.value for event_type in event_types})


def _view(row: Row[*tuple[Any, ...]]) -> EndpointView:
    values = dict(row._mapping)
    # A newer version of the program may have written types that this one doesn't know.
    known = {event_type.value for event_type in EventType}
    types = tuple(EventType(name) for name in row.event_types if name in known)
    reason = None if row.disabled_reason is None else DisabledReason(row.disabled_reason)
    return EndpointView(**(values | {"event_types": types, "disabled_reason": reason}))


_IS_DELETED = func.coalesce(WebhookEndpoint.disabled_reason, "") == DisabledReason.DELETED.value
_OF_GUILD = (WebhookEndpoint.guild_id == bindparam("guild"), ~_IS_DELETED)
_ID = bindparam("endpoint", type_=RowId)
_COUNT = select(func.count()).select_from(WebhookEndpoint).where(*_OF_GUILD)
_INSERT = insert(WebhookEndpoint).returning(WebhookEndpoint.id)
_SELECT_ALL = (
    select(*(getattr(WebhookEndpoint, field.name) for field in fields(EndpointView)))
    .where(*_OF_GUILD)
    .order_by(WebhookEndpoint.id)
)
_SELECT_ONE = _SELECT_ALL.where(WebhookEndpoint.id == _ID)
_SELECT_SECRETS = select(WebhookEndpoint.secret, WebhookEndpoint.previous_secret).where(
    WebhookEndpoint.id == _ID
)
