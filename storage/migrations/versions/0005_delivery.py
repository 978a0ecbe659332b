"""Add what delivery queries by: `next_at` of notifications and `shown_at` of undelivered ones.

`next_at` replaces `leased_until`. One index on it finds the notifications to send now and skips
those that are leased, waiting for a retry, or held back by quiet hours.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0005"
down_revision = "0004"

WAITING = sa.text("status = 'waiting'")
FAILED = sa.text("status = 'failed'")
UNSEEN = sa.text("status = 'failed' AND shown_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_notices_due", table_name="notices")
    op.add_column("notices", sa.Column("next_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE notices SET next_at = coalesce(leased_until, due_at)")
    with op.batch_alter_table("notices") as notices:
        notices.alter_column("next_at", existing_type=UtcDateTime(), nullable=False)
        notices.drop_column("leased_until")
        notices.add_column(sa.Column("shown_at", UtcDateTime(), nullable=True))
    for name, columns, rows in (
        ("ix_notices_next", ["urgency", "next_at"], WAITING),
        ("ix_notices_person", ["user_id"], WAITING),
        ("ix_notices_unseen", ["user_id"], UNSEEN),
        ("ix_notices_failed", ["settled_at"], FAILED),
    ):
        op.create_index(name, "notices", columns, sqlite_where=rows, postgresql_where=rows)
    # Not in batch mode, which copies the table and would lose its triggers.
    op.add_column("members", sa.Column("dm_channel_id", sa.BigInteger(), nullable=True))
