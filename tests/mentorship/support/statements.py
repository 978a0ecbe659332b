"""Record the statements that a database executes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from storage import Database


@contextmanager
def record_statements(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """Yield a list of the statements executed in the block, each with its parameters."""
    statements: list[tuple[str, Any]] = []

    def record(_c: Any, _d: Any, statement: str, params: Any, _e: Any, many: bool) -> None:
        statements.append((statement, params[0] if many else params))

    engines = (db._writer.sync_engine, db._reader.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", record)
