"""List a mentor's group sessions of one status by an index, past the many others they have had."""

from __future__ import annotations

from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    columns = ["guild_id", "mentor_id", "status", "starts_at", "id"]
    op.create_index("ix_group_sessions_list", "group_sessions", columns)
