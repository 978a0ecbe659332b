"""The ids of new rows, which rise and are never used again.

A card in Discord carries the ids of rows, and may outlive them. If a number were given again, a
button on an old card would act on something else. Both databases remember the highest number that
they have given, in SQLite's table `sqlite_sequence` and in PostgreSQL's sequences; it may be higher
than every id that is left. So code that copies rows must copy that number, too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import tables

NUMBERED: Sequence[str] = tuple(
    table.name
    for table in tables.Table.metadata.sorted_tables
    if table.dialect_options["sqlite"]["autoincrement"]
)
"""The tables whose rows the database numbers, by a column `id`."""

GAP = 1_000_000
"""How many numbers are skipped where it isn't known how many were given."""


async def load_highest(connection: AsyncConnection) -> dict[str, int]:
    """Return the highest number that was ever given, by table; 0 for none."""
    if connection.dialect.name == "sqlite":
        rows = await connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
        known = {row.name: row.seq for row in rows}
        return {table: known.get(table, 0) for table in NUMBERED}
    highest = {}
    for table in NUMBERED:
        sequence = await _sequence(connection, table)
        highest[table] = await connection.scalar(
            text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")
        )
    return highest


async def continue_after(connection: AsyncConnection, highest: Mapping[str, int]) -> None:
    """Give only numbers above `highest` from now on, by table, and none that was given before."""
    given = await load_highest(connection)
    for table, number in highest.items():
        if number <= given[table]:
            continue
        if connection.dialect.name == "sqlite":
            for statement in _CONTINUE_SQLITE:
                await connection.exec_driver_sql(statement, {"name": table, "seq": number})
        else:
            sequence = await _sequence(connection, table)
            await connection.execute(
                text("SELECT setval(:sequence, :seq)"), {"sequence": sequence, "seq": number}
            )


async def _sequence(connection: AsyncConnection, table: str) -> str:
    name: str = await connection.scalar(
        text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": table}
    )
    return name


# The table has no unique key for an upsert.
_CONTINUE_SQLITE = (
    "DELETE FROM sqlite_sequence WHERE name = :name",
    "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)",
)


def highest_in_file(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the highest number that a SQLite file has given, by table, 0 for none.

    The file may be of any version of this program. Raises `sqlite3.DatabaseError` if it can't be
    read.
    """
    sql = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    highest = {
        table: connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
        for table in NUMBERED
        if table in sql
    }
    if "sqlite_sequence" in sql:
        for table, number in connection.execute("SELECT name, seq FROM sqlite_sequence"):
            if table in highest:
                highest[table] = max(highest[table], number)
    return highest


def continue_file_after(connection: sqlite3.Connection, highest: Mapping[str, int]) -> None:
    """Let a SQLite file give only numbers above `highest` from now on, by table.

    A file of an older version may have tables that don't remember their numbers. Then the highest
    of all is kept as the file's `user_version`, from which a migration reads it.
    """
    sql = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    given = highest_in_file(connection)
    forgetful = [table for table in NUMBERED if "AUTOINCREMENT" not in sql.get(table, "")]
    for table, number in highest.items():
        if table not in forgetful and number > given[table]:
            for statement in _CONTINUE_SQLITE:
                connection.execute(statement, {"name": table, "seq": number})
    if forgetful:
        connection.execute(f"PRAGMA user_version = {max(highest.values(), default=0)}")
