"""Add the threads and voice channels that the bot creates for sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "meeting_places",
        sa.Column("session_id", RowId, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('thread', 'voice')", name="kind"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_meeting_places_session_id"
        ),
        sa.PrimaryKeyConstraint("session_id", name="pk_meeting_places"),
    )
    op.create_index("ix_sessions_start", "sessions", ["starts_at"])
    op.add_column("guilds", sa.Column("meeting_parent_id", sa.BigInteger(), nullable=True))
