"""Running coroutines in SQLite's threads: results, errors, and callers who give up."""

from __future__ import annotations

import asyncio
import sys
import threading
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import engines
from storage.sqlite.threads import SqliteThread
from tests.signals import Signal


@pytest.fixture
async def thread(tmp_path: Path) -> AsyncIterator[SqliteThread]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'data.db'}"
    thread = SqliteThread("test", engines.create_sqlite_engine(url, begin="BEGIN"))
    yield thread
    await thread.close()


async def give_up(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_results_and_errors_arrive_from_the_thread(thread: SqliteThread) -> None:
    async def name() -> str:
        return threading.current_thread().name

    async def fail() -> None:
        raise LookupError("nothing there")

    assert await thread.run(name()) == "test"
    with pytest.raises(LookupError, match="nothing there"):
        await thread.run(fail())


LACK_OF_MEMORY = """
import sys
from storage.sqlite.driver import Dialect

connection = Dialect().connect(sys.argv[1])
cursor = connection.cursor()
cursor.execute("CREATE TABLE notes (text)")
connection.begin("BEGIN IMMEDIATE")
cursor.execute("INSERT INTO notes VALUES ('before')")
cursor.execute("PRAGMA hard_heap_limit = 600000")
for text in ("randomblob(3000000)", "'afterwards'"):
    try:
        cursor.execute(f"INSERT INTO notes VALUES ({text})")
    except MemoryError:
        print("refused")
connection.rollback()
cursor.execute("SELECT count(*) FROM notes")
print(cursor.fetchone()[0], "rows")
"""


async def test_a_transaction_ended_by_a_lack_of_memory_takes_no_more(tmp_path: Path) -> None:
    """SQLite has rolled it back, so a further statement would be committed at once."""
    # A program of its own, since a limit of SQLite's memory can't be raised again.
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LACK_OF_MEMORY, tmp_path / "data.db"), stdout=PIPE
    )
    output, _ = await program.communicate()
    assert output.decode().splitlines() == ["refused", "refused", "0 rows"]


async def test_a_call_cancelled_before_its_turn_never_begins(thread: SqliteThread) -> None:
    begun: list[str] = []
    occupied, free = Signal(), threading.Event()

    async def occupy() -> None:
        occupied.set()
        free.wait(timeout=60)

    async def record() -> None:
        begun.append("record")

    first = asyncio.create_task(thread.run(occupy()))
    await occupied.wait()
    second = asyncio.create_task(thread.run(record()))
    # It runs up to its first wait, so it is in the thread's queue.
    await asyncio.sleep(0)
    await give_up(second)
    free.set()
    await first
    await thread.run(asyncio.sleep(0))
    assert begun == []


async def test_a_call_that_waits_is_cancelled_with_its_caller(thread: SqliteThread) -> None:
    waiting, cancelled = Signal(), Signal()

    async def wait() -> None:
        waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    call = asyncio.create_task(thread.run(wait()))
    async with asyncio.timeout(20):
        await waiting.wait()
        await give_up(call)
        await cancelled.wait()


async def test_an_answer_to_a_caller_who_gave_up_is_dropped(
    thread: SqliteThread, caplog: pytest.LogCaptureFixture
) -> None:
    occupied, free = Signal(), threading.Event()

    async def occupy() -> None:
        occupied.set()
        free.wait(timeout=60)

    call = asyncio.create_task(thread.run(occupy()))
    await occupied.wait()
    await give_up(call)
    free.set()
    assert await thread.run(asyncio.sleep(0, "next")) == "next"
    assert caplog.messages == []


def test_a_thread_outlives_the_event_loop_of_a_caller(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'data.db'}"
    thread = SqliteThread("test", engines.create_sqlite_engine(url, begin="BEGIN"))
    begun, free = threading.Event(), threading.Event()

    async def occupy() -> None:
        begun.set()
        free.wait(timeout=60)

    async def leave_it_running() -> None:
        call = asyncio.create_task(thread.run(occupy()))
        await asyncio.to_thread(begun.wait, 60)
        await give_up(call)

    async def call_and_close() -> str:
        answer = await thread.run(asyncio.sleep(0, "next"))
        await thread.close()
        return answer

    asyncio.run(leave_it_running())
    free.set()
    assert asyncio.run(call_and_close()) == "next"
