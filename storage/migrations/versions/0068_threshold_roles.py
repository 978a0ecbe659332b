"""Let guilds give mentors roles at thresholds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    op.create_table(
        "threshold_roles",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("least_sessions", sa.BigInteger(), nullable=False),
        sa.Column("least_stars", sa.BigInteger()),
        sa.Column("least_hours", sa.BigInteger()),
        sa.Column("after_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("stopped_at", UtcDateTime()),
        sa.Column("problem", sa.String()),
        sa.CheckConstraint("least_stars BETWEEN 10 AND 50", name="least_stars"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_threshold_roles_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_threshold_roles"),
        sa.UniqueConstraint("guild_id", "role_id", name="uq_threshold_roles_guild_id_role_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_threshold_roles_next", "threshold_roles", ["next_at"])
    op.create_table(
        "earned_roles",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", RowId, nullable=False),
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("told_at", UtcDateTime()),
        sa.Column("erased_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_earned_roles_guild_id"),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["threshold_roles.id"], name="fk_earned_roles_rule_id"
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["mentor_profiles.id"], name="fk_earned_roles_profile_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_earned_roles"),
        sa.UniqueConstraint("rule_id", "profile_id", name="uq_earned_roles_rule_id_profile_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_earned_roles_guild", "earned_roles", ["guild_id", "id"])
    op.create_index("ix_earned_roles_profile", "earned_roles", ["profile_id", "id"])
    for column in ("next_at", "user_id"):
        condition = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_earned_roles_{column}",
            "earned_roles",
            [column],
            sqlite_where=condition,
            postgresql_where=condition,
        )
