"""SQLite's writer: waiting transactions share a commit, and one that fails fails alone."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from storage import Database, DatabaseUnavailable, OutcomeUnknown, Transaction
from storage.sqlite import group_commit
from storage.tables import Guild, Tag
from tests.signals import Signal
from tests.storage.rows import count_rows, insert_row
from tests.storage.test_database import Abort, add_guild, increment

UseCase = Callable[[Transaction], Awaitable[Any]]


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def unlimited_group_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let groups take any time: on a busy machine, a few transactions may take long."""
    monkeypatch.setattr(group_commit, "MAX_GROUP_S", 600)


@asynccontextmanager
async def busy_writer(db: Database) -> AsyncIterator[None]:
    """Keep the writer busy, so that what is called meanwhile becomes one group afterwards."""
    started, finish = Signal(), Signal()

    async def hold(_tx: Transaction) -> None:
        started.set()
        await finish.wait()

    holding = asyncio.create_task(db.run(hold))
    await started.wait()
    try:
        yield
    finally:
        finish.set()
        await holding


async def run_as_group(db: Database, *use_cases: UseCase) -> list[Any]:
    """Run use cases in one group; returns their results and errors."""
    async with busy_writer(db):
        tasks = [asyncio.create_task(db.run(use_case)) for use_case in use_cases]
        await asyncio.sleep(0)
    return await asyncio.gather(*tasks, return_exceptions=True)


def count_commits(db: Database) -> list[Connection]:
    """Return a list that grows by one with each commit."""
    commits: list[Connection] = []
    event.listen(db.engines[0].sync_engine, "commit", lambda each: commits.append(each))
    return commits


def adding(guild_id: int) -> UseCase:
    async def add(tx: Transaction) -> int:
        await add_guild(tx, guild_id)
        return guild_id

    return add


async def guild_ids(tx: Transaction) -> list[int]:
    return list(await tx.connection.scalars(select(Guild.id).order_by(Guild.id)))


async def test_waiting_transactions_share_a_commit(db: Database) -> None:
    await db.run(adding(100))
    commits = count_commits(db)
    numbers = list(range(1, 21))
    assert await run_as_group(db, *(adding(number) for number in numbers)) == numbers
    # One of the use case that kept the writer busy, and one of the group.
    assert len(commits) == 2
    assert await db.read(guild_ids) == [*range(1, 21), 100]


async def test_a_transaction_sees_earlier_writes_of_its_group(db: Database) -> None:
    await db.run(adding(1))

    async def add_one(tx: Transaction) -> int:
        return await increment(tx, 1)

    assert await run_as_group(db, *[add_one] * 10) == list(range(1, 11))


async def test_a_failed_transaction_is_rolled_back_alone(db: Database) -> None:
    async def add_and_abort(tx: Transaction) -> None:
        await add_guild(tx, 2)
        raise Abort

    async def add_twice(tx: Transaction) -> None:
        await add_guild(tx, 3)
        await add_guild(tx, 3)

    commits = count_commits(db)
    results = await run_as_group(db, adding(1), add_and_abort, add_twice, adding(4))
    assert [type(result) for result in results] == [int, Abort, IntegrityError, int]
    assert len(commits) == 2
    assert await db.read(guild_ids) == [1, 4]


async def test_a_deferred_constraint_fails_one_transaction_alone(db: Database) -> None:
    """A deferred foreign key is only checked by the COMMIT, which then fails for the group."""

    async def add_orphan(tx: Transaction) -> None:
        await tx.connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        await tx.connection.execute(
            text("INSERT INTO tags (guild_id, name) VALUES (:guild, 'orphan')"), {"guild": 99}
        )

    results = await run_as_group(db, adding(1), add_orphan, adding(2))
    assert [type(result) for result in results] == [int, IntegrityError, int]
    assert await db.read(guild_ids) == [1, 2]
    await db.run(adding(3))


async def test_a_full_disk_fails_one_transaction_alone(db: Database) -> None:
    """SQLite may roll back the whole transaction when the disk is full."""
    await db.run(adding(1))

    async def add_much(tx: Transaction) -> None:
        pages = await tx.connection.scalar(text("PRAGMA page_count"))
        await tx.connection.execute(text(f"PRAGMA max_page_count = {pages + 100}"))
        await insert_row(tx, Guild, id=9, currency_name="x" * 10_000_000, created_at=tx.now)

    results = await run_as_group(db, adding(2), add_much, adding(3))
    assert [type(result) for result in results] == [int, DatabaseUnavailable, int]
    assert await db.read(guild_ids) == [1, 2, 3]


