"""The queue of SQLite's one writer, in which waiting transactions share a commit.

The transactions that wait when the writer becomes free run one after the other, each in a savepoint
of one SQLite transaction, whose COMMIT writes all of them to the disk at once. Their callers are
answered after that. One that fails is rolled back to its savepoint alone. If the transaction as a
whole fails, each of them runs again in its own transaction, so that one can't make another fail.
None runs again after a COMMIT of unknown outcome: it might be done already.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Generic

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.backend import T, Work, wait_for_end
from storage.errors import OutcomeUnknown
from storage.sqlite.threads import SqliteThread, closed

MAX_GROUP = 64
"""Transactions that share a commit, at most."""

MAX_GROUP_S = 0.05
"""Seconds after which no further transaction joins a group, since the first ones wait for it."""


@dataclass(slots=True, eq=False)
class _Job(Generic[T]):
    """A transaction that waits for its turn, and where its caller waits for the result."""

    work: Work[T]
    result: Future[T] = field(default_factory=Future)
    is_withdrawn: bool = False

    def answer(self, outcome: T | _Failure) -> None:
        """Give the caller the outcome, unless it has been given."""
        if self.result.done():
            return
        if isinstance(outcome, _Failure):
            self.result.set_exception(outcome.error)
        else:
            self.result.set_result(outcome)


@dataclass(frozen=True, slots=True)
class _Failure:
    """How a job ended that was rolled back."""

    error: Exception


class _Withdrawn(Exception):
    """The caller of a job was cancelled, so nobody waits for its result."""


class GroupCommit:
    """The queue. `run` and `close` are called in the program's event loop.

    Everything else runs in the writer's thread.
    """

    def __init__(self, thread: SqliteThread) -> None:
        self._thread = thread
        self._queue: deque[_Job[Any]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._running: _Job[Any] | None = None
        self._is_closing = False

    async def run(self, work: Work[T], committed: Callable[[T], None]) -> T:
        """Run `work` in a transaction, and return its result once that is on the disk.

        `committed` is called with it first. Cancelling withdraws the transaction: it doesn't begin,
        or is rolled back. If it is done already, `CancelledError` is raised after its commit.
        Raises `DatabaseUnavailable` while the queue is being closed.
        """
        if self._is_closing:
            raise closed()
        job = _Job(work)
        self._queue.append(job)
        loop = self._thread.loop
        loop.call_soon_threadsafe(self._wake)
        try:
            result = await asyncio.wrap_future(job.result)
        except asyncio.CancelledError:
            # One that still waited in the queue was cancelled with its caller.
            if not job.result.cancelled():
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self._withdraw, job)
                await wait_for_end(asyncio.wrap_future(job.result))
                if job.result.exception() is None:
                    committed(job.result.result())
            raise
        committed(result)
        return result

    async def close(self) -> None:
        """Roll back what has not been committed, refuse what waits, and end the thread."""
        # What came now would be lost with the thread's event loop, and never be answered.
        self._is_closing = True
        try:
            await self._thread.run(self._stop())
            await self._thread.close()
        finally:
            self._is_closing = False

    def _wake(self) -> None:
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._run_queue())

    def _withdraw(self, job: _Job[Any]) -> None:
        job.is_withdrawn = True
        # A job can only be found running here while it awaits something other than the database.
        if self._running is job and self._worker is not None:
            self._worker.cancel()

    async def _stop(self) -> None:
        while (job := self._next_job()) is not None:
            job.result.set_exception(closed())
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])

    async def _run_queue(self) -> None:
        try:
            while (job := self._next_job()) is not None:
                await self._run_group(job)
        finally:
            self._worker = None

    def _next_job(self) -> _Job[Any] | None:
        """Take the next job whose caller still waits out of the queue."""
        while self._queue:
            job = self._queue.popleft()
            if job.result.set_running_or_notify_cancel():
                return job
        return None

    async def _run_group(self, first: _Job[Any]) -> None:
        jobs = [first]
        try:
            if self._queue:
                outcomes = await self._commit_together(jobs)
            else:
                outcomes = [await self._commit_alone(first)]
        except asyncio.CancelledError:
            for job in jobs:
                if not job.result.done():
                    job.result.set_exception(closed())
            raise
        for job, outcome in zip(jobs, outcomes, strict=True):
            job.answer(outcome)

    async def _commit_together(self, jobs: list[_Job[Any]]) -> list[Any]:
        """Commit a job together with those that wait behind it, which are added to `jobs`."""
        has_begun = False
        try:
            async with self._thread.connection() as connection, connection.begin():
                has_begun = True
                outcomes = [await self._run_in_savepoint(connection, jobs[0])]
                join_until = time.monotonic() + MAX_GROUP_S
                while len(jobs) < MAX_GROUP and time.monotonic() < join_until:
                    job = self._next_job()
                    if job is None:
                        break
                    jobs.append(job)
                    outcomes.append(await self._run_in_savepoint(connection, job))
                return outcomes
        except OutcomeUnknown as error:
            # After a crash, what they have written may be found in the WAL and be valid.
            return [_Failure(error) for _ in jobs]
        except Exception as error:
            if not has_begun:
                return [_Failure(error)]
            outcomes = []
            for job in jobs:
                outcomes.append(await self._commit_alone(job))
                # What is committed must not be reported as undone if the queue is closed now.
                job.answer(outcomes[-1])
            return outcomes

    async def _run_in_savepoint(self, connection: AsyncConnection, job: _Job[Any]) -> Any:
        await connection.exec_driver_sql("SAVEPOINT job")
        outcome = await self._run(connection, job)
        if isinstance(outcome, _Failure):
            # Fails if an error such as a full disk has rolled back the whole transaction.
            await connection.exec_driver_sql("ROLLBACK TO job")
        await connection.exec_driver_sql("RELEASE job")
        return outcome

    async def _commit_alone(self, job: _Job[Any]) -> Any:
        if job.is_withdrawn:
            return _Failure(_Withdrawn())
        try:
            async with self._thread.connection() as connection, connection.begin():
                outcome = await self._run(connection, job)
                if isinstance(outcome, _Failure):
                    raise outcome.error
                return outcome
        except Exception as error:
            return _Failure(error)

    async def _run(self, connection: AsyncConnection, job: _Job[Any]) -> Any:
        """Run a job; returns its result or a `_Failure`."""
        self._running = job
        try:
            with self._thread.translate_outages():
                return await job.work(connection)
        except asyncio.CancelledError:
            if not job.is_withdrawn or self._worker is None:
                raise
            self._worker.uncancel()
            return _Failure(_Withdrawn())
        except Exception as error:
            return _Failure(error)
        finally:
            self._running = None
