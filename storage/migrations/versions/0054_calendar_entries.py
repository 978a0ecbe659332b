"""Keep when calendars were disconnected, and from when to when their entries were written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.add_column("external_calendars", sa.Column("removed_at", UtcDateTime()))
    op.add_column("calendar_entries", sa.Column("starts_at", UtcDateTime()))
    op.add_column("calendar_entries", sa.Column("ends_at", UtcDateTime()))
