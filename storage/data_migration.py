"""All data from one database into another, of whichever kinds.

Balances are not copied: the transfers are written again, in their order, and the database's own
trigger moves the balances by them. What else triggers derive is derived there, too. In the end
every table is compared with the one it came from, row by row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
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

from storage import engines, tables
from storage.engines import connected, unavailable
from storage.errors import StorageError
from storage.migrations import check_schema

BATCH = 1_000
"""Rows that are read, and written, at once."""

_EVERY: Sequence[Table] = tables.Table.metadata.sorted_tables
_GUILDS, _ACCOUNTS, _RATINGS, _LISTINGS = (
    tables.Table.metadata.tables[each.__tablename__]
    for each in (tables.Guild, tables.Account, tables.GuildRating, tables.Listing)
)


class NotMoved(StorageError):
    """The data could not be moved; the database that they were to go to is as it was."""


@dataclass
class _Seen:
    """Rows that went by, in whatever order: how many, and a sum of their digests."""

    rows: int = 0
    digests: int = field(default=0, repr=False)

    def add(self, rows: Iterable[Row[Any]]) -> None:
        for row in rows:
            told = json.dumps([*row], default=str, sort_keys=True).encode()
            self.rows += 1
            self.digests += int.from_bytes(hashlib.sha256(told).digest(), "big")


@dataclass
class _Progress:
    rows: int
    tell: Callable[[float], None]
    done: int = 0

    def add(self, rows: int) -> None:
        self.done += rows
        self.tell(min(1, self.done / self.rows))


async def move(source: str, target: str, progress: Callable[[float], None]) -> dict[str, int]:
    """Put everything that the database at URL `source` holds into the empty one at `target`.

    Both have this program's tables. Nothing of `source` is changed, and nobody may write to it
    meanwhile. All of it arrives or nothing does. `progress` is told the part that is done, 0 to 1.
    Returns how many rows each table has. Raises `NotMoved`, `SchemaMismatch` and
    `DatabaseUnavailable`.
    """
    async with _opened(source, "REPEATABLE READ") as old, _opened(target, "SERIALIZABLE") as new:
        for connection in (old, new):
            await connection.run_sync(check_schema)
        await _require_empty(new)
        rows = sum([await old.scalar(_rows(table)) or 0 for table in _EVERY])
        # Each is read twice: where it was, and where it is.
        gone_by = _Progress(2 * rows, progress)
        left = {table: await _moved(old, new, table, gone_by) for table in _EVERY}
        await _rank_alike(old, new)
        await _number_on(new)
        for table in _EVERY:
            await _compare(new, table, left[table], gone_by)
    return {table.name: seen.rows for table, seen in left.items()}


async def _moved(
    old: AsyncConnection, new: AsyncConnection, table: Table, gone_by: _Progress
) -> _Seen:
    seen = _Seen()
    async for rows in _batches(old, table):
        given = [dict(row._mapping) for row in rows]
        if table is _ACCOUNTS:
            given = [row | {"balance": 0} for row in given]
        if table not in (_RATINGS, _LISTINGS):
            await new.execute(insert(table), given)
        seen.add(rows)
        gone_by.add(len(rows))
    return seen


async def _compare(new: AsyncConnection, table: Table, left: _Seen, gone_by: _Progress) -> None:
    """Raise `NotMoved` unless a table holds exactly the rows that left."""
    seen = _Seen()
    async for rows in _batches(new, table):
        seen.add(rows)
        gone_by.add(len(rows))
    if seen != left:
        raise NotMoved(
            f"The {seen.rows:,} rows of {table.name} are not the {left.rows:,} that they came "
            "from. Nothing was moved."
        )


@asynccontextmanager
async def _opened(url: str, isolation_level: str) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction, which is committed in the end if nothing was raised."""
    engine = engines.of(
        url,
        begin="BEGIN IMMEDIATE",
        isolation_level=isolation_level,
        pragmas=("foreign_keys = ON",),
    )
    try:
        async with connected(engine) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise unavailable(engine, error) from error
    finally:
        await engine.dispose()


def _rows(table: Table) -> Select[int]:
    return select(func.count()).select_from(table)


async def _require_empty(connection: AsyncConnection) -> None:
    if await connection.scalar(_rows(_GUILDS)):
        raise NotMoved("The database that they are to go to has data already. Nothing was moved.")


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    """All rows, in the order of their keys."""
    key = list(table.primary_key.columns)
    chosen = select(table).order_by(*key).limit(BATCH)
    rows = (await connection.execute(chosen)).all()
    while rows:
        yield rows
        last = [rows[-1]._mapping[column] for column in key]
        later = chosen.where(tuple_(*key) > tuple_(*last))
        rows = (await connection.execute(later)).all() if len(rows) == BATCH else ()


async def _rank_alike(old: AsyncConnection, new: AsyncConnection) -> None:
    """Let mentors stand in the same order. A guild's ratings are those of mentors who have gone,
    too, and its mean is from when it last moved enough, so triggers alone would come near it."""
    await new.execute(delete(_RATINGS))
    async for rows in _batches(old, _RATINGS):
        await new.execute(insert(_RATINGS), [dict(row._mapping) for row in rows])
    # Its trigger sorts the guild's listings, whatever the value was.
    await new.execute(update(_RATINGS).values(prior=_RATINGS.c.prior))


async def _number_on(connection: AsyncConnection) -> None:
    """Let new rows be numbered after those that came; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in _EVERY:
        if "id" in table.columns:
            await connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) "
                    f"FROM {table.name} HAVING max(id) IS NOT NULL"
                )
            )
