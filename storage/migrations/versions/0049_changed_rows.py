"""Remember when a session and a member last changed, for lists of what is new since an instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0049"
down_revision = "0047"


def upgrade() -> None:
    for table in ("sessions", "members"):
        op.add_column(table, sa.Column("updated_at", UtcDateTime()))
    # Nothing says when older rows changed last, except what they say of their lives.
    op.execute("UPDATE sessions SET updated_at = coalesce(ended_at, confirmed_at, created_at)")
    op.execute("UPDATE members SET updated_at = coalesce(left_at, created_at)")
    columns = ["guild_id", "status", "updated_at", "id"]
    op.create_index("ix_sessions_changes", "sessions", columns)
    op.create_index("ix_members_changes", "members", ["guild_id", "updated_at", "user_id"])
