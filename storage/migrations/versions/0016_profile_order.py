"""Index profiles by status in the order of their ids, and date overrides by date.

Moderators' suggestions read the latest profiles of one status; nothing sorts by the rate within a
status since searches read their own index. Past overrides of all mentors are found by their date.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.drop_index("ix_mentor_profiles_status", "mentor_profiles")
    op.create_index("ix_mentor_profiles_status", "mentor_profiles", ["guild_id", "status", "id"])
    op.create_index("ix_date_overrides_date", "date_overrides", ["date"])
