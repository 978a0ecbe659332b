"""SQL building blocks: statements and expressions whose form depends on the dialect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    JSON,
    BigInteger,
    BindParameter,
    ColumnElement,
    String,
    TableValuedAlias,
    Update,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    literal,
    literal_column,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from storage.tables import Table
from storage.types import UtcDateTime


def upsert(dialect: str, table: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT into `table` with `on_conflict_do_update` and `on_conflict_do_nothing`."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def update_by_id(table: type[Table], *columns: str) -> Update:
    """Return an UPDATE of `columns` in one row.

    Its parameters are `row_id` and one for each column, under the column's name.
    """
    row: Any = table.__table__
    return (
        update(row)
        .where(row.c.id == bindparam("row_id"))
        .values({column: bindparam(column) for column in columns})
    )


async def delete_some(
    connection: AsyncConnection,
    table: Any,
    *conditions: ColumnElement[bool],
    order_by: Sequence[Any],
    limit: int,
) -> int:
    """Delete at most `limit` rows, the first in the order of `order_by`. Returns how many.

    `order_by` has the columns of the index that finds the rows. Otherwise PostgreSQL might read the
    table from its beginning, in the hope that it soon has enough rows. `table` must not be a
    WITHOUT ROWID table of SQLite.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    # The row's place in the file, so that no key has to be looked up a second time.
    place: ColumnElement[Any] = literal_column("rowid" if is_sqlite else "ctid")
    rows = select(place).select_from(table).where(*conditions).order_by(*order_by).limit(limit)
    is_one_of_them = (
        place.in_(rows) if is_sqlite else place == func.any(func.array(rows.scalar_subquery()))
    )
    return (await connection.execute(delete(table).where(is_one_of_them))).rowcount


def integer_table(dialect: str, integers: BindParameter[Any]) -> TableValuedAlias:
    """Return a table with one column, `value`, to join with: a parameter's list of integers."""
    value = column("value", BigInteger)
    if dialect == "sqlite":
        return func.json_each(type_coerce(integers, JSON)).table_valued(value)
    array = cast(integers, ARRAY(BigInteger))
    return func.unnest(array).table_valued(value).render_derived()


def records_table(dialect: str, parameter: str, columns: Mapping[str, TypeEngine[Any]]) -> CTE:
    """Return a table with `columns` to join with, whose rows are bound as one parameter.

    The parameter's value is a list of rows, each a list of the columns' values.
    """
    rows = bindparam(parameter, type_=JSON)
    if dialect == "sqlite":
        each = func.json_each(rows).table_valued("value")
        values = [
            func.json_extract(each.c.value, f"$[{number}]", type_=type_).label(name)
            for number, (name, type_) in enumerate(columns.items())
        ]
    else:
        each = func.json_array_elements(cast(rows, JSON)).table_valued(column("value", JSON))
        values = [
            cast(each.c.value[number].as_string(), type_).label(name)
            for number, (name, type_) in enumerate(columns.items())
        ]
    # Evaluated once; SQLite can then build an index on the rows for this statement.
    return select(*values).cte(parameter).prefix_with("MATERIALIZED")


def json_list(dialect: str, *columns: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return an aggregate that collects the selected rows as one JSON list.

    Each item is the value of a single column, or a list of the values of several.
    """
    if dialect == "sqlite":
        row = columns[0] if len(columns) == 1 else func.json_array(*columns)
        return func.json_group_array(row, type_=JSON)
    row = columns[0] if len(columns) == 1 else func.json_build_array(*columns)
    return func.coalesce(func.json_agg(row, type_=JSON), cast([], JSON), type_=JSON)


def json_text(
    dialect: str, column: ColumnElement[Any] | InstrumentedAttribute[Any], key: str
) -> ColumnElement[str | None]:
    """Return an expression for a text in a JSON object; NULL if it has none or is no JSON."""
    text: ColumnElement[str | None] = column[key].as_string()
    if dialect == "sqlite":
        # SQLite stores any text as JSON, and refuses a whole statement that meets a broken one.
        return case((func.json_valid(column) == 1, text), else_=None)
    return text


async def load_last_ids(
    connection: AsyncConnection, tables: Iterable[type[Table]]
) -> dict[str, int]:
    """Return the highest id that each of some numbered tables has given, by its name; 0 for none.

    On PostgreSQL, transactions that haven't committed may have taken lower ones.
    """
    names = [table.__tablename__ for table in tables]
    if connection.dialect.name == "sqlite":
        queries = [f"(SELECT coalesce(max(id), 0) FROM {name}) AS {name}" for name in names]
    else:
        # From the sequence: reading the table's end would conflict with everybody who adds to it.
        last = "CASE WHEN is_called THEN last_value ELSE 0 END"
        queries = [f"(SELECT {last} FROM {name}_id_seq) AS {name}" for name in names]
    row = (await connection.execute(text(f"SELECT {', '.join(queries)}"))).one()
    return dict(row._mapping)


def later(
    dialect: str, instant: ColumnElement[Any], seconds: int | ColumnElement[int]
) -> ColumnElement[datetime]:
    """Return an expression for the instant a number of seconds after another."""
    if dialect == "sqlite":
        # Spelled as `UtcDateTime` stores instants there, so that they compare as text.
        modifier = cast(seconds, String) + literal(" seconds")
        return func.strftime("%Y-%m-%d %H:%M:%f000", instant, modifier, type_=UtcDateTime)
    zero: ColumnElement[int] = literal_column("0")
    return instant + func.make_interval(zero, zero, zero, zero, zero, zero, seconds)


def instant_in_json(written: str) -> datetime:
    """Parse an instant from a `json_list` and return it as an aware UTC datetime.

    SQLite writes it without an offset, PostgreSQL with one.
    """
    instant = datetime.fromisoformat(written)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
