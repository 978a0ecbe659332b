"""Find the commitments of group sessions and invitations by indexes without the many others.

To SQLite's statistics the NULLs of all others were one value, so it preferred to read the whole
table. The whole indexes remain for the foreign keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    for subject in ("group", "invitation"):
        condition = sa.text(f"{subject}_id IS NOT NULL")
        op.create_index(
            f"ix_commitments_of_{subject}",
            "commitments",
            [f"{subject}_id"],
            sqlite_where=condition,
            postgresql_where=condition,
        )
