"""Record the statements that a database executes, and count the work that they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import pytest
from sqlalchemy import event, make_url

from storage import Database

T = TypeVar("T")


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


async def count_steps(db: Database, use_case: Callable[..., Awaitable[T]], *args: Any) -> int:
    """Return how many steps SQLite's virtual machine takes for a read's statements, to the ten.

    They measure its work: unlike seconds, they are the same on every machine. Skips the test on
    PostgreSQL.
    """
    if db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL counts no steps")
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 10

    with record_statements(db) as statements:
        await db.read(use_case, *args)
    with closing(sqlite3.connect(make_url(db.url).database or "")) as file:
        file.set_progress_handler(count, 10)
        for statement, values in statements:
            file.execute(statement, values).fetchall()
    return steps
