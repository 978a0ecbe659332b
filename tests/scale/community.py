"""Builds the generated community once for each version of the tables, and hands out copies."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import shutil
import sqlite3
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage import statistics
from storage.migrations import upgrade
from tests.scale.building import BIG_TABLES, Dialect, statements
from tests.scale.layout import Size
from tests.storage.on_postgresql.server import PostgresServer, run_server

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
CACHE = _ROOT / "build" / "scale"
"""Where built communities are kept. `make clean` deletes them, and so does building newer ones."""

_BUILDERS = ("layout.py", "building.py", "community.py")

SQLITE, POSTGRESQL = Dialect("sqlite"), Dialect("postgresql")


def sqlite_file(size: Size) -> Path:
    """Return the SQLite file of a community, which is built first if there is none. Don't write it.

    The file has no statistics of the query planner. Processes that need it at once wait for one of
    them to build it. Prints how long that took.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    name = f"sqlite-{size.name.lower()}"
    path = CACHE / f"{name}-{_version()}.db"
    with _locked(CACHE / f"{name}.lock"):
        if not path.exists():
            for outdated in CACHE.glob(f"{name}-*"):
                outdated.unlink()
            started = time.monotonic()
            partial = path.with_suffix(".partial")
            _run_in_thread(upgrade(f"sqlite+aiosqlite:///{partial}"))
            _fill(partial, size)
            partial.rename(path)
            megabytes = path.stat().st_size / 1e6
            print(f"Built {path.name}, {megabytes:,.0f} MB, in {time.monotonic() - started:.1f} s.")
    return path


def copy_sqlite(size: Size, target: Path, *, analyzed: bool = False) -> str:
    """Copy a community to a new SQLite file and return its URL.

    `analyzed` gathers the query planner's statistics, as the daily job does.
    """
    shutil.copyfile(sqlite_file(size), target)
    url = f"sqlite+aiosqlite:///{target}"
    if analyzed:
        _run_in_thread(statistics.gather(url))
    return url


@contextmanager
def postgresql_community(programs: Path, size: Size) -> Iterator[PostgresServer]:
    """Run a PostgreSQL server whose database `community` is one, while the context is open.

    `programs` is the folder of PostgreSQL's programs. The server's data is built first if there is
    none in the cache.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    name = f"postgresql-{size.name.lower()}"
    data = CACHE / f"{name}-{_version()}"
    with _locked(CACHE / f"{name}.lock"):
        if not data.exists():
            for outdated in CACHE.glob(f"{name}-*"):
                shutil.rmtree(outdated)
            started = time.monotonic()
            with run_server(programs) as server:
                server.create("community")
                _run_in_thread(fill_postgresql(server.url("community"), size))
                server.stop()
                partial = data.with_name(f"{data.name}.partial")
                server.copy_to(partial)
                partial.rename(data)
                server.start()
            print(f"Built {data.name} in {time.monotonic() - started:.1f} s.")
    with run_server(programs, data) as server:
        yield server


async def fill_postgresql(url: str, size: Size) -> None:
    """Write a community into a new PostgreSQL database, and gather the planner's statistics."""
    await upgrade(url)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for setting in ("work_mem = '256MB'", "maintenance_work_mem = '512MB'", "jit = off"):
            await connection.exec_driver_sql(f"SET LOCAL {setting}")
        definitions = (await connection.execute(text(_DEFINITIONS), {"tables": BIG_TABLES})).all()
        for drop, _ in definitions:
            await connection.exec_driver_sql(drop)
        for table in BIG_TABLES:
            await connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements(POSTGRESQL, size):
            await connection.exec_driver_sql(statement)
        for table in BIG_TABLES:
            await connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        for _, create in definitions:
            await connection.exec_driver_sql(create)
        for statement in (await connection.scalars(text(_SEQUENCES))).all():
            await connection.exec_driver_sql(statement)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.exec_driver_sql("VACUUM ANALYZE")
    await engine.dispose()


# Indexes that aren't part of a constraint, and exclusion constraints, which are slow to keep.
_DEFINITIONS = """
    SELECT 'DROP INDEX ' || indexname, indexdef FROM pg_indexes
     WHERE tablename = ANY(:tables)
       AND indexname NOT IN (SELECT conname FROM pg_constraint)
    UNION ALL
    SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || conname,
           'ALTER TABLE ' || conrelid::regclass || ' ADD CONSTRAINT ' || conname || ' '
               || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE contype = 'x' AND conrelid::regclass::text = ANY(:tables)
"""
_SEQUENCES = """
    SELECT format('SELECT setval(%L, coalesce(max(id), 1)) FROM %I',
                  sequence_name, table_name)
      FROM (
         SELECT table_name, CASE WHEN column_name = 'id'
                                 THEN pg_get_serial_sequence(table_name, 'id') END AS sequence_name
           FROM information_schema.columns WHERE table_schema = 'public'
     ) AS numbered
     WHERE sequence_name IS NOT NULL
"""


def _run_in_thread(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in an event loop of its own, since the caller may run in one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _fill(path: Path, size: Size) -> None:
    """Write a community into a migrated SQLite file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # A file that is only half written is thrown away.
        for pragma in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "locking_mode = EXCLUSIVE",
            "temp_store = MEMORY",
            "cache_size = -400000",
            "foreign_keys = OFF",
            "threads = 4",
        ):
            connection.execute(f"PRAGMA {pragma}")
        tables = ", ".join(f"'{table}'" for table in BIG_TABLES)
        definitions = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL "
            f"AND type IN ('index', 'trigger') AND tbl_name IN ({tables}) ORDER BY type"
        ).fetchall()
        connection.execute("BEGIN")
        for kind, name, _ in definitions:
            connection.execute(f"DROP {kind} {name}")
        for statement in statements(SQLITE, size):
            connection.execute(statement)
        for *_, definition in definitions:
            connection.execute(definition)
        connection.execute("COMMIT")


def _version() -> str:
    """Return a hash of everything that decides what a community's file contains."""
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    files = [*(_ROOT / "storage/migrations/versions").glob("*.py"), *map(_HERE.joinpath, _BUILDERS)]
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let other processes wait that want to build the same."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
