"""Add goals of mentees, and find the sessions of two people by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0062"
down_revision = "0061"

SQLITE = (
    "DROP TRIGGER participants_copy_session",
    """
    CREATE TRIGGER participants_copy_session AFTER INSERT ON participants
    WHEN NEW.session_status IS NULL
    BEGIN
        UPDATE participants SET (session_status, session_starts_at, group_id, mentor_id) =
            (SELECT status, starts_at, group_id, CASE WHEN NEW.role = 'mentee' THEN mentor_id END
             FROM sessions WHERE id = NEW.session_id)
        WHERE session_id = NEW.session_id AND user_id = NEW.user_id;
    END
    """,
    """
    CREATE TRIGGER sessions_copy_mentor AFTER UPDATE OF mentor_id ON sessions
    WHEN NEW.mentor_id <> OLD.mentor_id
    BEGIN
        UPDATE participants SET mentor_id = NEW.mentor_id
        WHERE session_id = NEW.id AND role = 'mentee';
    END
    """,
)

POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION participants_copy_session() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT status, starts_at, group_id, CASE WHEN NEW.role = 'mentee' THEN mentor_id END
            INTO NEW.session_status, NEW.session_starts_at, NEW.group_id, NEW.mentor_id
            FROM sessions WHERE id = NEW.session_id;
        RETURN NEW;
    END $$
    """,
    """
    CREATE FUNCTION sessions_copy_mentor() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE participants SET mentor_id = NEW.mentor_id
            WHERE session_id = NEW.id AND role = 'mentee';
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER sessions_copy_mentor AFTER UPDATE OF mentor_id ON sessions
        FOR EACH ROW WHEN (NEW.mentor_id <> OLD.mentor_id)
        EXECUTE FUNCTION sessions_copy_mentor()
    """,
)

FILL = """
    UPDATE participants SET mentor_id = s.mentor_id
    FROM sessions s WHERE s.id = participants.session_id AND participants.role = 'mentee'
"""


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column(
        "guilds",
        sa.Column("goal_question_days", sa.BigInteger(), nullable=False, server_default="30"),
    )
    op.add_column("participants", sa.Column("mentor_id", sa.BigInteger()))
    connection.exec_driver_sql(FILL)
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)
    _create_index_where(
        "ix_participants_pair",
        "participants",
        ["guild_id", "mentor_id", "user_id", "session_starts_at", "session_id"],
        "mentor_id IS NOT NULL",
    )
    _create_index_where(
        "ix_participants_mentors",
        "participants",
        ["guild_id", "user_id", "mentor_id"],
        "mentor_id IS NOT NULL",
    )
    op.create_table(
        "mentorships",
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("mentor_id", sa.BigInteger(), nullable=False),
        sa.Column("mentee_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("ended_side", sa.String()),
        sa.Column("ask_at", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("ended_side IN ('mentor', 'mentee')", name="ended_side"),
        sa.ForeignKeyConstraint(["guild_id"], ["guilds.id"], name="fk_mentorships_guild_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mentorships"),
        sa.UniqueConstraint(
            "guild_id", "mentor_id", "mentee_id", name="uq_mentorships_guild_id_mentor_id_mentee_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mentorships_mentor", "mentorships", ["guild_id", "mentor_id", "id"])
    op.create_index("ix_mentorships_mentee", "mentorships", ["guild_id", "mentee_id", "id"])
    _create_index_where(
        "ix_mentorships_ask", "mentorships", ["ask_at"], "ask_at IS NOT NULL AND ended_at IS NULL"
    )
    op.create_table(
        "goals",
        sa.Column("id", RowId, nullable=False),
        sa.Column("mentorship_id", RowId, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("progress", sa.String(), nullable=False, server_default=""),
        sa.Column("progress_side", sa.String()),
        sa.Column("status", sa.String(), nullable=False, server_default="open"),
        sa.Column("place", sa.BigInteger()),
        sa.Column("revision", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'reached', 'dropped')", name="status"),
        sa.CheckConstraint("progress_side IN ('mentor', 'mentee')", name="progress_side"),
        sa.CheckConstraint("place BETWEEN 1 AND 3", name="place"),
        sa.CheckConstraint("(status = 'open') = (place IS NOT NULL)", name="open"),
        sa.ForeignKeyConstraint(
            ["mentorship_id"], ["mentorships.id"], name="fk_goals_mentorship_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_goals"),
        sa.UniqueConstraint("mentorship_id", "place", name="uq_goals_mentorship_id_place"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_goals_mentorship", "goals", ["mentorship_id", "id"])


def _create_index_where(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
