"""Remember the start that people on a waitlist have agreed to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0045"
down_revision = "0043"


def upgrade() -> None:
    op.add_column("waitlist_entries", sa.Column("starts_at", UtcDateTime()))
