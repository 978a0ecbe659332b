"""Remember when a group session last changed, which calendars are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.add_column("group_sessions", sa.Column("updated_at", UtcDateTime()))
    # Nothing says when older rows changed last, except what they say of their lives.
    op.execute("UPDATE group_sessions SET updated_at = coalesce(ended_at, created_at)")
