"""Statements that SQLite and PostgreSQL spell differently, or that many use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    JSON,
    BigInteger,
    ColumnElement,
    TableValuedAlias,
    Update,
    bindparam,
    cast,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import Table


def upsert(dialect: str, table: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into `table` that can say `on_conflict_do_update` and `on_conflict_do_nothing`."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def set_by_id(table: type[Table], *names: str) -> Update:
    """An UPDATE of these columns in the row whose id is `which`, all of them parameters."""
    row: Any = table.__table__
    return (
        update(row).where(row.c.id == bindparam("which")).values({n: bindparam(n) for n in names})
    )


def numbers(connection: AsyncConnection, values: Sequence[int]) -> TableValuedAlias:
    """A table of one column, `value`, to join with, out of one parameter."""
    if connection.dialect.name == "sqlite":
        return func.json_each(json.dumps(values)).table_valued(column("value", BigInteger))
    array = cast(list(values), ARRAY(BigInteger))
    return func.unnest(array).table_valued(column("value", BigInteger)).render_derived()


def numbers_by_name(connection: AsyncConnection, numbers: Mapping[str, int]) -> CTE:
    """A table of (`name`, `number`) to join with, out of one parameter."""
    if connection.dialect.name == "sqlite":
        pairs = func.json_each(json.dumps(numbers)).table_valued("key", "value")
    else:
        pairs = func.json_each_text(cast(dict(numbers), JSON)).table_valued("key", "value")
    return (
        select(pairs.c.key.label("name"), cast(pairs.c.value, BigInteger).label("number"))
        .cte("numbers_by_name")
        # Read once; SQLite then looks names up by an index that it makes for the statement.
        .prefix_with("MATERIALIZED")
    )


def json_list(dialect: str, *columns: ColumnElement[Any]) -> ColumnElement[Any]:
    """An aggregate of the selected rows as one JSON list: of values, or of lists of several."""
    if dialect == "sqlite":
        row = columns[0] if len(columns) == 1 else func.json_array(*columns)
        return func.json_group_array(row, type_=JSON)
    row = columns[0] if len(columns) == 1 else func.json_build_array(*columns)
    return func.coalesce(func.json_agg(row, type_=JSON), cast([], JSON), type_=JSON)


def instant_in_json(text: str) -> datetime:
    """An instant (aware UTC) out of a `json_list`, where it is text: without a zone in SQLite's."""
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
