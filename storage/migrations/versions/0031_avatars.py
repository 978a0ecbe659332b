"""Store the hashes of members' pictures on Discord, which cards show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("members", sa.Column("avatar", sa.String(), nullable=True))
