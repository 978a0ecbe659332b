"""Why somebody applies, in their own words, as the main app's form asks; moderators read it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("profile_revisions", sa.Column("reason", sa.String(), nullable=True))
