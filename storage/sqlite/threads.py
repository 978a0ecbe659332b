"""Threads for SQLite: a use case runs in one of them from its first statement to its last.

Each thread has an event loop and a connection of its own, in which every statement runs at once
(`storage.sqlite.driver`). So the program's event loop is free while SQLite works, and nothing has
to cross between threads within a transaction.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from typing import Any, Generic

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import engines
from storage.backend import T, Work
from storage.errors import DatabaseUnavailable


class SqliteThread:
    """A thread with an event loop of its own, and one connection that stays open.

    It starts when it is first needed, and again when it is needed after `close`.
    """

    def __init__(self, name: str, engine: AsyncEngine) -> None:
        self._name = name
        self._engine = engine
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: AsyncConnection | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of the running thread."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            # A daemon: a database that nobody has closed doesn't keep the program alive.
            self._thread = threading.Thread(
                target=self._loop.run_forever, name=self._name, daemon=True
            )
            self._thread.start()
        return self._loop

    async def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the thread and return its result. Called in any other thread.

        Cancelling cancels the coroutine where it waits, or before it begins.
        """
        loop = self.loop
        call = _Call(coroutine, asyncio.get_running_loop())
        loop.call_soon_threadsafe(call.start)
        try:
            return await call.result
        except asyncio.CancelledError:
            if not loop.is_closed():
                loop.call_soon_threadsafe(call.cancel)
            raise

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Give the connection, in the thread.

        Raises `DatabaseUnavailable` if the database can't be used at all.
        """
        with self.translate_outages():
            if self._connection is None:
                self._connection = await self._engine.connect()
            try:
                yield self._connection
            except BaseException:
                if not await self._is_clean():
                    await self._disconnect()
                raise

    def translate_outages(self) -> AbstractContextManager[None]:
        """Raise errors that mean that the database can't be used as `DatabaseUnavailable`."""
        return engines.translate_outages(self._engine)

    async def close(self) -> None:
        """Close the connection and end the thread. Called in any other thread."""
        if self._loop is None:
            return
        await self.run(self._disconnect())
        loop, self._loop = self._loop, None
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join()
        loop.close()

    async def _is_clean(self) -> bool:
        """Return whether the connection can be used for another transaction."""
        connection = self._connection
        if connection is None or connection.invalidated or connection.in_transaction():
            return False
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        return not raw.driver_connection.in_transaction

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


class _Call(Generic[T]):
    """A coroutine that was handed to a thread, and the future in which its caller waits.

    `asyncio.run_coroutine_threadsafe` does the same with a third, thread-safe future, which takes
    as much CPU time as everything else of a hop between threads.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, T], home: asyncio.AbstractEventLoop) -> None:
        self.result: asyncio.Future[T] = home.create_future()
        self._coroutine = coroutine
        self._home = home
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the coroutine. Called in the thread, like `cancel`."""
        if self.result.cancelled():
            self._coroutine.close()
        else:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            value = await self._coroutine
        except BaseException as error:
            self._answer(self.result.set_exception, error)
        else:
            self._answer(self.result.set_result, value)

    def _answer(self, settle: Callable[[Any], None], outcome: Any) -> None:
        """Settle the result in the caller's event loop, unless nobody waits for it anymore."""

        def settle_once() -> None:
            if not self.result.done():
                settle(outcome)

        self._home.call_soon_threadsafe(settle_once)


class ReaderThreads:
    """Threads that read, each one snapshot at a time. If all are busy, a read waits."""

    def __init__(self, engine: AsyncEngine, size: int) -> None:
        self._threads = [SqliteThread(f"sqlite reader {number}", engine) for number in range(size)]
        # The one used last comes first, so that no more of them start than are needed.
        self._idle = list(reversed(self._threads))
        self._free = asyncio.Semaphore(size)
        self._ending: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._is_initialized = False
        self._initializing = asyncio.Lock()

    async def run(self, work: Work[T]) -> T:
        """Run `work` in a transaction that writes nothing.

        Raises `DatabaseUnavailable` while the threads are being closed.
        """
        await self._free.acquire()
        thread = self._idle.pop()
        try:
            if not self._is_initialized:
                await self._initialize(thread)
            # What came now would be lost with the thread's event loop, and never be answered.
            if self._is_closing:
                raise closed()
            result = await thread.run(_read(thread, work))
        except asyncio.CancelledError:
            # The statement that runs can't be stopped. Nobody else has to wait for its end.
            ending = asyncio.create_task(thread.run(_do_nothing()))
            self._ending.add(ending)
            ending.add_done_callback(partial(self._end, thread))
            raise
        except BaseException:
            self._give_back(thread)
            raise
        self._give_back(thread)
        return result

    async def _initialize(self, thread: SqliteThread) -> None:
        """Make the engine's first connection while no other thread makes one.

        SQLAlchemy has a lock for it, which belongs to one event loop.
        """
        async with self._initializing:
            if not self._is_initialized and not self._is_closing:
                await thread.run(_connect(thread))
                self._is_initialized = True

    def _end(self, thread: SqliteThread, ending: asyncio.Task[None]) -> None:
        self._ending.discard(ending)
        self._give_back(thread)

    def _give_back(self, thread: SqliteThread) -> None:
        self._idle.append(thread)
        self._free.release()

    async def close(self) -> None:
        """Close all connections and end the threads."""
        self._is_closing = True
        try:
            for thread in self._threads:
                await thread.close()
        finally:
            self._is_closing = False


def closed() -> DatabaseUnavailable:
    """Return the error of what comes while the database is being closed."""
    return DatabaseUnavailable("The database was closed.")


async def _do_nothing() -> None:
    """Run in a thread when all that was begun there before has run."""


async def _connect(thread: SqliteThread) -> None:
    async with thread.connection():
        pass


async def _read(thread: SqliteThread, work: Work[T]) -> T:
    async with thread.connection() as connection, connection.begin():
        return await work(connection)
