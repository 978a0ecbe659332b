"""Personal data: every column is listed, and finding a person reads no other rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy.dialects import sqlite

from mentorship.operations import personal_data
from mentorship.operations.personal_data import OTHER_COLUMNS, PERSON_COLUMNS
from storage import Database, Transaction
from storage.tables import Table


def test_every_column_is_listed_once_with_its_erasure_effect() -> None:
    """A new column must be added to `PERSON_COLUMNS` or `OTHER_COLUMNS`."""
    listed = Counter(
        [(column.class_.__tablename__, column.key) for column, _ in PERSON_COLUMNS]
        + [
            (table, name)
            for table, fates in OTHER_COLUMNS.items()
            for names in fates.values()
            for name in names.split()
        ]
    )
    columns = {
        (table.name, column.name)
        for table in Table.metadata.tables.values()
        for column in table.columns
    }
    assert set(listed) == columns
    assert [column for column, times in listed.items() if times > 1] == []


def test_every_column_with_a_user_id_is_listed_as_one() -> None:
    listed = {(column.class_.__tablename__, column.key) for column, _ in PERSON_COLUMNS}
    endings = (
        "user_id",
        "_by",
        "blocker_id",
        "blocked_id",
        "mentor_id",
        "mentee_id",
        "author_id",
        "actor_id",
        "subject_id",
        "about_id",
    )
    columns = {
        (table.name, column.name)
        for table in Table.metadata.tables.values()
        for column in table.columns
        if column.name.endswith(endings)
    }
    assert columns == listed


async def explain(tx: Transaction, statement: Any) -> list[str]:
    """Return the steps of SQLite's plan for a statement."""
    compiled = statement.compile(
        dialect=sqlite.dialect(paramstyle="qmark"), compile_kwargs={"render_postcompile": True}
    )
    params = tuple(1 for _ in compiled.positiontup or ())
    rows = await tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", params)
    return [row.detail for row in rows]


async def test_finding_a_person_reads_no_rows_of_others(sqlite_url: str) -> None:
    """Each column is looked up by the person's id, never by the guild alone."""
    db = Database(sqlite_url)
    steps = await db.read(explain, personal_data._HAS_DATA)
    await db.close()
    steps.remove("SCAN CONSTANT ROW")
    assert len([step for step in steps if step.startswith("SEARCH ")]) > 20
    assert [step for step in steps if step.startswith("SCAN ")] == []
    assert [step for step in steps if step.endswith("(guild_id=?)")] == []
