"""Store mentors' questions at booking, and their mentees' answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId

revision = "0060"
down_revision = "0059"


def upgrade() -> None:
    op.create_table(
        "booking_questions",
        sa.Column("id", RowId, nullable=False),
        sa.Column("profile_id", RowId, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, server_default="1"),
        sa.CheckConstraint("position BETWEEN 0 AND 2", name="position"),
        sa.CheckConstraint("kind IN ('short', 'long')", name="kind"),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["mentor_profiles.id"],
            name="fk_booking_questions_profile_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_booking_questions"),
        sa.UniqueConstraint(
            "profile_id", "position", name="uq_booking_questions_profile_id_position"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "booking_answers",
        sa.Column("session_id", RowId, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.CheckConstraint("position BETWEEN 0 AND 2", name="position"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name="fk_booking_answers_session_id",
        ),
        sa.PrimaryKeyConstraint("session_id", "position", name="pk_booking_answers"),
    )
