"""The query planner's statistics: gathered after bulk changes, and once a day.

Every statement finds its rows by the right index without them, too. They help where data is uneven.
"""

from __future__ import annotations

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines
from storage.engines import connect_once
from storage.tables import Table

ANALYSIS_LIMIT = 400
"""How many entries of each index SQLite reads, so that a table takes milliseconds at any size
(https://www.sqlite.org/lang_analyze.html#approx)."""

_ESTIMATE_EMPTY = """
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT :name, name,
    '100' || replace(hex(zeroblob((SELECT count(*) FROM pragma_index_info(name)))), '00', ' 10')
FROM pragma_index_list(:name)
WHERE partial
    AND name NOT IN (SELECT idx FROM sqlite_stat1 WHERE tbl = :name AND idx IS NOT NULL)
    AND EXISTS (SELECT 1 FROM sqlite_stat1 WHERE tbl = :name)
"""
"""Estimates for the partial indexes in which a table has no row now: 100 rows, 10 for each value.

Without one, SQLite assumes that half of the table is in such an index, and reads a larger one that
has statistics. An estimate of no rows would be as wrong: soon there may be many.
"""

TABLES = tuple(Table.metadata.tables)


async def analyze_table(connection: AsyncConnection, name: str) -> None:
    """Gather the statistics of one table of a SQLite file. Writes, so it needs the write lock."""
    await connection.exec_driver_sql(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
    await connection.exec_driver_sql(f"ANALYZE {name}")
    await connection.exec_driver_sql(_ESTIMATE_EMPTY, {"name": name})


async def gather(url: str) -> None:
    """Gather the statistics of the whole database at `url`, after it was filled or upgraded.

    PostgreSQL's autovacuum would do it by itself, but only after a while. The tables may be those
    of an older program. Raises `DatabaseUnavailable`.
    """
    engine = engines.create_engine(url, begin="BEGIN IMMEDIATE", isolation_level="READ COMMITTED")
    try:
        async with connect_once(engine) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                await connection.exec_driver_sql("ANALYZE")
                return
            existing = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
            for name in sorted({*TABLES}.intersection(existing)):
                await analyze_table(connection, name)
    finally:
        await engine.dispose()
