"""Count searches that found nobody, and those for slots of a mentor that found none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    op.create_table(
        "unmet_searches",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("searches", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("searches > 0", name="searches"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_unmet_searches_guild_id"),
        sa.PrimaryKeyConstraint("guild_id", "day", "tag", name="pk_unmet_searches"),
    )
    op.create_index("ix_unmet_searches_day", "unmet_searches", ["day"])
    op.create_index("ix_unmet_searches_tag", "unmet_searches", ["guild_id", "tag"])
    op.create_table(
        "vain_searches",
        sa.Column("profile_id", RowId, autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("weekday", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part_of_day", sa.String(), nullable=False),
        sa.Column("searches", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 7", name="weekday"),
        sa.CheckConstraint(
            "part_of_day IN ('', 'morning', 'afternoon', 'evening')",
            name="part_of_day",
        ),
        sa.CheckConstraint("searches > 0", name="searches"),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["mentor_profiles.id"],
            name="fk_vain_searches_profile_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "profile_id", "month", "weekday", "part_of_day", name="pk_vain_searches"
        ),
    )
    op.create_index("ix_vain_searches_month", "vain_searches", ["month"])
    op.create_index(
        "ix_help_requests_tag",
        "help_requests",
        ["guild_id", "tag"],
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
