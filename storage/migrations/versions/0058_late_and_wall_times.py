"""Keep how late people say to be, and what a mentor's clock shows at a group session's start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId, UtcDateTime

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    columns = {
        "group_sessions": (
            sa.Column("late_minutes", sa.BigInteger()),
            sa.Column("late_told_to", RowId),
            sa.Column("utc_offset", sa.BigInteger()),
        ),
        "installation": (
            sa.Column("tz_comparing", sa.String()),
            sa.Column("tz_phase", sa.String()),
            sa.Column("tz_after_start", UtcDateTime()),
            sa.Column("tz_after_id", sa.BigInteger()),
        ),
    }
    for table, new in columns.items():
        for column in new:
            op.add_column(table, column)
    op.create_index("ix_group_sessions_start", "group_sessions", ["starts_at", "id"])
    _create_index_where(
        "ix_group_sessions_late_told_to",
        "group_sessions",
        ["late_told_to"],
        "late_told_to IS NOT NULL",
    )
    _create_index_where(
        "ix_participants_late",
        "participants",
        ["group_id", "session_id"],
        "late_minutes IS NOT NULL AND group_id IS NOT NULL",
    )


def _create_index_where(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
