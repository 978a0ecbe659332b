"""Store mentors' trips, and whether slots may fill gaps after bookings.

Trips of one mentor never have a date in common: a trigger refuses them on SQLite, an exclusion
constraint on PostgreSQL.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId

revision = "0035"
down_revision = "0034"

OVERLAP = "trips of one mentor cannot overlap"

SQLITE = tuple(
    f"""
    CREATE TRIGGER travel_{when.lower()}_overlap AFTER {when} ON travel
    WHEN EXISTS (
        SELECT 1 FROM travel AS other
         WHERE other.profile_id = NEW.profile_id AND other.rowid <> NEW.rowid
           AND other.last_date >= NEW.first_date AND other.first_date <= NEW.last_date
    )
    BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END
    """
    for when in ("INSERT", "UPDATE")
)

POSTGRESQL = (
    """
    ALTER TABLE travel ADD CONSTRAINT ex_travel_overlap EXCLUDE USING gist (
        int8range(profile_id, profile_id, '[]') WITH &&,
        daterange(first_date, last_date, '[]') WITH &&
    )
    """,
)


def upgrade() -> None:
    op.create_table(
        "travel",
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.CheckConstraint("first_date <= last_date", name="dates"),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["mentor_profiles.id"],
            name="fk_travel_profile_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "first_date", name="pk_travel"),
    )
    op.create_index("ix_travel_guild", "travel", ["guild_id", "last_date"])
    op.create_index("ix_travel_last_date", "travel", ["last_date"])
    op.add_column(
        "mentor_profiles",
        sa.Column("fill_gaps", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    connection = op.get_bind()
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[connection.dialect.name]:
        connection.exec_driver_sql(statement)
