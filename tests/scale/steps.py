"""Counts the steps of SQLite's virtual machine that a use case takes.

They measure the work of its statements, triggers and foreign keys, whatever else the machine does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from storage import Database, Transaction
from tests.scale.calls import Arguments, UseCase

GRANULARITY = 10
"""Steps between two calls of the progress handler, and so the precision of each statement."""


class StepCounter:
    """The steps of all SQLite connections that are opened while it counts."""

    def __init__(self) -> None:
        self.steps = 0

    def _tick(self) -> None:
        self.steps += GRANULARITY

    def _attach(self, connection: Any, _record: object) -> None:
        connection.run_async(lambda driver: driver.set_progress_handler(self._tick, GRANULARITY))

    @contextmanager
    def counting(self) -> Iterator[StepCounter]:
        """Count the steps of connections that are opened in the block."""
        event.listen(Pool, "connect", self._attach)
        try:
            yield self
        finally:
            event.remove(Pool, "connect", self._attach)

    async def measure(self, db: Database, use_case: UseCase, arguments: Arguments) -> int:
        """Return the steps of a use case, whose changes are rolled back.

        Raises what the use case raises.
        """
        steps = 0

        async def run_and_undo(tx: Transaction) -> None:
            nonlocal steps
            if arguments.before is not None:
                await arguments.before(tx)
            before = self.steps
            await use_case(tx, *arguments.positional, **arguments.named)
            steps = self.steps - before
            raise _Undone

        with suppress(_Undone):
            await db.run(run_and_undo)
        return steps


class _Undone(Exception):
    """Rolls back the transaction of a use case that has succeeded."""
