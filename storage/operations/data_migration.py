"""Copy all data from one database into another, of the same or the other kind.

Balances are not copied. The transfers are inserted again in their order, and the database's own
trigger computes the balances; the other derived data is rebuilt by triggers too. In the end, every
table is compared with the source, row by row. New rows get numbers that the source has never given.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Row,
    Select,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines, numbering, tables
from storage.engines import connect, unavailable_error
from storage.error_classes import is_caused_by_data
from storage.errors import StorageError
from storage.migrations import check_schema, upgrade_in
from storage.operations.move_checks import refuse_other_sessions
from storage.transactions import Transaction, utc_now
from storage.types import UnreadableInstant, UnreadableJson

BATCH_SIZE = 1_000
"""Rows read, and written, at a time."""

MOST_NAMED = 20
"""How many rows that can't be read are named. There may be thousands with one cause."""

_TABLES: Sequence[Table] = tables.Table.metadata.sorted_tables
_GUILDS, _ACCOUNTS, _RATINGS, _LISTINGS, _INSTALLATION = (
    tables.Table.metadata.tables[table.__tablename__]
    for table in (
        tables.Guild,
        tables.Account,
        tables.GuildRating,
        tables.Listing,
        tables.Installation,
    )
)


class DataMigrationFailed(StorageError):
    """The data could not be copied; the target database was left unchanged."""


@dataclass
class _TableDigest:
    """The number of rows of a table and the sum of their hashes, which ignores their order."""

    rows: int = 0
    hash_sum: int = field(default=0, repr=False)

    def add(self, rows: Iterable[Row[Any]]) -> None:
        for row in rows:
            serialized = json.dumps([*row], default=str, sort_keys=True).encode()
            self.rows += 1
            self.hash_sum += int.from_bytes(hashlib.sha256(serialized).digest(), "big")


@dataclass
class _Progress:
    total_rows: int
    report: Callable[[float], None]
    done_rows: int = 0

    def add(self, rows: int) -> None:
        self.done_rows += rows
        self.report(min(1, self.done_rows / self.total_rows))


async def migrate_data(
    source: str,
    target: str,
    progress: Callable[[float], None],
    *,
    create_tables: bool = False,
    check: Callable[[Transaction], Awaitable[None]] | None = None,
) -> dict[str, int]:
    """Copy everything from the database at URL `source` into the empty one at `target`.

    Both must have this program's tables, unless `create_tables` is set for the target. The copy is
    one transaction, and nobody can write to the source meanwhile. `progress` is called with the
    fraction done, 0 to 1. `check` is called for the source at the beginning and for the copy at the
    end; what it raises, is raised. Returns the number of rows by table name. Raises
    `DataMigrationFailed`, `MoveRefused`, `SchemaMismatch` and `DatabaseUnavailable`; then the
    target is as it was.
    """
    async with (
        _transaction(source, "REPEATABLE READ") as old,
        _transaction(target, "SERIALIZABLE") as new,
    ):
        await _lock(old)
        if create_tables:
            await upgrade_in(new)
        for connection in (old, new):
            await connection.run_sync(check_schema)
        await _require_empty(new)
        # The target has an identity of its own since its tables were created.
        await new.execute(delete(_INSTALLATION))
        if check is not None:
            await check(Transaction(old, utc_now()))
        rows = sum([await old.scalar(_row_count(table)) or 0 for table in _TABLES])
        # Every row is read twice: from the source to copy it, from the target to verify it.
        tracker = _Progress(2 * rows, progress)
        digests, unreadable = {}, list[str]()
        for table in _TABLES:
            digests[table] = await _copy_table(old, new, table, tracker, unreadable)
        _refuse_unreadable(unreadable)
        await _copy_rating_priors(old, new)
        await numbering.continue_after(new, await numbering.load_highest(old))
        for table in _TABLES:
            await _verify_table(new, table, digests[table], tracker)
        if check is not None:
            await check(Transaction(new, utc_now()))
    return {table.name: digest.rows for table, digest in digests.items()}


async def _lock(connection: AsyncConnection) -> None:
    """Keep everybody else from writing until the end of the transaction.

    SQLite does so by how the transaction begins. On PostgreSQL the lock must be the first
    statement, so that the snapshot has everything that was committed before.
    """
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in _TABLES)
        await connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE NOWAIT"))
        await refuse_other_sessions(connection)


async def _copy_table(
    old: AsyncConnection,
    new: AsyncConnection,
    table: Table,
    tracker: _Progress,
    unreadable: list[str],
) -> _TableDigest:
    """Copy a table, unless triggers derive it, and return the digest of the source's rows.

    Rows that can't be read are listed in `unreadable`. From then on nothing more is written.
    """
    digest = _TableDigest()
    async for rows in _batches(old, table):
        unreadable += _describe_unreadable(table, rows)
        if table not in (_RATINGS, _LISTINGS) and not unreadable:
            await _insert(new, table, rows)
        digest.add(rows)
        tracker.add(len(rows))
    return digest


