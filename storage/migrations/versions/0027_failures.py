"""Index failed notifications by guild, for the hourly report to its moderators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

FAILED = sa.text("status = 'failed'")


def upgrade() -> None:
    op.create_index(
        "ix_notices_failed_of_guild",
        "notices",
        ["guild_id", "settled_at"],
        sqlite_where=FAILED,
        postgresql_where=FAILED,
    )
