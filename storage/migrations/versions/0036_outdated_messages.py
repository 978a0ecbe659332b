"""Remember which sent messages show a state that has changed, so that they are edited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0036"
down_revision = "0035"

OUTDATED = sa.text("status = 'sent' AND refresh_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("notices", sa.Column("refresh_at", UtcDateTime(), nullable=True))
    op.add_column(
        "notices",
        sa.Column("refresh_attempts", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_index(
        "ix_notices_outdated",
        "notices",
        ["guild_id", "refresh_at"],
        sqlite_where=OUTDATED,
        postgresql_where=OUTDATED,
    )
