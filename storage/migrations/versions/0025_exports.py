"""Find a person's latest data exports without reading all their events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    condition = sa.text("type = 'member.data_exported'")
    op.create_index(
        "ix_events_exports",
        "events",
        ["actor_id", "guild_id", "occurred_at"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