async def test_a_full_disk_is_told_the_same_whether_all_was_rolled_back(db: Database) -> None:
    """After an INSERT of many rows, SQLite undoes that statement alone."""

    async def add_tags(tx: Transaction) -> None:
        await add_guild(tx, 9)
        pages = await tx.connection.scalar(text("PRAGMA page_count"))
        await tx.connection.execute(text(f"PRAGMA max_page_count = {pages + 100}"))
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50000)"
        await tx.connection.execute(
            text(
                f"{numbers} INSERT INTO tags (guild_id, name) SELECT 9, 'a long name ' || i FROM n"
            )
        )

    results = await run_as_group(db, add_tags, adding(1))
    assert [type(result) for result in results] == [DatabaseUnavailable, int]
    results = await run_as_group(db, adding(2), add_tags, adding(3))
    assert [type(result) for result in results] == [int, DatabaseUnavailable, int]
    assert await db.read(guild_ids) == [1, 2, 3]


async def test_a_commit_of_unknown_outcome_is_not_repeated(db: Database) -> None:
    """After a crash it may turn out to have been done, whatever became of a second attempt."""
    await db.run(adding(1))
    engine = db.engines[0].sync_engine
    runs: list[int] = []

    def running(guild_id: int) -> UseCase:
        async def add(tx: Transaction) -> int:
            runs.append(guild_id)
            return await adding(guild_id)(tx)

        return add

    def fail(_connection: object) -> None:
        # The use case that kept the writer busy has run nothing here.
        if runs:
            event.remove(engine, "commit", fail)
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise OperationalError("COMMIT", None, error)

    event.listen(engine, "commit", fail)
    results = await run_as_group(db, running(2), running(3))
    assert [type(result) for result in results] == [OutcomeUnknown, OutcomeUnknown]
    assert runs == [2, 3]
    await db.run(adding(4))
    assert await db.read(guild_ids) == [1, 4]


