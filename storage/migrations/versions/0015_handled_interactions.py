"""Remember the interactions that were acted on, and numbers that a restored backup has forgotten.

- Several processes may receive one interaction of Discord. The one that acts first stores its id.
- A backup of a version before 0012 doesn't remember its highest numbers. `storage.numbering` has
  kept them in the restored file as its `user_version`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import RowId

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "handled_interactions",
        sa.Column("id", RowId, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("id", name="pk_handled_interactions"),
    )
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        given = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if given:
            connection.exec_driver_sql(
                "INSERT INTO sqlite_sequence (name, seq) SELECT name, 0 FROM sqlite_master "
                "WHERE sql LIKE '% AUTOINCREMENT%' "
                "AND name NOT IN (SELECT name FROM sqlite_sequence)"
            )
            connection.exec_driver_sql(f"UPDATE sqlite_sequence SET seq = max(seq, {given})")
