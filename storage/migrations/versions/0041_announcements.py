"""Add group_sessions.card_posts, which tells a message that is posted again from a repeated attempt.

Discord sends no message twice with one nonce within some minutes, not even if it was deleted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    column = sa.Column("card_posts", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("group_sessions", column)
