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

TABLES = tuple(Table.metadata.tables)


async def analyze_table(connection: AsyncConnection, name: str) -> None:
    """Gather the statistics of one table of a SQLite file. Writes, so it needs the write lock."""
    await connection.exec_driver_sql(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
    await connection.exec_driver_sql(f"ANALYZE {name}")


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