def _describe_unreadable(table: Table, rows: Iterable[Row[Any]]) -> Iterator[str]:
    """Name the rows with a value that isn't what its column holds, as only SQLite can have."""
    for row in rows:
        for column, value in row._mapping.items():
            if isinstance(value, UnreadableJson | UnreadableInstant):
                kind = "JSON" if isinstance(value, UnreadableJson) else "instant"
                yield f"{_name_row(table, row)}: {column} is no {kind}"


def _refuse_unreadable(unreadable: Sequence[str]) -> None:
    if not unreadable:
        return
    listed = "; ".join(unreadable[:MOST_NAMED])
    more = len(unreadable) - MOST_NAMED
    raise DataMigrationFailed(
        f"The source has values that can't be read, in {listed}"
        f"{f'; and {more:,} more' if more > 0 else ''}. Correct or delete these rows first. "
        "Nothing was copied."
    )


async def _insert(new: AsyncConnection, table: Table, rows: Sequence[Row[Any]]) -> None:
    """Insert rows. Raises `DataMigrationFailed`, naming the first that can't be stored."""
    params = [dict(row._mapping) for row in rows]
    if table is _ACCOUNTS:
        params = [row | {"balance": 0} for row in params]
    try:
        async with new.begin_nested():
            await new.execute(insert(table), params)
            return
    except DBAPIError as error:
        if not is_caused_by_data(error):
            raise
        failure = error
    for row, values in zip(rows, params, strict=True):
        try:
            async with new.begin_nested():
                await new.execute(insert(table), values)
        except DBAPIError as error:
            # The error's own text may quote what people wrote.
            raise DataMigrationFailed(
                f"{_name_row(table, row).capitalize()} can't be stored in the target "
                f"({type(error.orig).__name__}). Nothing was copied."
            ) from error
    raise failure


def _name_row(table: Table, row: Row[Any]) -> str:
    """Name a row by its primary key: `row 17 of notices`."""
    key = ", ".join(str(row._mapping[column]) for column in table.primary_key.columns)
    return f"row {key} of {table.name}"


async def _verify_table(
    new: AsyncConnection, table: Table, expected: _TableDigest, tracker: _Progress
) -> None:
    """Raise `DataMigrationFailed` unless a table has exactly the rows of its source."""
    digest = _TableDigest()
    async for rows in _batches(new, table):
        digest.add(rows)
        tracker.add(len(rows))
    if digest != expected:
        raise DataMigrationFailed(
            f"The {digest.rows:,} rows of {table.name} differ from the {expected.rows:,} rows of "
            "the source. Nothing was copied."
        )


@asynccontextmanager
async def _transaction(url: str, isolation_level: str) -> AsyncIterator[AsyncConnection]:
    """Open a connection in a transaction, which is committed unless an exception is raised."""
    engine = engines.create_engine(
        url,
        begin="BEGIN EXCLUSIVE",
        isolation_level=isolation_level,
        # SQLite only leaves WAL mode if nobody else has the file open.
        pragmas=("locking_mode = EXCLUSIVE", "journal_mode = DELETE", "foreign_keys = ON"),
    )
    try:
        await engines.refuse_transaction_pooling(engine)
        async with connect(engine) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        if not is_caused_by_data(error):
            raise unavailable_error(engine, error) from error
        raise DataMigrationFailed(
            f"Some rows can't be stored in the target ({type(error.orig).__name__}). Nothing was "
            "copied."
        ) from error
    finally:
        await engine.dispose()


def _row_count(table: Table) -> Select[int]:
    return select(func.count()).select_from(table)


async def _require_empty(connection: AsyncConnection) -> None:
    if await connection.scalar(_row_count(_GUILDS)):
        raise DataMigrationFailed("The target database already has data. Nothing was copied.")


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    """Yield all rows of a table in the order of their primary key."""
    key = list(table.primary_key.columns)
    first_batch = select(table).order_by(*key).limit(BATCH_SIZE)
    rows = (await connection.execute(first_batch)).all()
    while rows:
        yield rows
        last = [rows[-1]._mapping[column] for column in key]
        next_batch = first_batch.where(tuple_(*key) > tuple_(*last))
        rows = (await connection.execute(next_batch)).all() if len(rows) == BATCH_SIZE else ()


async def _copy_rating_priors(old: AsyncConnection, new: AsyncConnection) -> None:
    """Copy the ratings of guilds, so that mentors are ranked in the same order as before.

    The triggers alone would only approximate them. The sums include mentors who have left, and the
    prior is only updated when it has moved far enough.
    """
    await new.execute(delete(_RATINGS))
    async for rows in _batches(old, _RATINGS):
        await new.execute(insert(_RATINGS), [dict(row._mapping) for row in rows])
    # An update of `prior` makes the trigger rank the guild's listings again, even if it's equal.
    await new.execute(update(_RATINGS).values(prior=_RATINGS.c.prior))
