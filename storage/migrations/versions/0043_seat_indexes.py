"""Find the seats of a group session, and the sessions of a series, by indexes of them alone.

Most sessions have neither. To SQLite's statistics all of these were one large group and one long
series, so that it preferred to read the whole table. An index over the others has true statistics.
The whole indexes remain for the foreign keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    for column, rest in (("group_id", ["status", "id"]), ("series_id", ["starts_at"])):
        thing = column.removesuffix("_id")
        op.drop_index(f"ix_sessions_{thing}", "sessions")
        op.create_index(f"ix_sessions_{thing}", "sessions", [column])
        condition = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_sessions_of_{thing}",
            "sessions",
            [column, *rest],
            sqlite_where=condition,
            postgresql_where=condition,
        )
