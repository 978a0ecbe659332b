"""Let sessions take place at meeting providers, and remember who hosts a meeting there."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"

PLACES = {
    "guilds": ("meeting_place", ("link", "thread", "voice")),
    "group_sessions": ("place", ("link", "thread", "voice", "stage")),
}
"""The tables and columns with a place, and the places until now."""

PROVIDERS = ("jitsi", "zoom", "daily")


def upgrade() -> None:
    for column in ("host", "host_url"):
        op.add_column("provider_meetings", sa.Column(column, sa.String()))
    op.create_index(
        "ix_provider_meetings_hosts",
        "provider_meetings",
        ["provider", "starts_at"],
        sqlite_where=sa.text("host IS NOT NULL"),
        postgresql_where=sa.text("host IS NOT NULL"),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table, (column, places) in PLACES.items():
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}")
            connection.exec_driver_sql(
                f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column} "
                f"CHECK ({_check(column, (*places, *PROVIDERS))})"
            )
        return
    # Foreign keys aren't enforced during migrations, so they survive that their table is dropped
    # for a moment. Triggers may refer to any table, so none may exist meanwhile.
    triggers = _definitions(connection, "type = 'trigger'")
    for name in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    for table, (column, places) in PLACES.items():
        _copy_table(
            connection, table, _check(column, places), _check(column, (*places, *PROVIDERS))
        )
    for trigger in triggers.values():
        connection.exec_driver_sql(trigger)


def _check(column: str, places: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(place) for place in places)})"


def _copy_table(connection: sa.Connection, table: str, before: str, after: str) -> None:
    """Copy a table into one with another check in its definition."""
    (definition,) = _definitions(connection, f"type = 'table' AND name = '{table}'").values()
    indexes = _definitions(connection, f"type = 'index' AND tbl_name = '{table}'")
    copied = ", ".join(row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})"))
    assert definition.count(before) == 1, definition
    changed = definition.replace(before, after)
    created, edits = re.subn(rf'^CREATE TABLE "?{table}"?', "CREATE TABLE copied", changed, count=1)
    assert edits == 1, definition
    highest = connection.exec_driver_sql(
        f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'"
    ).scalar()
    connection.exec_driver_sql(created)
    connection.exec_driver_sql(f"INSERT INTO copied ({copied}) SELECT {copied} FROM {table}")
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE copied RENAME TO {table}")
    if highest is not None:
        # Otherwise the ids of deleted rows would be used again.
        connection.exec_driver_sql(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")
        connection.exec_driver_sql(
            f"INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {highest})"
        )
    for index in indexes.values():
        connection.exec_driver_sql(index)


def _definitions(connection: sa.Connection, condition: str) -> dict[str, str]:
    rows = connection.exec_driver_sql(
        f"SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND {condition} ORDER BY rowid"
    )
    return {row.name: row.sql for row in rows}
