"""Index waiting notifications by guild and cause, for their turns in delivery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    indexes: tuple[tuple[str, list[str | sa.TextClause]], ...] = (
        ("guilds", ["urgency", "guild_id", "next_at"]),
        ("causes", ["urgency", "guild_id", sa.text("coalesce(caused_by, 0)"), "next_at"]),
    )
    for name, columns in indexes:
        op.create_index(
            f"ix_notices_{name}",
            "notices",
            columns,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        )
