"""Remember whose upcoming sessions are being ended, in steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "session_endings",
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("until_id", sa.BigInteger(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_session_endings_guild_id"),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "cause", name="pk_session_endings"),
    )
    op.create_index("ix_session_endings_next", "session_endings", ["next_at"])
    op.create_index("ix_session_endings_person", "session_endings", ["user_id", "guild_id"])
    has_actor = sa.text("actor_id IS NOT NULL")
    op.create_index(
        "ix_session_endings_actor_id",
        "session_endings",
        ["actor_id"],
        sqlite_where=has_actor,
        postgresql_where=has_actor,
    )
