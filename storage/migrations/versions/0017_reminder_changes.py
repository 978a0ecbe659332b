"""Remember how far the replacement of a guild's reminders has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

IS_STARTING = sa.text("status = 'waiting' AND kind = 'starting'")


def upgrade() -> None:
    op.create_table(
        "reminder_changes",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_reminder_changes_guild_id"),
        sa.PrimaryKeyConstraint("guild_id", name="pk_reminder_changes"),
    )
    op.create_index(
        "ix_notices_starting",
        "notices",
        ["guild_id", "id"],
        sqlite_where=IS_STARTING,
        postgresql_where=IS_STARTING,
    )
