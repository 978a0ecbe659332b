"""Let members and guilds choose a language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    op.add_column("members", sa.Column("chosen_language", sa.String()))
    op.add_column("guilds", sa.Column("language", sa.String()))
    condition = sa.text("chosen_language IS NOT NULL")
    op.create_index(
        "ix_members_chosen_language",
        "members",
        ["user_id", "chosen_language"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
