"""Count the sessions that aren't over by an index alone.

Nearly every change of a session's status changes `next_at`, too, so the longer entries of the index
cost no further writes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.drop_index("ix_sessions_next", "sessions")
    condition = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_sessions_next",
        "sessions",
        ["next_at", "status"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
