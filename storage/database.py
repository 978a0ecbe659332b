"""The one way to the data: a use case runs in a transaction, or it does not run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines, notify
from storage.engines import connected, is_conflict
from storage.migrations import check_schema
from storage.search import INDEXES_OF_WORDS

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 8
"""How often a transaction that lost a conflict is tried in all."""

PATIENCE = 0.25
"""Seconds for which another process's write to a SQLite file is waited for at each attempt: all of
them together take less than the three seconds in which a person at Discord has to be answered."""

READERS = 4
"""Connections that look at once. To a SQLite file one more writes, to PostgreSQL `WRITERS`."""

WRITERS = 4
"""Connections that write to PostgreSQL at once. With more, those who meet, such as all who book in
one guild, rather lose to each other and are done again (docs/decisions/0017)."""


def utc_now() -> datetime:
    return datetime.now(UTC)


CAUSE: ContextVar[str | None] = ContextVar("cause", default=None)
"""What the transactions of this task follow from, for the log: a face puts it there."""


@dataclass(slots=True)
class Transaction:
    """One use case's view of the data. `now` is its only clock (aware UTC).

    A use case that wrote a notice sets `outbox_changed`, and delivery is woken after the commit;
    `wrote` names for the log what it put there.
    """

    connection: AsyncConnection
    now: datetime
    outbox_changed: bool = False
    wrote: list[str] = field(default_factory=list)

    @property
    def dialect(self) -> str:
        """What the database speaks: "sqlite" or "postgresql"."""
        return self.connection.dialect.name


@dataclass(frozen=True, slots=True)
class Observation:
    """How a use case went, for whoever counts.

    `seconds` are all that it took, of which it `waited` for a connection and the write lock.
    `outcome` is "done", a refusal's code or an error's name.
    """

    use_case: str
    seconds: float
    waited: float
    attempts: int
    outcome: str


def _nobody(_observation: Observation) -> None:
    """Where nothing is counted."""


class Database:
    """The data of all guilds behind one URL, such as `sqlite+aiosqlite:///mentorbot.db`.

    `clock` gives each transaction its `now`. `outbox_changed` is set after each commit that wrote
    a notice; whoever delivers clears it. `synchronous` is SQLite's pragma: FULL survives a loss of
    power, NORMAL only a crash of the program. A SQLite URL's `timeout` is how many seconds another
    process's write is waited for at each of the `ATTEMPTS`; `PATIENCE` without one. `observe` is
    told of every use case.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] = utc_now,
        synchronous: str = "FULL",
        observe: Callable[[Observation], None] = _nobody,
    ) -> None:
        self.url = url
        self._observe = observe
        self.clock = clock
        self.outbox_changed = asyncio.Event()
        if make_url(url).get_backend_name() == "sqlite":
            # One connection writes, so that transactions of this process queue in turn instead of
            # polling a locked file; the others look, and never wait for the writer (WAL).
            pragmas = ("journal_mode = WAL", f"synchronous = {synchronous}", "foreign_keys = ON")
            self._writer = engines.sqlite(
                url, begin="BEGIN IMMEDIATE", pragmas=pragmas, patience=PATIENCE
            )
            self._reader = engines.sqlite(
                url, begin="BEGIN", pragmas=(*pragmas, "query_only = ON"), size=READERS
            )
        else:
            self._writer = engines.postgresql(url, "SERIALIZABLE", size=WRITERS)
            self._reader = engines.postgresql(url, "REPEATABLE READ", size=READERS, read_only=True)

    def now(self) -> datetime:
        """The present by the clock that use cases are given."""
        return self.clock()

    async def open(self) -> None:
        """Make sure that the data is there and has this program's tables.

        Raises `DatabaseUnavailable` or `SchemaMismatch`.
        """
        async with connected(self._reader) as connection:
            await connection.run_sync(check_schema)

    async def optimize(self) -> None:
        """Let the engine renew what it knows of the data for its plans; cheap when little changed.

        SQLite's documentation asks for it once a day (https://www.sqlite.org/lang_analyze.html).
        PostgreSQL does it by itself.
        """
        if self._writer.dialect.name == "sqlite":
            await self._alone("PRAGMA optimize")

    async def erase_deleted(self) -> None:
        """Make sure that what was deleted can't be read from the file's unused parts either.

        The whole file is written anew, so this takes a while where there is much. PostgreSQL's
        autovacuum does so in its own time.
        """
        if self._writer.dialect.name == "sqlite":
            await self._alone(
                # The index of words keeps deleted ones until its parts are merged.
                *(f"INSERT INTO {name}({name}) VALUES ('optimize')" for name in INDEXES_OF_WORDS),
                "VACUUM",
                "PRAGMA wal_checkpoint(TRUNCATE)",
            )

    async def _alone(self, *statements: str) -> None:
        """Do what no transaction may be around, while nothing else is written."""
        async with connected(self._writer) as connection:
            raw = await connection.get_raw_connection()
            assert raw.driver_connection is not None
            for statement in statements:
                # To its end: a checkpoint whose answer nobody reads holds up the next commit.
                await raw.driver_connection.execute_fetchall(statement)

    async def listen(self) -> None:
        """Set `outbox_changed` for what other processes commit, too, where the database tells of
        it (`storage.notify`). Goes on until it is cancelled."""
        await notify.listen(self.url, self.outbox_changed)

    async def close(self) -> None:
        """Let every connection go; a transaction that is still open is rolled back."""
        await self._writer.dispose()
        await self._reader.dispose()

    async def run(
        self,
        use_case: Callable[Concatenate[Transaction, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do a use case in one transaction of its own, and return what it returns.

        It is committed when the use case returns and rolled back when it raises. When the database
        reports a conflict with another transaction, the whole use case runs again, up to
        `ATTEMPTS` times: so it must have no effect but through its transaction.

        Raises what the use case raises, or `DatabaseUnavailable`.
        """
        watch = _Watch(use_case)
        attempt = 1
        while True:
            watch.waits()
            try:
                async with connected(self._writer) as connection, connection.begin():
                    await engines.take_turn(connection, attempt)
                    watch.goes()
                    transaction = Transaction(connection, self.now())
                    result = await use_case(transaction, *args, **kwargs)
                    if transaction.outbox_changed:
                        await notify.tell(connection)
                break
            except DBAPIError as error:
                if not is_conflict(error) or attempt == ATTEMPTS:
                    self._observe(watch.ended(attempt, error))
                    if not is_conflict(error) or isinstance(error, IntegrityError):
                        raise
                    raise engines.unavailable(self._writer, error) from error
            except Exception as error:
                self._observe(watch.ended(attempt, error))
                raise
            # At once: PostgreSQL's winner has committed, and SQLite's lock was waited for already.
            attempt += 1
        self._observe(watch.ended(attempt, wrote=transaction.wrote))
        if transaction.outbox_changed:
            self.outbox_changed.set()
        return result

    async def read(
        self,
        use_case: Callable[Concatenate[Transaction, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Let a use case that only looks see one snapshot; it never waits for a writer.

        Raises what the use case raises, or `DatabaseUnavailable`.
        """
        watch = _Watch(use_case)
        watch.waits()
        try:
            async with connected(self._reader) as connection:
                watch.goes()
                result = await use_case(Transaction(connection, self.now()), *args, **kwargs)
        except Exception as error:
            self._observe(watch.ended(1, error))
            raise
        self._observe(watch.ended(1))
        return result


class _Watch:
    """The one place that times use cases, and logs them.

    What a person brought about is logged as such when it wrote something that others hear of;
    everything else is for whoever looks for a fault.
    """

    def __init__(self, use_case: Callable[..., object]) -> None:
        self._name = f"{use_case.__module__}.{use_case.__qualname__}"
        self._started = self._since = time.perf_counter()
        self._waited = 0.0

    def waits(self) -> None:
        """For a connection and the write lock."""
        self._since = time.perf_counter()

    def goes(self) -> None:
        """It has them."""
        self._waited += time.perf_counter() - self._since

    def ended(
        self, attempts: int, error: Exception | None = None, wrote: Sequence[str] = ()
    ) -> Observation:
        seconds = time.perf_counter() - self._started
        outcome = "done" if error is None else getattr(error, "code", type(error).__name__)
        log.log(
            logging.INFO if wrote else logging.DEBUG,
            "use case",
            extra={
                "use_case": self._name,
                "cause": CAUSE.get(),
                "ms": round(seconds * 1_000, 1),
                "waited_ms": round(self._waited * 1_000, 1),
                "attempts": attempts,
                "outcome": outcome,
                "notices": " ".join(wrote) or None,
            },
        )
        return Observation(self._name, seconds, self._waited, attempts, str(outcome))
