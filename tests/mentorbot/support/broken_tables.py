"""A SQLite file whose tables aren't what the program expects, for a while."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import make_url


@contextmanager
def missing_clock_column(url: str) -> Iterator[None]:
    """Take a column from the service clock, without which no session advances."""
    file = make_url(url).database or ""
    with closing(sqlite3.connect(file)) as other:
        other.execute("ALTER TABLE service_clock RENAME COLUMN alive_at TO seen_at")
        yield
        other.execute("ALTER TABLE service_clock RENAME COLUMN seen_at TO alive_at")
