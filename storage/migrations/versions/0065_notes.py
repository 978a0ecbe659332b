"""Keep notes, next steps and links of sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0065"
down_revision = "0064"

_SIDES = "('mentor', 'mentee')"


def upgrade() -> None:
    _create_shared_notes()
    _create_private_notes()
    _create_next_steps()
    _create_links()


def _create_shared_notes() -> None:
    table = "shared_notes"
    op.create_table(
        table,
        sa.Column("session_id", RowId, autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("mentor_id", sa.BigInteger(), nullable=False),
        sa.Column("mentee_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("written_by_mentor", sa.Boolean(), nullable=False),
        sa.Column("written_by_mentee", sa.Boolean(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f(f"pk_{table}")),
        _refers(table, "session_id", "sessions"),
        _refers(table, "guild_id", "guilds"),
        _check(table, "text", "length(text) <= 2000"),
        _check(table, "revision", "revision >= 1"),
        _check(table, "editor", f"editor IN {_SIDES}"),
    )
    pair = ["guild_id", "mentor_id", "mentee_id"]
    op.create_index("ix_shared_notes_pair", table, [*pair, "updated_at"])
    op.create_index("ix_shared_notes_mentee", table, ["guild_id", "mentee_id"])


def _create_private_notes() -> None:
    table = "private_notes"
    op.create_table(
        table,
        sa.Column("session_id", RowId, autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "user_id", name=op.f(f"pk_{table}")),
        _refers(table, "session_id", "sessions"),
        _refers(table, "guild_id", "guilds"),
        _check(table, "text", "length(text) <= 2000"),
        _check(table, "revision", "revision >= 1"),
    )
    op.create_index("ix_private_notes_person", table, ["guild_id", "user_id", "session_id"])


def _create_next_steps() -> None:
    table = "next_steps"
    op.create_table(
        table,
        sa.Column("id", RowId, nullable=False),
        sa.Column("session_id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("mentor_id", sa.BigInteger(), nullable=False),
        sa.Column("mentee_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("author", sa.String()),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("completer", sa.String()),
        sa.Column("revision", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("reminders", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _refers(table, "session_id", "sessions"),
        _refers(table, "guild_id", "guilds"),
        _check(table, "number", "number BETWEEN 1 AND 5"),
        _check(table, "text", "length(text) BETWEEN 1 AND 200"),
        _check(table, "assignee", "assignee IN ('mentor', 'mentee', 'both')"),
        _check(table, "author", f"author IN {_SIDES}"),
        _check(table, "completer", f"completer IN {_SIDES}"),
        sqlite_autoincrement=True,
    )
    pair = ["guild_id", "mentor_id", "mentee_id", "id"]
    op.create_index("uq_next_steps_number", table, ["session_id", "number"], unique=True)
    op.create_index("ix_next_steps_pair", table, [*pair[:3], "done_at", "id"])
    op.create_index("ix_next_steps_mentee", table, ["guild_id", "mentee_id"])
    is_open = sa.text("done_at IS NULL")
    op.create_index(
        "ix_next_steps_open", table, pair, sqlite_where=is_open, postgresql_where=is_open
    )


def _create_links() -> None:
    table = "session_links"
    op.create_table(
        table,
        sa.Column("id", RowId, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", RowId),
        sa.Column("group_id", RowId),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _refers(table, "guild_id", "guilds"),
        _refers(table, "session_id", "sessions"),
        _refers(table, "group_id", "group_sessions"),
        _check(table, "number", "number BETWEEN 1 AND 5"),
        _check(table, "purpose", "(session_id IS NULL) <> (group_id IS NULL)"),
        _check(table, "label", "length(label) BETWEEN 1 AND 80"),
        _check(table, "author", f"author IN {_SIDES}"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_session_links_session", table, ["session_id", "number"], unique=True)
    op.create_index("uq_session_links_group", table, ["group_id", "number"], unique=True)
    op.create_index("ix_session_links_guild", table, ["guild_id", "id"])
    of_group = sa.text("group_id IS NOT NULL")
    op.create_index(
        "ix_session_links_of_group",
        table,
        ["group_id", "number"],
        sqlite_where=of_group,
        postgresql_where=of_group,
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
