"""Keep the budget for opening direct messages in the database, for all processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "dm_budgets",
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="pk_dm_budgets"),
    )
