"""What a database is asked meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from storage import Database


@contextmanager
def asked(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that a database is given until the end of the block, with its values."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _d: Any, statement: str, values: Any, _e: Any, many: bool) -> None:
        found.append((statement, values[0] if many else values))

    engines = (db._writer.sync_engine, db._reader.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
