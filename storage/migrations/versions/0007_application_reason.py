"""Add the reason for applying, which the main app's form asks for and moderators read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("profile_revisions", sa.Column("reason", sa.String(), nullable=True))
