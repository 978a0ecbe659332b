"""Index the notifications that are being sent or tried again, by their recipients."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

UNFINISHED = sa.text("status = 'waiting' AND attempts > 0")


def upgrade() -> None:
    op.create_index(
        "ix_notices_unfinished",
        "notices",
        ["user_id"],
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
