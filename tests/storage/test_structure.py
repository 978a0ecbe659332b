"""Every table: foreign keys are indexed, and ids are never used again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, inspect, select

from storage import Database, Transaction
from storage.tables import Commitment, Table
from tests.storage.rows import MENTEE, add_session, insert_row, tuesday_at
from tests.storage.upgrades.test_migrations import in_connection

ROOT = Path(__file__).parents[2]


async def test_a_whole_index_covers_every_foreign_key(any_url: str) -> None:
    """Otherwise each deletion of a row reads the whole table that refers to it."""

    def uncovered(connection: Connection) -> list[str]:
        inspector = inspect(connection)
        return [
            f"{table}: {', '.join(key['constrained_columns'])}"
            for table in Table.metadata.tables
            for key in inspector.get_foreign_keys(table)
            if not is_covered(inspector, table, key["constrained_columns"])
        ]

    assert await in_connection(any_url, uncovered) == []


def is_covered(inspector: Any, table: str, columns: list[str]) -> bool:
    """Return whether an index without a condition begins with these columns, in any order."""
    whole = [
        index["column_names"]
        for index in inspector.get_indexes(table)
        if not any("where" in option for option in index.get("dialect_options", {}))
    ]
    whole += [each["column_names"] for each in inspector.get_unique_constraints(table)]
    whole.append(inspector.get_pk_constraint(table)["constrained_columns"])
    return any(set(index[: len(columns)]) == set(columns) for index in whole)


async def test_the_check_of_indexes_sees_a_missing_one(sqlite_url: str) -> None:
    def drop(connection: Connection) -> tuple[bool, bool]:
        before = is_covered(inspect(connection), "transfers", ["session_id"])
        connection.exec_driver_sql("DROP INDEX ix_transfers_session")
        return before, is_covered(inspect(connection), "transfers", ["session_id"])

    assert await in_connection(sqlite_url, drop) == (True, False)


async def test_every_numbered_sqlite_table_never_reuses_ids(sqlite_url: str) -> None:
    def definitions(connection: Connection) -> dict[str, str]:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type='table'")
        return {row.name: row.sql for row in rows}

    sql = await in_connection(sqlite_url, definitions)
    numbered = {
        name
        for name, table in Table.metadata.tables.items()
        if table.autoincrement_column is not None
    }
    assert {"sessions", "profile_revisions", "transfers", "notices"} <= numbered
    assert {name for name in numbered if "AUTOINCREMENT" not in sql[name]} == set()


async def test_the_id_of_a_deleted_row_never_returns(any_db: Database) -> None:
    async def write(tx: Transaction) -> int:
        session_id = await add_session(tx)
        row = {"session_id": session_id, "user_id": MENTEE}
        times = {"starts_at": tuesday_at(8), "ends_at": tuesday_at(9)}
        return await insert_row(tx, Commitment, **row, **times)

    async def delete_all(tx: Transaction) -> None:
        await tx.connection.execute(delete(Commitment))
        assert await tx.connection.scalar(select(func.count()).select_from(Commitment)) == 0

    first = await any_db.run(write)
    await any_db.run(delete_all)
    assert await any_db.run(write) > first


SMALL_NUMBERS = {
    *("limit", "latest", "latest_of_named", "share", "skip_failing"),
    *("price", "starting", "most_upcoming"),
}
"""Parameters of statements that hold no id, so that they may be four bytes long."""


def test_no_parameter_for_an_id_is_too_short() -> None:
    """PostgreSQL refuses Discord's ids as INTEGER; SQLite has only one length."""
    integers = {
        name
        for path in (ROOT / "mentorship").rglob("*.py")
        for name in re.findall(
            r'bindparam\(\s*"(\w+)",\s*(?:type_=)?Integer\b', path.read_text("utf-8")
        )
    }
    assert "limit" in integers
    assert integers <= SMALL_NUMBERS
