"""Where the program kills itself: at a chosen point of a transaction that writes."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from sqlalchemy import event

from storage import Database
from storage.database import UseCaseMetrics
from tests.crash.activity import acts
from tests.crash.activity.journal import Journal


class KillPoint(StrEnum):
    """A point at which the program can kill itself."""

    WRITING = auto()
    """Between two statements of a transaction."""
    BEFORE_COMMIT = auto()
    """All transactions of the group have run, and COMMIT hasn't been sent."""
    DURING_COMMIT = auto()
    """Shortly after COMMIT was sent."""
    ANSWERING = auto()
    """After a commit, before whoever acted has the answer."""
    ANSWERING_CALL = auto()
    """The same, for a call of the API with an idempotency key."""


@dataclass(slots=True)
class Killer:
    """Kills this process with SIGKILL when `point` is reached for the `count`th time.

    `delay` is how long after COMMIT was sent `DURING_COMMIT` is, in seconds. Without a point, it
    only writes commits to the journal.
    """

    journal: Journal
    point: KillPoint | None
    count: int
    delay: float
    _savepoints: int = 0
    _commit_sent: threading.Event | None = None

    def watch(self, database: Database) -> None:
        """Count the statements and commits of a database."""
        engine = database.engines[0].sync_engine
        event.listen(engine, "before_cursor_execute", self._before_statement)
        event.listen(engine, "commit", self._before_commit)
        if self.point is KillPoint.DURING_COMMIT:
            self._commit_sent = threading.Event()
            threading.Thread(target=self._kill_during_commit, daemon=True).start()

    def after_use_case(self, metrics: UseCaseMetrics) -> None:
        """Note that a use case has ended, and that its caller is about to be answered."""
        if metrics.outcome != "done":
            return
        if metrics.use_case in acts.WRITING_USE_CASES:
            self._reach(KillPoint.ANSWERING)
        elif metrics.use_case == acts.CALL_USE_CASE:
            self._reach(KillPoint.ANSWERING_CALL)

    def _before_statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self._savepoints += statement == "RELEASE job"
        self._reach(KillPoint.WRITING)

    def _before_commit(self, _connection: Any) -> None:
        # On SQLite, one that commits alone has no savepoint.
        self.journal.write_commit(max(1, self._savepoints))
        self._savepoints = 0
        self._reach(KillPoint.BEFORE_COMMIT)
        if self._commit_sent is not None and self._is_due(KillPoint.DURING_COMMIT):
            self._commit_sent.set()

    def _kill_during_commit(self) -> None:
        assert self._commit_sent is not None
        self._commit_sent.wait()
        time.sleep(self.delay)
        _kill()

    def _reach(self, point: KillPoint) -> None:
        if self._is_due(point):
            _kill()

    def _is_due(self, point: KillPoint) -> bool:
        if self.point is not point:
            return False
        self.count -= 1
        return self.count == 0


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
