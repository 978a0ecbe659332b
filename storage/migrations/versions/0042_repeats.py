"""Add what group sessions that repeat need: the last date of theirs, and when the next is created."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.add_column("group_sessions", sa.Column("repeat_on", sa.String()))
    op.add_column("group_sessions", sa.Column("repeat_at", UtcDateTime()))
    condition = sa.text("repeat_at IS NOT NULL")
    op.create_index(
        "ix_group_sessions_repeat_at",
        "group_sessions",
        ["repeat_at"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
