"""Let guilds show a leaderboard, and mentors hide from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"


def upgrade() -> None:
    for table, column, default in (
        ("guilds", "leaderboard", "false"),
        ("members", "on_leaderboard", "true"),
    ):
        op.add_column(
            table,
            sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.text(default)),
        )
