"""Record which guild settings were cleared because their role or channel was deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("guilds", sa.Column("lost", sa.JSON(), nullable=False, server_default="[]"))
