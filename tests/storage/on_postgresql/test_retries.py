"""How often a transaction that loses conflicts is run again, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from storage import Database, DatabaseUnavailable, Transaction
from storage.postgresql import retries
from storage.tables import Guild
from tests.storage.rows import insert_row


async def add_guild(tx: Transaction) -> None:
    await insert_row(tx, Guild, id=1, created_at=tx.now)


async def increment(tx: Transaction) -> None:
    """Read a number, and write it back plus one."""
    before = await tx.connection.scalar(select(Guild.starting_balance))
    assert before is not None
    await tx.connection.execute(update(Guild).values(starting_balance=before + 1))


def losing(times: int, rival: Database) -> Callable[[Transaction], Awaitable[int]]:
    """Return a use case that loses to a rival so often, and then returns which attempt won."""
    attempts = 0

    async def lose(tx: Transaction) -> int:
        nonlocal attempts
        attempts += 1
        before = await tx.connection.scalar(select(Guild.starting_balance))
        if attempts <= times:
            await rival.run(increment)
        await tx.connection.execute(update(Guild).values(starting_balance=before))
        return attempts

    return lose


@pytest.fixture
async def database(postgresql_db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database whose transactions always run beside others, so that they can lose."""
    monkeypatch.setattr(retries, "CONCURRENT_ATTEMPTS", 1_000)
    monkeypatch.setattr(retries, "_LONGEST_DELAY_S", 0.0)
    await postgresql_db.run(add_guild)
    return postgresql_db


async def test_conflicts_are_retried_while_there_is_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "RETRY_FOR_S", 60.0)
    losses = 2 * retries.MAX_ATTEMPTS
    assert await database.run(losing(losses, database)) == losses + 1


async def test_a_slow_transaction_gets_a_few_attempts_in_any_case(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "RETRY_FOR_S", 0.0)
    losses = retries.MAX_ATTEMPTS - 1
    assert await database.run(losing(losses, database)) == retries.MAX_ATTEMPTS
    with pytest.raises(DatabaseUnavailable, match="could not serialize"):
        await database.run(losing(losses + 1, database))


async def test_a_violated_constraint_is_not_retried_for_long(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a race, but is more likely a bug."""
    monkeypatch.setattr(retries, "RETRY_FOR_S", 60.0)
    attempts = 0

    async def add_again(tx: Transaction) -> None:
        nonlocal attempts
        attempts += 1
        await add_guild(tx)

    with pytest.raises(IntegrityError):
        await database.run(add_again)
    assert attempts == retries.MAX_ATTEMPTS
