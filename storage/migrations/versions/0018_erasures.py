"""Store unfinished erasures, and who else notifications and idempotent answers name.

The indexes by person get the id of the row, so that an export can read them page by page.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0018"
down_revision = "0017"

PERSON_INDEXES = (
    ("notices", "recipient", "user_id"),
    ("events", "actor", "actor_id"),
    ("events", "subject", "subject_id"),
)


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("placeholder_id", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("watermarks", sa.JSON(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("handled", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_erasures_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_erasures_person", "erasures", ["guild_id", "user_id", "id"])
    for table in ("notices", "idempotency_keys"):
        op.add_column(table, sa.Column("about_id", sa.BigInteger(), nullable=True))
        condition = sa.text("about_id IS NOT NULL")
        op.create_index(
            f"ix_{table}_about_id",
            table,
            ["about_id"],
            sqlite_where=condition,
            postgresql_where=condition,
        )
    for table, name, column in PERSON_INDEXES:
        op.drop_index(f"ix_{table}_{name}", table_name=table)
        op.create_index(f"ix_{table}_{name}", table, [column, "guild_id", "id"])
    _fill_about_id(op.get_bind())


def _fill_about_id(connection: sa.Connection) -> None:
    """Copy the person whom a notification names from its facts. Others of that kind name nobody."""
    about = (
        "CASE WHEN json_valid(facts) THEN json_extract(facts, '$.about') END"
        if connection.dialect.name == "sqlite"
        else "(facts ->> 'about')::bigint"
    )
    connection.exec_driver_sql(f"UPDATE notices SET about_id = {about} WHERE kind = 'trouble'")
