"""Remember how far a mentor's line of slot alerts was walked through."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0037"


def upgrade() -> None:
    op.add_column("mentor_profiles", sa.Column("slot_alerts_after", sa.BigInteger()))
