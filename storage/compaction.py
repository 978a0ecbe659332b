"""Wipe deleted text from a SQLite file in small steps, while others read and write.

Three places keep deleted text, and none of them is emptied by deleting a row:

- free space: `Database` turns on `secure_delete`, so SQLite overwrites it at once;
- the segments of the full-text indexes, which forget a word only when they are merged;
- the write-ahead log, which has old copies of pages until it is emptied.

`compact` deals with the last two. `rewrite_file` is for a file whose free space may
still contain old text. See `docs/decisions/0031-deleting-in-batches.md`. On PostgreSQL,
autovacuum frees the space of deleted rows by itself.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url, text

from storage.batches import run_in_batches
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.full_text import FULL_TEXT_TABLES
from storage.transactions import Transaction

MERGED_PAGES = 16
"""About how many pages of a full-text index one transaction writes."""

LOCK_TIMEOUT_S = 0.02
"""How long emptying the log may keep writers waiting for a reader of an old page, in seconds."""

EMPTYING_ATTEMPTS = 20
"""How often emptying the log is tried, since each attempt fails while somebody reads."""

EMPTYING_PAUSE_S = 0.25
"""Seconds between two attempts."""


@dataclass(frozen=True, slots=True)
class Compaction:
    """What `compact` did: the steps of merging, and whether the log is empty now."""

    merge_steps: int
    is_log_empty: bool


async def compact(database: Database) -> Compaction:
    """Wipe deleted words from the full-text indexes, and empty the write-ahead log.

    Each step holds the write lock for some milliseconds. Does nothing on PostgreSQL.
    """
    path = make_url(database.url)
    if path.get_backend_name() != "sqlite":
        return Compaction(0, True)
    steps = 0
    for table in FULL_TEXT_TABLES:
        # A negative number of pages adds all segments to one merge, which later steps continue.
        await database.run(_merge, table, -MERGED_PAGES)
        steps += 1 + await run_in_batches(database, _merge, table, MERGED_PAGES)
    return Compaction(steps, await _empty_log(Path(path.database or "")))


async def _merge(tx: Transaction, table: str, pages: int) -> int:
    """Merge some pages of an index; returns 0 if there was nothing to merge."""
    count = text("SELECT total_changes()")
    before = (await tx.connection.execute(count)).scalar_one()
    await tx.connection.execute(
        text(f"INSERT INTO {table}({table}, rank) VALUES ('merge', :pages)"), {"pages": pages}
    )
    after = (await tx.connection.execute(count)).scalar_one()
    # The command itself counts as one (https://www.sqlite.org/fts5.html#the_merge_command).
    return 1 if after - before >= 2 else 0


async def _empty_log(file: Path) -> bool:
    for _ in range(EMPTYING_ATTEMPTS):
        if await asyncio.to_thread(_try_to_empty_log, file):
            return True
        await asyncio.sleep(EMPTYING_PAUSE_S)
    return False


def _try_to_empty_log(file: Path) -> bool:
    # On a connection of its own, since the database's only writing one would be busy for longer.
    with closing(sqlite3.connect(file, timeout=LOCK_TIMEOUT_S, isolation_level=None)) as connection:
        # Copies most pages into the file without a lock, so that the next checkpoint holds it
        # briefly.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return not busy


def rewrite_file(file: Path) -> None:
    """Rewrite a SQLite file without its free space. Blocks everybody, for seconds per gigabyte.

    Needs free disk space for two copies of the file. Raises `DatabaseUnavailable` without it, or
    while another program uses the file.
    """
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:
        raise DatabaseUnavailable(
            f"{file} is up to date, but what was deleted from it can't be wiped: {error}."
        ) from error
