"""Record the statements that a database executes, and count the work that they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event

from storage import Database


@contextmanager
def record_statements(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """Yield a list of the statements executed in the block, each with its parameters."""
    statements: list[tuple[str, Any]] = []

    def record(_c: Any, _d: Any, statement: str, params: Any, _e: Any, many: bool) -> None:
        statements.append((statement, params[0] if many else params))

    engines = [engine.sync_engine for engine in db.engines]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", record)


@dataclass
class Steps:
    """How many steps SQLite's virtual machine has taken."""

    number: int = 0


@contextmanager
def count_steps(db: Database) -> Iterator[Steps]:
    """Count the steps of SQLite's virtual machine in the block, to the next 100.

    They measure the work of reads: unlike seconds, they are the same on every machine. Skips the
    test on PostgreSQL.
    """
    if db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL counts no steps")
    steps = Steps()

    def count() -> None:
        steps.number += 100

    def watch(handler: Callable[[], None] | None) -> Callable[..., None]:
        def on_checkout(connection: Any, _record: Any, _proxy: Any) -> None:
            connection.run_async(lambda driver: driver.set_progress_handler(handler, 100))

        return on_checkout

    begin = watch(count)
    engines = (db._writer.sync_engine, db._reader.sync_engine)
    for engine in engines:
        event.listen(engine, "checkout", begin)
    try:
        yield steps
    finally:
        for engine in engines:
            event.remove(engine, "checkout", begin)
