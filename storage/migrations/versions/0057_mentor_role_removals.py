"""Keep whose mentor role is still to be taken after their data was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_table(
        "mentor_role_removals",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guilds.id"], name="fk_mentor_role_removals_guild_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mentor_role_removals"),
        sa.UniqueConstraint("guild_id", "user_id", name="uq_mentor_role_removals_guild_id_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mentor_role_removals_next", "mentor_role_removals", ["next_at"])
