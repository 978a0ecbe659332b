"""The base class of all tables, and the indexes that many of them have."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Date, Index, MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.types import Json, UtcDateTime


class Table(DeclarativeBase):
    """Base class of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own name and form
        int: BigInteger,
        dt.datetime: UtcDateTime,
        dt.date: Date,
        dict[str, Any]: Json,
        list[int]: Json,
        list[str]: Json,
    }


NOW = "mentorbot.now"
"""The key of a transaction's time in the `info` of its connection."""


def _transaction_time(context: Any) -> dt.datetime:
    # Statements of migrations and of the tests' own connections belong to no transaction of ours.
    now: dt.datetime = context.connection.info.get(NOW) or dt.datetime.now(dt.UTC)
    return now


def changed_at() -> Mapped[dt.datetime | None]:
    """Return a column with the time of the transaction that last inserted or updated the row.

    SQLAlchemy fills it in, but not in the UPDATE of an upsert.
    """
    return mapped_column(default=_transaction_time, onupdate=_transaction_time)


def index_where(name: str, *columns: str, where: str) -> Index:
    """Return an index of the rows that meet a condition."""
    condition = text(where)
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


def where_set(table: str, column: str) -> Index:
    """Return an index of the rows in which a column isn't NULL, for columns that mostly are."""
    return index_where(f"ix_{table}_{column}", column, where=f"{column} IS NOT NULL")
