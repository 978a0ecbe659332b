"""Records what happened to notifications, several in one transaction."""

from __future__ import annotations

import asyncio

from mentorship.delivery import outcomes
from mentorship.delivery.outcomes import DeliveryOutcome
from storage import Database


class OutcomeRecorder:
    """Records outcomes; those that arrive during a transaction share the next one."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: list[DeliveryOutcome] = []
        self._next: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def record(self, outcome: DeliveryOutcome) -> None:
        """Record an outcome and return once it is committed.

        If the transaction fails, every caller whose outcome it was to record gets the error. A
        caller that is cancelled doesn't keep the others' outcomes, or its own, from being recorded.
        """
        self._waiting.append(outcome)
        if self._next is None:
            self._next = asyncio.create_task(self._record_waiting())
        await asyncio.shield(self._next)

    async def _record_waiting(self) -> None:
        async with self._turn:
            batch, self._waiting, self._next = self._waiting, [], None
            await self._db.run(outcomes.record, batch)
