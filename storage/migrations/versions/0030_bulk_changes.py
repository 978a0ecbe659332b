"""Remember changes of a member's reminders and of the mentor role that are made in steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "member_reminder_changes",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("after_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guilds.id"], name="fk_member_reminder_changes_guild_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_member_reminder_changes"),
        sa.UniqueConstraint(
            "guild_id", "user_id", name="uq_member_reminder_changes_guild_id_user_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_member_reminder_changes_person", "member_reminder_changes", ["user_id", "guild_id"]
    )
    op.create_table(
        "mentor_role_changes",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("former_role_id", sa.BigInteger(), nullable=True),
        sa.Column("batch", sa.String(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.Column("scheduled", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guilds.id"], name="fk_mentor_role_changes_guild_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mentor_role_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mentor_role_changes_guild", "mentor_role_changes", ["guild_id"])
