"""Give events a position in the order of commits, and keep webhook endpoints and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import Json, RowId, UtcDateTime

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("events", sa.Column("position", sa.BigInteger()))
    op.execute("UPDATE events SET position = id")
    op.create_index("ix_events_position", "events", ["position"], unique=True)
    op.create_index("ix_events_guild_position", "events", ["guild_id", "position"])
    _create_index_where("ix_events_new", "events", "id", where="position IS NULL")

    op.create_table(
        "event_feed",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("deleted_position", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_feed")),
    )
    op.execute(
        "INSERT INTO event_feed (id, position) "
        "SELECT 1, max(position) FROM events HAVING max(position) IS NOT NULL"
    )

    op.create_table(
        "webhook_endpoints",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("name", sa.String()),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False, server_default=""),
        sa.Column("event_types", Json(), nullable=False, server_default="[]"),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("previous_secret", sa.String()),
        sa.Column("previous_secret_until", UtcDateTime()),
        sa.Column("revision", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("replay_from", sa.BigInteger()),
        sa.Column("replay_until", sa.BigInteger()),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("disabled_at", UtcDateTime()),
        sa.Column("disabled_reason", sa.String()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guilds.id"], name=op.f("fk_webhook_endpoints_guild_id")
        ),
        sa.UniqueConstraint("guild_id", "name", name=op.f("uq_webhook_endpoints_guild_id_name")),
        sqlite_autoincrement=True,
    )
    endpoints = "webhook_endpoints"
    replayed, deleted = "replay_from IS NOT NULL", "disabled_reason = 'deleted'"
    _create_index_where("ix_webhook_endpoints_replay", endpoints, "id", where=replayed)
    _create_index_where("ix_webhook_endpoints_deleted", endpoints, "id", where=deleted)
    op.create_index("ix_webhook_endpoints_guild", "webhook_endpoints", ["guild_id", "id"])

    op.create_table(
        "webhook_deliveries",
        sa.Column("id", RowId, nullable=False),
        sa.Column("endpoint_id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger()),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("order_key", sa.String()),
        sa.Column("status", sa.String(), nullable=False, server_default="pending"),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("last_status", sa.BigInteger()),
        sa.Column("last_error", sa.String()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"],
            ["webhook_endpoints.id"],
            name=op.f("fk_webhook_deliveries_endpoint_id"),
        ),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guilds.id"], name=op.f("fk_webhook_deliveries_guild_id")
        ),
        sqlite_autoincrement=True,
    )
    table = "webhook_deliveries"
    pending = "status = 'pending'"
    _create_index_where("ix_webhook_deliveries_due", table, "next_at", "endpoint_id", where=pending)
    _create_index_where(
        "ix_webhook_deliveries_order", table, "endpoint_id", "order_key", "id", where=pending
    )
    op.create_index("ix_webhook_deliveries_endpoint", table, ["endpoint_id", "status", "id"])
    op.create_index("ix_webhook_deliveries_guild", table, ["guild_id", "id"])
    op.create_index("ix_webhook_deliveries_settled", table, ["settled_at"])


def _create_index_where(name: str, table: str, *columns: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, list(columns), sqlite_where=condition, postgresql_where=condition)
