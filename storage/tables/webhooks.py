"""The tables of webhooks: the main app's endpoints, and what is delivered to them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Table, index_where
from storage.types import RowId


class EventFeed(Table):
    """The highest position that an event has got. Has one row, with `id` 1, and none at first.

    `deleted_position` is the highest of an event that was deleted for its age, 0 for none.
    Positions are given after the commit (`Event.position`), so a reader who has read up to one
    misses nothing, though transactions of PostgreSQL commit in another order than their ids.
    """

    __tablename__ = "event_feed"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(server_default="0")
    deleted_position: Mapped[int] = mapped_column(server_default="0")


class EventCursor(Table):
    """Up to which position a consumer of events has handled them (`mentorship.webhooks.cursors`).

    A consumer that begins has no row, and gets one with the position of that time.
    """

    __tablename__ = "event_cursors"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class WebhookEndpoint(Table):
    """An address of the main app that is sent the events of a guild.

    `guild_id` is NULL for all guilds. `name` is that of the configuration, NULL for those kept over
    the API. `event_types` is empty for all. Each request is signed with `secret`, and until
    `previous_secret_until` with `previous_secret`, too. Events get their deliveries together with
    their positions. Those after `replay_from`, up to `replay_until`, are to get them once more.
    `failing_since` is the first failure since a request succeeded. An endpoint that is no longer
    sent anything has `disabled_at`, and `disabled_reason` is a code. One that was deleted remains
    until its deliveries are deleted, too.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    guild_id: Mapped[int | None] = mapped_column(ForeignKey("guilds.id"))
    name: Mapped[str | None]
    url: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    event_types: Mapped[list[str]] = mapped_column(server_default="[]")
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[dt.datetime | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    replay_from: Mapped[int | None]
    replay_until: Mapped[int | None]
    failing_since: Mapped[dt.datetime | None]
    disabled_at: Mapped[dt.datetime | None]
    disabled_reason: Mapped[str | None]
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        # Those that have something to be done are found without a look at the others.
        index_where("ix_webhook_endpoints_replay", "id", where="replay_from IS NOT NULL"),
        index_where("ix_webhook_endpoints_deleted", "id", where="disabled_reason = 'deleted'"),
        Index("ix_webhook_endpoints_guild", "guild_id", "id"),
        UniqueConstraint("guild_id", "name"),
        {"sqlite_autoincrement": True},
    )


class WebhookDelivery(Table):
    """One event for one endpoint, or a test. `message_id` is the `webhook-id` of each attempt.

    Deliveries of an endpoint with the same `order_key` are made in the order of their ids; those
    without one are independent. A delivery is `pending` until it is `sent` or has `failed` for
    good. `next_at` is NULL while it waits for an earlier one with its key. While a worker makes an
    attempt, it is when the worker's lease ends. `last_status` is the
    HTTP status of the last answer, and `last_error` a code for what went wrong. `event_id` is no
    foreign key, because old events are deleted; it is NULL for a test.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    guild_id: Mapped[int] = mapped_column(ForeignKey("guilds.id"))
    event_id: Mapped[int | None]
    message_id: Mapped[str]
    order_key: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="pending")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[dt.datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    settled_at: Mapped[dt.datetime | None]

    __table_args__ = (
        index_where(
            "ix_webhook_deliveries_due", "next_at", "endpoint_id", where="status = 'pending'"
        ),
        index_where(
            "ix_webhook_deliveries_order",
            "endpoint_id",
            "order_key",
            "id",
            where="status = 'pending'",
        ),
        Index("ix_webhook_deliveries_endpoint", "endpoint_id", "status", "id"),
        Index("ix_webhook_deliveries_guild", "guild_id", "id"),
        # Serves the nightly job that deletes old deliveries.
        Index("ix_webhook_deliveries_settled", "settled_at"),
        {"sqlite_autoincrement": True},
    )
