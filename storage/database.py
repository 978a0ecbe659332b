"""Transactions: every use case runs in exactly one, through `Database.run` or `Database.read`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import statistics
from storage.backend import Backend
from storage.deduplication import CURRENT_INTERACTION, claim, require_unhandled
from storage.encryption import NO_CIPHER, Cipher
from storage.engines import unavailable_error
from storage.error_classes import is_conflict
from storage.migrations import check_schema
from storage.postgresql.backend import PostgresqlBackend
from storage.postgresql.limits import SERVING, Limits
from storage.sqlite.backend import SqliteBackend
from storage.transactions import Transaction, utc_now

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

MAX_UNREADABLE = 200
"""How many unreadable rows are remembered until they are recorded."""


LOG_CAUSE: ContextVar[str | None] = ContextVar("log_cause", default=None)
"""What triggered the transactions of the current task, such as `interaction 1234`. Set by the
caller; written to the log with every use case."""


@dataclass(frozen=True, slots=True)
class UseCaseMetrics:
    """Measurements of one finished use case.

    `seconds` is the total duration; `waited_seconds` is the part spent waiting for a connection
    and the write lock. `outcome` is "done", the code of a `MentorshipError`, or the class name of
    any other exception. `tally` is that of a transaction that was committed.
    """

    use_case: str
    seconds: float
    waited_seconds: float
    attempts: int
    outcome: str
    tally: Sequence[tuple[str, ...]] = ()


async def _analyze_table(tx: Transaction, name: str) -> None:
    await statistics.analyze_table(tx.connection, name)


def _ignore(_metrics: UseCaseMetrics) -> None:
    """Discard measurements; the default observer."""


class Database:
    """The data of all guilds behind one URL, such as `sqlite+aiosqlite:///mentorbot.db`.

    `clock` provides each transaction's `now`. `synchronous` is SQLite's pragma of that name: FULL
    survives a power loss, NORMAL only a crash of the program. `observe` is called with the
    measurements of every use case. `cipher` encrypts the secrets that people give, such as the
    addresses of their calendars. `limits` say how long PostgreSQL may keep a use case waiting. A
    SQLite URL may set `timeout` (`storage.sqlite.backend`).

    The event `outbox_changed` is set after each commit that requests delivery; the delivery job
    clears it. `unreadable` collects the rows that use cases have left out, `MAX_UNREADABLE` at
    most; a job records and clears them.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        synchronous: str = "FULL",
        observe: Callable[[UseCaseMetrics], None] = _ignore,
        limits: Limits = SERVING,
        cipher: Cipher = NO_CIPHER,
    ) -> None:
        self.url = url
        self._backend: Backend
        if make_url(url).get_backend_name() == "sqlite":
            self._backend = SqliteBackend(url, synchronous)
        else:
            self._backend = PostgresqlBackend(url, limits)
        self._observe = observe
        self.clock = clock
        self.cipher = cipher
        self.outbox_changed = asyncio.Event()
        self.unreadable: dict[tuple[str, int], BaseException] = {}
        self._reported: set[tuple[str, int]] = set()

    def now(self) -> datetime:
        """Return the current time (aware UTC) by the clock that transactions use."""
        return self.clock()

    async def open(self) -> None:
        """Check that the database can be reached and that its tables are this program's.

        Raises `DatabaseUnavailable`, `SchemaMismatch` or `TransactionPooling`.
        """
        await self._backend.open()

        async def check(connection: AsyncConnection) -> None:
            await connection.run_sync(check_schema)

        try:
            await self._backend.read(check)
        except DBAPIError as error:
            if not is_conflict(error):
                raise
            # Another program holds a SQLite file that isn't in WAL mode yet.
            raise unavailable_error(self._backend.reader, error) from error

    def change_stamp(self) -> int | None:
        """Return a number that is another one after any commit, by this or another process.

        What was read after a stamp is still true while the stamp is the same. None if the database
        can't tell without a transaction, as PostgreSQL.
        """
        return self._backend.change_stamp()

    async def optimize(self) -> None:
        """Refresh the query planner's statistics, in a short transaction for each table.

        PostgreSQL's autovacuum does it by itself. Raises `DatabaseUnavailable`.
        """
        for name in self._backend.analyzed_tables:
            await self.run(_analyze_table, name)

    async def listen(self) -> None:
        """Set `outbox_changed` for commits of other processes as well, until cancelled.

        Returns at once for SQLite, which has no way to signal them (`storage.postgresql.notify`).
        """
        await self._backend.listen(self.outbox_changed)

    async def close(self) -> None:
        """Close all connections; transactions that are still open are rolled back."""
        await self._backend.close()

    async def run(
        self,
        use_case: Callable[Concatenate[Transaction, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a use case in a transaction of its own, and return what it returns.

        Commits when the use case returns and rolls back when it raises. A caller that is cancelled
        during the commit waits for its end; then all is done that follows a commit.

        If the database reports a conflict with another transaction, the whole use case runs again,
        within the backend's bounds. A use case must therefore have no side effects outside its
        transaction.

        Raises what the use case raises, `DatabaseUnavailable` if nothing was changed,
        `OutcomeUnknown` if the transaction may have been committed, or `AlreadyHandled` if another
        process has acted on the interaction that the task acts on (`storage.deduplication`).
        """
        current = CURRENT_INTERACTION.get()
        timer = _UseCaseTimer(use_case)
        attempt = 1

        async def work(connection: AsyncConnection) -> tuple[Transaction, T]:
            timer.stop_waiting()
            await claim(connection, current)
            transaction = Transaction(connection, self.now(), self.cipher)
            # The task that executes this may have another context.
            transaction.pressed_message_id = current.message_id if current is not None else None
            result = await use_case(transaction, *args, **kwargs)
            if transaction.wake_delivery:
                await self._backend.notify_processes(connection)
            return transaction, result

        def committed(outcome: tuple[Transaction, T]) -> None:
            transaction, _ = outcome
            if current is not None:
                current.is_ours = True
            self._observe(timer.finish(attempt, committed=transaction))
            self._end(transaction)
            if transaction.wake_delivery:
                self.outbox_changed.set()

        while True:
            timer.start_waiting()
            try:
                _, result = await self._backend.write(work, attempt, committed)
                return result
            except DBAPIError as error:
                if not self._backend.may_retry(error, attempt, timer.seconds):
                    self._observe(timer.finish(attempt, error))
                    if not is_conflict(error) or isinstance(error, IntegrityError):
                        raise
                    raise unavailable_error(self._backend.writer, error) from error
            except Exception as error:
                self._observe(timer.finish(attempt, error))
                raise
            attempt += 1
            await self._backend.wait_before(attempt)

    async def read(
        self,
        use_case: Callable[Concatenate[Transaction, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a read-only use case on one snapshot of the data. It never waits for a writer.

        Raises what the use case raises, or `DatabaseUnavailable`. Raises `AlreadyHandled` instead
        of a refusal that may be due to what another process did for the same interaction.
        """
        timer = _UseCaseTimer(use_case)
        timer.start_waiting()
        current = CURRENT_INTERACTION.get()

        async def work(connection: AsyncConnection) -> tuple[Transaction, T]:
            timer.stop_waiting()
            transaction = Transaction(connection, self.now(), self.cipher)
            try:
                return transaction, await use_case(transaction, *args, **kwargs)
            except DBAPIError:
                raise
            except Exception:
                await require_unhandled(connection, current)
                raise

        try:
            transaction, result = await self._backend.read(work)
        except Exception as error:
            self._observe(timer.finish(1, error))
            if is_conflict(error):
                # A standby cancels a read that conflicts with the changes that it replays.
                raise unavailable_error(self._backend.reader, error) from error
            raise
        self._observe(timer.finish(1))
        self._end(transaction)
        return result

    def _end(self, transaction: Transaction) -> None:
        """Do what a transaction has left for after its end."""
        for callback in transaction.after_commit:
            callback()
        for key, error in transaction.unreadable.items():
            if len(self.unreadable) < MAX_UNREADABLE:
                self.unreadable.setdefault(key, error)
            if key not in self._reported and len(self._reported) < MAX_UNREADABLE:
                # A process without jobs can't record it, so the log is the only trace.
                self._reported.add(key)
                extra = dict(zip(("fault", "row"), key, strict=True))
                log.warning("a row can't be read and is left out", exc_info=error, extra=extra)

    @property
    def engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        """The engine that writes and the one that reads, to observe their statements."""
        return self._backend.writer, self._backend.reader


def _outcome_of(error: Exception) -> str:
    """Return the code of a refusal, or the class of another error."""
    # SQLAlchemy's errors have a `code`, too: a section of its manual.
    code = None if isinstance(error, SQLAlchemyError) else getattr(error, "code", None)
    return str(code or type(error).__name__)


class _UseCaseTimer:
    """Measures one use case and logs it when it ends.

    The log level is INFO if the use case wrote notifications, so that each can be traced back to
    its cause, and DEBUG otherwise.
    """

    def __init__(self, use_case: Callable[..., object]) -> None:
        self._name = f"{use_case.__module__}.{use_case.__qualname__}"
        self._started_at = self._waiting_since = time.perf_counter()
        self._waited_seconds = 0.0

    @property
    def seconds(self) -> float:
        """Seconds since the use case was started."""
        return time.perf_counter() - self._started_at

    def start_waiting(self) -> None:
        """Note that the use case waits for a connection and the write lock."""
        self._waiting_since = time.perf_counter()

    def stop_waiting(self) -> None:
        """Note that the use case has its connection and starts to run."""
        now = time.perf_counter()
        self._waited_seconds += now - self._waiting_since
        self._waiting_since = now

    def finish(
        self,
        attempts: int,
        error: Exception | None = None,
        committed: Transaction | None = None,
    ) -> UseCaseMetrics:
        """Log the use case and return its measurements."""
        notification_keys = committed.notification_keys if committed is not None else ()
        seconds = self.seconds
        outcome = "done" if error is None else _outcome_of(error)
        log.log(
            logging.INFO if notification_keys else logging.DEBUG,
            "use case",
            extra={
                "use_case": self._name,
                "cause": LOG_CAUSE.get(),
                "ms": round(seconds * 1_000, 1),
                "waited_ms": round(self._waited_seconds * 1_000, 1),
                "attempts": attempts,
                "outcome": outcome,
                "notifications": " ".join(notification_keys) or None,
            },
        )
        return UseCaseMetrics(
            self._name,
            seconds,
            self._waited_seconds,
            attempts,
            str(outcome),
            committed.tally if committed is not None else (),
        )
