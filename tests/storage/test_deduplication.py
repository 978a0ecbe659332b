"""Several processes receive one interaction; one of them acts on it, and only once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context, copy_context
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from mentorship.operations import handled_interactions
from storage import CURRENT_INTERACTION, AlreadyHandled, CurrentInteraction, Database, Transaction
from storage.tables import Guild, HandledInteraction
from tests.conftest import Clock
from tests.storage.rows import count_rows, insert_row

INTERACTION = 1_478_000_000_000_000_000
ROUNDS = 10


class Refused(Exception):
    """A use case says no."""


async def add_guild(tx: Transaction) -> None:
    """Act: add a guild with the next id."""
    last = await tx.connection.scalar(select(func.max(Guild.id)))
    await insert_row(tx, Guild, id=(last or 0) + 1, created_at=tx.now)


async def refuse_second(tx: Transaction) -> None:
    """Act, unless it was done."""
    if await count_rows(tx, Guild):
        raise Refused
    await add_guild(tx)


async def refuse_if_done(tx: Transaction) -> None:
    """Read, and refuse what was done."""
    if await count_rows(tx, Guild):
        raise Refused


def context_of(interaction: int = INTERACTION) -> Context:
    """Return the context of a task in a process that received an interaction."""
    context = copy_context()
    context.run(CURRENT_INTERACTION.set, CurrentInteraction(interaction))
    return context


async def act(database: Database, context: Context, use_case=add_guild) -> object:
    """Run a use case in the context."""
    return await asyncio.create_task(database.run(use_case), context=context)


async def read(database: Database, context: Context, use_case=refuse_if_done) -> object:
    return await asyncio.create_task(database.read(use_case), context=context)


@pytest.fixture
async def other_db(any_db: Database, clock: Clock) -> AsyncIterator[Database]:
    """The same database in another process: with connections of its own."""
    database = Database(any_db.url, clock=clock)
    yield database
    await database.close()


async def test_the_second_process_does_not_repeat_an_act(
    any_db: Database, other_db: Database
) -> None:
    await act(any_db, context_of())
    with pytest.raises(AlreadyHandled):
        await act(other_db, context_of())
    assert await any_db.read(count_rows, Guild) == 1
    await act(other_db, context_of(INTERACTION + 1))
    assert await any_db.read(count_rows, Guild) == 2


async def test_one_process_may_act_several_times_on_its_interaction(
    any_db: Database, other_db: Database
) -> None:
    ours = context_of()
    await act(any_db, ours)
    await act(any_db, ours)
    with pytest.raises(AlreadyHandled):
        await act(other_db, context_of())
    assert await any_db.read(count_rows, Guild) == 2
    assert await any_db.read(count_rows, HandledInteraction) == 1


async def test_a_refused_act_leaves_the_interaction_to_others(
    any_db: Database, other_db: Database
) -> None:
    await any_db.run(add_guild)
    ours = context_of()
    with pytest.raises(Refused):
        await act(any_db, ours, refuse_second)
    assert await any_db.read(count_rows, HandledInteraction) == 0
    await act(other_db, context_of())
    with pytest.raises(AlreadyHandled):
        await act(any_db, ours)


async def test_a_refusal_caused_by_the_other_process_is_already_handled(
    any_db: Database, other_db: Database
) -> None:
    ours = context_of()
    await act(any_db, ours)
    with pytest.raises(AlreadyHandled):
        await read(other_db, context_of())
    with pytest.raises(Refused):
        await read(other_db, context_of(INTERACTION + 1))
    with pytest.raises(Refused):
        await read(any_db, ours)


async def test_racing_processes_act_once(any_db: Database, other_db: Database) -> None:
    for number in range(ROUNDS):
        results = await asyncio.gather(
            *(
                act(database, context_of(INTERACTION + number))
                for database in (any_db, other_db, any_db, other_db)
            ),
            return_exceptions=True,
        )
        assert [type(result) for result in results].count(AlreadyHandled) == 3, results
    assert await any_db.read(count_rows, Guild) == ROUNDS


async def test_work_without_an_interaction_stores_no_id(any_db: Database) -> None:
    await any_db.run(add_guild)
    await any_db.run(add_guild)
    assert await any_db.read(count_rows, HandledInteraction) == 0


async def test_interactions_are_remembered_for_a_day(any_db: Database, clock: Clock) -> None:
    def snowflake() -> int:
        milliseconds = int(clock.now.timestamp() * 1_000)
        return (milliseconds - 1_420_070_400_000) << 22

    for _ in range(3):
        await act(any_db, context_of(snowflake()))
        clock.turn(hours=1)
    clock.now -= timedelta(hours=3)
    clock.turn(hours=24)
    assert await any_db.run(handled_interactions.delete_old) == 0
    clock.turn(hours=1.5)
    assert await any_db.run(handled_interactions.delete_old, 1) == 1
    assert await any_db.run(handled_interactions.delete_old, 5) == 1
    assert await any_db.run(handled_interactions.delete_old, 5) == 0
    assert await any_db.read(count_rows, HandledInteraction) == 1
