"""Which of a guild's settings were emptied because what they named was deleted in Discord."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("guilds", sa.Column("lost", sa.JSON(), nullable=False, server_default="[]"))
