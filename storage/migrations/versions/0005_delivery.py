"""What delivery looks for: when each notice is next to be looked at, and what nobody has seen yet.

`next_at` takes the place of `leased_until`, so that one index finds what is to be sent now, past
what somebody is sending, what waits after a fault, and what waits for quiet hours to end.
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
    # Not in batch mode, which would copy the table and lose its triggers.
    op.add_column("members", sa.Column("dm_channel_id", sa.BigInteger(), nullable=True))
