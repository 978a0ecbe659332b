"""Find the group sessions that repeat another, and those whose event is watched, by indexes.

Most group sessions repeat none. To SQLite's statistics these were one long chain, so that it
preferred to read the whole table. An index over the others has true statistics; the whole index
remains for the foreign key.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    is_watched = "event_id IS NOT NULL AND event_due_at IS NULL AND status = 'confirmed'"
    for name, columns, where in (
        ("of_chain", ["repeat_of", "starts_at"], "repeat_of IS NOT NULL"),
        ("watched", ["guild_id", "event_id"], is_watched),
    ):
        condition = sa.text(where)
        op.create_index(
            f"ix_group_sessions_{name}",
            "group_sessions",
            columns,
            sqlite_where=condition,
            postgresql_where=condition,
        )
