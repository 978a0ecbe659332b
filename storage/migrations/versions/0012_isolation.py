"""Number rows so that no id returns, and index every foreign key and every person's id.

- SQLite gives the highest id that was deleted to the next row, unless a table is declared with
  AUTOINCREMENT. A button on an old card would then act on something else. The declaration is a part
  of a table's definition, so the tables are copied.
- Deleting a row makes the database look for rows that refer to it, in each table with a foreign
  key, and an erasure looks for a person in every column with an id of theirs. Without an index,
  either reads the whole table.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

NUMBERED = (
    "tags",
    "mentor_profiles",
    "date_overrides",
    "profile_revisions",
    "sessions",
    "accounts",
    "commitments",
    "reviews",
    "transfers",
    "notices",
)

# Columns that keep the id of a row after its deletion.
REMEMBERED = {
    "sessions": ("events", "session_id"),
    "profile_revisions": ("events", "revision_id"),
}

INDEXES = (
    ("accounts", "guild", ("guild_id", "user_id")),
    ("accounts", "session", ("session_id",)),
    ("transfers", "guild", ("guild_id", "id")),
    ("transfers", "session", ("session_id",)),
    ("sessions", "profile", ("profile_id",)),
    ("participants", "member", ("guild_id", "user_id", "session_id")),
    ("idempotency_keys", "session", ("session_id",)),
    ("notices", "guild", ("guild_id", "id")),
    ("notices", "revision", ("revision_id",)),
    ("notices", "recipient", ("user_id", "guild_id")),
    ("reviews", "person", ("author_id",)),
    ("grant_requests", "person", ("user_id", "guild_id")),
)

# Few rows have such a person, so only those are indexed.
SPARSE = (
    ("transfers", "made_by"),
    ("sessions", "proposed_by"),
    ("sessions", "ended_by"),
    ("sessions", "no_show_user_id"),
    ("notices", "caused_by"),
    ("reviews", "hidden_by"),
    ("profile_revisions", "decided_by"),
    ("grant_requests", "requested_by"),
    ("grant_requests", "decided_by"),
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _number_rows(connection)
    for table, name, columns in INDEXES:
        op.create_index(f"ix_{table}_{name}", table, columns)
    for table, column in SPARSE:
        condition = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_{table}_{column}",
            table,
            [column],
            sqlite_where=condition,
            postgresql_where=condition,
        )


def _number_rows(connection: sa.Connection) -> None:
    """Copy the tables into ones with AUTOINCREMENT.

    Foreign keys aren't enforced during migrations, so they survive that their table is dropped for
    a moment. Triggers may refer to any table, so none may exist meanwhile.
    """
    triggers = _definitions(connection, "type = 'trigger'")
    for name in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    for table in NUMBERED:
        (definition,) = _definitions(connection, f"type = 'table' AND name = '{table}'").values()
        indexes = _definitions(connection, f"type = 'index' AND tbl_name = '{table}'")
        connection.exec_driver_sql(_autoincrement(table, definition))
        connection.exec_driver_sql(f"INSERT INTO numbered SELECT * FROM {table}")
        connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql(f"ALTER TABLE numbered RENAME TO {table}")
        for index in indexes.values():
            connection.exec_driver_sql(index)
        _continue_numbers(connection, table)
    for trigger in triggers.values():
        connection.exec_driver_sql(trigger)


def _definitions(connection: sa.Connection, condition: str) -> dict[str, str]:
    rows = connection.exec_driver_sql(
        f"SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND {condition} ORDER BY rowid"
    )
    return {row.name: row.sql for row in rows}


def _autoincrement(table: str, definition: str) -> str:
    """Return the definition of the table `numbered`, which is the same but for its key."""
    columns = definition.partition("(")[2]
    columns, ids = re.subn(
        r"\bid INTEGER NOT NULL\s*,", "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,", columns
    )
    columns, keys = re.subn(rf"\bCONSTRAINT pk_{table} PRIMARY KEY \(id\)\s*,", "", columns)
    assert (ids, keys) == (1, 1), definition
    return f"CREATE TABLE numbered ({columns}"


def _continue_numbers(connection: sa.Connection, table: str) -> None:
    """Start after the highest id that the table has, or is known to have had."""
    highest = [f"SELECT max(id) AS id FROM {table}"]
    if table in REMEMBERED:
        other, column = REMEMBERED[table]
        highest.append(f"SELECT max({column}) FROM {other}")
    connection.exec_driver_sql(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")
    connection.exec_driver_sql(
        f"INSERT INTO sqlite_sequence (name, seq) "
        f"SELECT '{table}', coalesce(max(id), 0) FROM ({' UNION ALL '.join(highest)})"
    )
