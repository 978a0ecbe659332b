"""Record domain events, and turn the audit log into a view of them.

Entries of the audit log become events with the same ids, because notifications in the outbox refer
to them. On SQLite the ids are AUTOINCREMENT, so that they are never reused.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0010"
down_revision = "0009"

# For each `act` of the audit log, the type and the facts of its event.
ACTS = {
    "application_approved": ("application.approved", '{"kind": "application"}'),
    "application_rejected": ("application.rejected", '{"kind": "application"}'),
    "application_changes_requested": (
        "application.changes_requested",
        '{"kind": "application"}',
    ),
    "change_approved": ("application.approved", '{"kind": "change"}'),
    "change_rejected": ("application.rejected", '{"kind": "change"}'),
    "change_changes_requested": ("application.changes_requested", '{"kind": "change"}'),
    "review_hidden": ("review.hidden", "{}"),
    "points_granted": ("points.granted", "{}"),
    "points_deducted": ("points.deducted", "{}"),
    "settled_pay": ("session.dispute_resolved", '{"resolution": "pay"}'),
    "settled_refund": ("session.dispute_resolved", '{"resolution": "refund"}'),
    "settled_split": ("session.dispute_resolved", '{"resolution": "split"}'),
    "setting_changed": ("guild.setting_changed", "{}"),
    "suspended": ("mentor.suspended", "{}"),
    "reinstated": ("mentor.reinstated", "{}"),
}

COPY = """
    INSERT INTO events (id, guild_id, type, occurred_at, actor_id, subject_id, session_id,
        revision_id, audited, note, facts)
    SELECT id, guild_id, :type, created_at, actor_id, user_id, session_id, revision_id, true, note,
        {facts}
    FROM audit_log WHERE act = :act ORDER BY id
"""


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("revision_id", sa.BigInteger(), nullable=True),
        sa.Column("audited", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("facts", sa.JSON(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_events_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sqlite_autoincrement=True,
    )
    connection = op.get_bind()
    facts = ":facts" if connection.dialect.name == "sqlite" else "CAST(:facts AS JSON)"
    for act, (event_type, event_facts) in ACTS.items():
        parameters = {"act": act, "type": event_type, "facts": event_facts}
        connection.execute(sa.text(COPY.format(facts=facts)), parameters)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT setval(pg_get_serial_sequence('events', 'id'), max(id)) FROM events "
            "HAVING max(id) IS NOT NULL"
        )
    op.drop_table("audit_log")
    audited, of_a_session = sa.text("audited"), sa.text("session_id IS NOT NULL")
    op.create_index("ix_events_guild", "events", ["guild_id", "id"])
    op.create_index(
        "ix_events_audited",
        "events",
        ["guild_id", "id"],
        sqlite_where=audited,
        postgresql_where=audited,
    )
    op.create_index("ix_events_age", "events", ["audited", "occurred_at"])
    op.create_index(
        "ix_events_session",
        "events",
        ["session_id"],
        sqlite_where=of_a_session,
        postgresql_where=of_a_session,
    )
    op.create_index("ix_events_actor", "events", ["actor_id", "guild_id"])
    op.create_index("ix_events_subject", "events", ["subject_id", "guild_id"])