async def test_closing_reports_what_was_committed_alone_as_done(db: Database) -> None:
    """The group has failed, so its transactions run alone, the last one of which is waiting."""
    await db.run(adding(1))
    attempts = 0
    waiting = Signal()

    async def wait_the_second_time(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            await tx.connection.exec_driver_sql("ROLLBACK")
            raise Abort
        waiting.set()
        await asyncio.Event().wait()

    async with busy_writer(db):
        tasks = [asyncio.create_task(db.run(each)) for each in (adding(2), wait_the_second_time)]
        await asyncio.sleep(0)
    await waiting.wait()
    await db.close()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [int, DatabaseUnavailable]
    assert await db.read(guild_ids) == [1, 2]


async def test_the_first_of_a_group_may_fill_the_disk(db: Database) -> None:
    """Then no other has joined it yet."""

    async def add_much(tx: Transaction) -> None:
        pages = await tx.connection.scalar(text("PRAGMA page_count"))
        await tx.connection.execute(text(f"PRAGMA max_page_count = {pages + 100}"))
        await insert_row(tx, Guild, id=9, currency_name="x" * 10_000_000, created_at=tx.now)

    results = await run_as_group(db, add_much, adding(1))
    assert [type(result) for result in results] == [DatabaseUnavailable, int]
    assert "full" in str(results[0])
    assert await db.read(guild_ids) == [1]


async def test_a_rollback_of_the_group_fails_one_transaction_alone(db: Database) -> None:
    async def roll_back(tx: Transaction) -> None:
        await add_guild(tx, 9)
        await tx.connection.execute(text("ROLLBACK"))
        raise Abort

    results = await run_as_group(db, adding(1), roll_back, adding(2))
    assert [type(result) for result in results] == [int, Abort, int]
    assert await db.read(guild_ids) == [1, 2]


async def test_an_unnoticed_rollback_is_not_reported_as_saved(db: Database) -> None:
    async def roll_back(tx: Transaction) -> None:
        await add_guild(tx, 9)
        await tx.connection.execute(text("ROLLBACK"))

    with pytest.raises(DatabaseUnavailable, match="rolled back before its commit"):
        await db.run(roll_back)
    results = await run_as_group(db, adding(1), roll_back, adding(2))
    assert [type(result) for result in results] == [int, DatabaseUnavailable, int]
    assert await db.read(guild_ids) == [1, 2]


async def test_a_transaction_cancelled_while_queued_never_runs(db: Database) -> None:
    async with busy_writer(db):
        kept, withdrawn = (asyncio.create_task(db.run(adding(number))) for number in (1, 2))
        await asyncio.sleep(0)
        withdrawn.cancel()
        await asyncio.sleep(0)
    assert await kept == 1
    assert withdrawn.cancelled()
    assert await db.read(guild_ids) == [1]


async def test_a_transaction_cancelled_while_running_is_rolled_back(db: Database) -> None:
    written = Signal()

    async def endless(tx: Transaction) -> None:
        await add_guild(tx, 2)
        written.set()
        await Signal().wait()

    async with busy_writer(db):
        tasks = [asyncio.create_task(db.run(each)) for each in (adding(1), endless, adding(3))]
        await asyncio.sleep(0)
    await written.wait()
    tasks[1].cancel()
    assert await asyncio.gather(tasks[0], tasks[2]) == [1, 3]
    assert await db.read(guild_ids) == [1, 3]


async def test_one_whose_caller_gave_up_stays_rolled_back_when_its_group_fails(
    db: Database,
) -> None:
    written = Signal()

    async def wait_once(tx: Transaction) -> None:
        await add_guild(tx, 2)
        if not written.is_set():
            written.set()
            await Signal().wait()

    async def roll_back(tx: Transaction) -> None:
        await tx.connection.execute(text("ROLLBACK"))
        raise Abort

    async with busy_writer(db):
        use_cases = (adding(1), wait_once, roll_back, adding(3))
        tasks = [asyncio.create_task(db.run(each)) for each in use_cases]
        await asyncio.sleep(0)
    await written.wait()
    tasks[1].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [int, asyncio.CancelledError, Abort, int]
    assert await db.read(guild_ids) == [1, 3]


async def test_callers_are_answered_after_the_commit(db: Database) -> None:
    """What a group has written is visible to readers as soon as the first caller knows of it."""
    seen: list[int] = []

    async def add_and_look(guild_id: int) -> None:
        await db.run(adding(guild_id))
        seen.append(await db.read(count_rows, Guild))

    async with busy_writer(db):
        tasks = [asyncio.create_task(add_and_look(number)) for number in range(1, 9)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert seen == [8] * 8


async def test_closing_answers_all_waiting_callers(db: Database) -> None:
    started = Signal()

    async def endless(tx: Transaction) -> None:
        await add_guild(tx, 1)
        started.set()
        await Signal().wait()

    running = asyncio.create_task(db.run(endless))
    await started.wait()
    waiting = asyncio.create_task(db.run(adding(2)))
    await asyncio.sleep(0)
    await db.close()
    results = await asyncio.gather(running, waiting, return_exceptions=True)
    assert [type(result) for result in results] == [DatabaseUnavailable] * 2
    assert await db.read(guild_ids) == [], "the database can be used again after closing it"


# What callers do after a pause: add 1 to a number, move 1 to it from another, fail after writing,
# or give up while they wait.
_ACTS = st.lists(
    st.tuples(
        st.sampled_from(["add", "move", "fail", "give up"]),
        st.integers(1, 3),
        st.integers(1, 3),
        st.integers(0, 3),
    ),
    max_size=40,
)


@given(_ACTS)
@settings(max_examples=25, deadline=None)
def test_concurrent_histories_equal_a_serial_one(
    migrated_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    acts: list[tuple[str, int, int, int]],
) -> None:
    path = tmp_path_factory.mktemp("history") / "history.db"
    shutil.copy(migrated_file, path)
    asyncio.run(_check_history(path, acts))


async def _check_history(path: Path, acts: list[tuple[str, int, int, int]]) -> None:
    """Run acts at the same time. What each has read must fit to the order of those committed.

    Each act adds a tag with its number, so the ids of the tags tell the order.
    """
    db = Database(f"sqlite+aiosqlite:///{path}", synchronous="OFF")
    for guild_id in (1, 2, 3):
        await db.run(adding(guild_id))
    reads: dict[int, dict[int, int]] = {}
    acknowledged: set[int] = set()

    async def load(tx: Transaction) -> dict[int, int]:
        rows = await tx.connection.execute(select(Guild.id, Guild.starting_balance))
        return {row.id: row.starting_balance for row in rows}

    async def list_committed(tx: Transaction) -> list[int]:
        return [
            int(name) for name in await tx.connection.scalars(select(Tag.name).order_by(Tag.id))
        ]

    async def act(tx: Transaction, number: int) -> None:
        kind = acts[number][0]
        reads[number] = await load(tx)
        for guild_id, balance in _after(acts[number], reads[number]).items():
            await tx.connection.execute(
                update(Guild).where(Guild.id == guild_id).values(starting_balance=balance)
            )
        await insert_row(tx, Tag, guild_id=1, name=str(number))
        if kind == "fail":
            raise Abort

    async def call(number: int) -> None:
        kind, _target, _source, pause = acts[number]
        for _ in range(pause):
            await asyncio.sleep(0)
        task = asyncio.create_task(db.run(act, number))
        if kind == "give up":
            await asyncio.sleep(0)
            task.cancel()
        try:
            await task
            acknowledged.add(number)
        except (Abort, asyncio.CancelledError):
            pass

    await asyncio.gather(*map(call, range(len(acts))))
    committed = await db.read(list_committed)
    assert acknowledged <= set(committed)
    assert not [number for number in committed if acts[number][0] == "fail"]
    balances = {1: 0, 2: 0, 3: 0}
    for number in committed:
        assert reads[number] == balances
        balances |= _after(acts[number], balances)
    assert await db.read(load) == balances
    await db.close()


def _after(act: tuple[str, int, int, int], balances: dict[int, int]) -> dict[int, int]:
    """Return the numbers that an act changes, as they are afterwards."""
    kind, target, source, _pause = act
    if kind == "move" and source != target:
        return {target: balances[target] + 1, source: max(0, balances[source] - 1)}
    return {target: balances[target] + 1}
