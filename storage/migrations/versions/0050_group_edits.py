"""Remember announcements to delete, and up to which seat attendees know of another place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.add_column("group_sessions", sa.Column("left_channel_id", sa.BigInteger()))
    op.add_column("group_sessions", sa.Column("left_message_id", sa.BigInteger()))
    op.add_column("group_sessions", sa.Column("place_told_to", RowId))
    op.create_index(
        "ix_group_sessions_place_told_to",
        "group_sessions",
        ["place_told_to"],
        sqlite_where=sa.text("place_told_to IS NOT NULL"),
        postgresql_where=sa.text("place_told_to IS NOT NULL"),
    )
