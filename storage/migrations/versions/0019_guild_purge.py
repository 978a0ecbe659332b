"""Mark guilds whose data is being deleted, since that takes several transactions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("guilds", sa.Column("purge_began_at", UtcDateTime()))
    for column in ("left_at", "purge_began_at"):
        condition = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_guilds_{column}",
            "guilds",
            [column],
            sqlite_where=condition,
            postgresql_where=condition,
        )
