"""Counts the steps of SQLite's virtual machine that a use case takes.

They measure the work of its statements, triggers and foreign keys, whatever else the machine does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, event

from storage import Database, Transaction
from tests.scale.calls.every_use_case import Arguments, UseCase

GRANULARITY = 10
"""Steps between two calls of the progress handler, and so the precision of each statement."""


class StepCounter:
    """The steps of all SQLite connections that are opened while it counts."""

    def __init__(self) -> None:
        self.steps = 0

    def _tick(self) -> None:
        self.steps += GRANULARITY

    def _on_connect(
        self, _dialect: object, _record: object, _args: object, options: dict[str, Any]
    ) -> None:
        tick = self._tick

        class CountingConnection(sqlite3.Connection):
            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                self.set_progress_handler(tick, GRANULARITY)

        options["factory"] = CountingConnection

    @contextmanager
    def counting(self) -> Iterator[StepCounter]:
        """Count the steps of connections that are opened in the block."""
        event.listen(Engine, "do_connect", self._on_connect)
        try:
            yield self
        finally:
            event.remove(Engine, "do_connect", self._on_connect)

    async def measure(self, db: Database, use_case: UseCase, arguments: Arguments) -> int:
        """Return the steps of a use case, whose changes are rolled back.

        Raises what the use case raises.
        """
        steps = 0

        async def run_and_undo(tx: Transaction) -> None:
            nonlocal steps
            positional = await arguments.prepare(tx)
            before = self.steps
            await use_case(tx, *positional, **arguments.named)
            steps = self.steps - before
            raise _Undone

        with suppress(_Undone):
            await db.run(run_and_undo)
        return steps


class _Undone(Exception):
    """Rolls back the transaction of a use case that has succeeded."""
