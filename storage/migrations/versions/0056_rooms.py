"""Remember what became of a meeting room: another kind, people who stay, people who were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    for table in ("meeting_places", "group_places"):
        op.add_column(table, sa.Column("opened_as", sa.String()))
        op.add_column(table, sa.Column("kept_since", UtcDateTime()))
        op.add_column(table, sa.Column("told_at", UtcDateTime()))
