"""Let the audit log be filtered by person and type at once, and find a review by both its keys.

PostgreSQL finds the review of a session by its author where it believes that authors write few, and
then reads all that a person has written.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    for person in ("actor", "subject"):
        op.drop_index(f"ix_events_audited_{person}", "events")
        op.create_index(
            f"ix_events_audited_{person}",
            "events",
            ["guild_id", f"{person}_id", "type", "id"],
            sqlite_where=sa.text("audited"),
            postgresql_where=sa.text("audited"),
        )
    op.drop_index("ix_reviews_person", "reviews")
    op.create_index("ix_reviews_person", "reviews", ["author_id", "session_id"])
