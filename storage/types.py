"""Column types for SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer
from sqlalchemy.types import TypeDecorator, TypeEngine

# SQLite only generates ids for a column declared INTEGER PRIMARY KEY, which has 64 bits there.
RowId = BigInteger().with_variant(Integer, "sqlite")


class UnreadableInstant:
    """Stands for text in a column of instants that is no instant. It can't be compared."""

    def __repr__(self) -> str:
        return "<unreadable instant>"

    def __bool__(self) -> bool:
        raise ValueError("a column of instants holds something else")


def require_instants(values: Iterable[Any]) -> None:
    """Raise `ValueError` if one of a row's values is an `UnreadableInstant`."""
    if any(type(value) is UnreadableInstant for value in values):
        raise ValueError("a column of instants holds something else")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: takes any aware datetime and returns an aware UTC datetime.

    Stored as `timestamptz` on PostgreSQL, and as text in UTC on SQLite, which sorts by time and
    checks nothing. Text that is no instant fails where it is used, instead of where it is fetched
    with other rows (`UnreadableInstant`). Raises `ValueError` for a naive datetime, because it
    doesn't say which instant it means.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone, so it is not an instant")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return the function that makes a value of what the driver returns."""
        process: Callable[[Any], Any] | None = super().result_processor(dialect, coltype)
        if process is None or dialect.name != "sqlite":
            return process

        def read(value: Any) -> Any:
            try:
                return process(value)
            except (TypeError, ValueError):
                return UnreadableInstant()

        return read


class UnreadableJson:
    """The value of a JSON column with invalid text. It can be neither iterated nor indexed."""

    def __repr__(self) -> str:
        return "<unreadable JSON>"

    def __bool__(self) -> bool:
        raise ValueError("a JSON column holds no JSON")


class Json(TypeDecorator[Any]):
    """JSON that fails where it is used, instead of where it is fetched with other rows.

    SQLite stores JSON as text and checks nothing. One broken text would otherwise make the whole
    result of a query unreadable. PostgreSQL refuses to store one.
    """

    impl = JSON
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return the function that makes a value of what the driver returns."""
        process: Callable[[Any], Any] | None = super().result_processor(dialect, coltype)
        if process is None or dialect.name != "sqlite":
            return process

        def read(value: Any) -> Any:
            try:
                return process(value)
            except ValueError:
                return UnreadableJson()

        return read

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Compare as JSON does: `facts["kind"]` takes a key or an index."""
        return self.impl_instance.coerce_compared_value(op, value)
