"""Let mentees thank their mentors, with words and a tip."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    op.create_table(
        "thanks",
        sa.Column("session_id", RowId, nullable=False, autoincrement=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("transfer_id", RowId),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_thanks"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_thanks_session_id"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_thanks_guild_id"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["mentor_profiles.id"], name="fk_thanks_profile_id"
        ),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_thanks_transfer_id"),
        sa.UniqueConstraint("transfer_id", name="uq_thanks_transfer_id"),
    )
    op.create_index("ix_thanks_guild", "thanks", ["guild_id", "created_at"])
    op.create_index("ix_thanks_profile", "thanks", ["profile_id", "created_at"])
