"""The connection is lost during a COMMIT, whose outcome is then looked up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from storage import Database, DatabaseUnavailable, OutcomeUnknown, Transaction, UseCaseMetrics
from storage.postgresql import commits
from storage.postgresql.commits import Outcome, TransactionId, find_outcome
from storage.tables import Guild
from tests.conftest import truncate
from tests.storage.on_postgresql.server import PostgresServer
from tests.storage.on_postgresql.silent_proxy import SilentProxy, silent_proxy
from tests.storage.on_postgresql.test_silent_server import LIMITS, PATIENCE_S, add_guild
from tests.storage.rows import count_rows
from tests.storage.test_database import cancel_during_commit

COMMIT = b"COMMIT;"


@pytest.fixture
async def proxy(server: PostgresServer) -> AsyncIterator[SilentProxy]:
    await truncate(server.url("tests"))
    async with silent_proxy(server) as proxy, asyncio.timeout(PATIENCE_S):
        yield proxy


@pytest.fixture
def metrics() -> list[UseCaseMetrics]:
    return []


@pytest.fixture
async def database(proxy: SilentProxy, metrics: list[UseCaseMetrics]) -> AsyncIterator[Database]:
    database = Database(proxy.url("tests"), limits=LIMITS, observe=metrics.append)
    await database.open()
    yield database
    await database.close()


async def add_and_wake(tx: Transaction, guild_id: int) -> int:
    await add_guild(tx, guild_id)
    tx.wake_delivery = True
    return guild_id


async def test_a_commit_whose_answer_is_lost_succeeds(
    database: Database, proxy: SilentProxy, metrics: list[UseCaseMetrics]
) -> None:
    proxy.lost_answer = COMMIT
    assert await database.run(add_and_wake, 7) == 7
    assert proxy.lost_answer is None, "it was lost"
    assert await database.read(count_rows, Guild) == 1
    assert database.outbox_changed.is_set()
    assert [each.outcome for each in metrics if each.use_case.endswith("add_and_wake")] == ["done"]


async def test_a_commit_that_never_arrived_is_reported_as_not_done(
    database: Database, proxy: SilentProxy
) -> None:
    proxy.lost_request = COMMIT
    with pytest.raises(DatabaseUnavailable) as raised:
        await database.run(add_and_wake, 7)
    assert proxy.lost_request is None, "it was lost"
    assert not isinstance(raised.value, OutcomeUnknown)
    assert await database.read(count_rows, Guild) == 0
    assert not database.outbox_changed.is_set()


@pytest.mark.parametrize("is_committed", [True, False])
async def test_the_outcome_is_unknown_while_the_server_cannot_be_asked(
    database: Database, proxy: SilentProxy, is_committed: bool
) -> None:
    proxy.is_gone_afterwards = True
    if is_committed:
        proxy.lost_answer = COMMIT
    else:
        proxy.lost_request = COMMIT
    with pytest.raises(OutcomeUnknown, match="may have been committed"):
        await database.run(add_and_wake, 7)
    proxy.restore()
    assert await database.read(count_rows, Guild) == int(is_committed)


async def test_all_that_follows_a_commit_is_done_if_the_caller_is_cancelled_meanwhile(
    database: Database, metrics: list[UseCaseMetrics]
) -> None:
    await cancel_during_commit(database, lambda tx: add_and_wake(tx, 7))
    assert await database.read(count_rows, Guild) == 1
    assert database.outbox_changed.is_set()
    assert [each.outcome for each in metrics if "cancelled" in each.use_case] == ["done"]


async def test_a_cancelled_caller_waits_until_a_lost_answer_is_looked_up(
    database: Database, proxy: SilentProxy
) -> None:
    proxy.lost_answer = COMMIT
    await cancel_during_commit(database, lambda tx: add_and_wake(tx, 7))
    assert proxy.lost_answer is None, "it was lost"
    assert database.outbox_changed.is_set()


async def add_and_identify(tx: Transaction, guild_id: int) -> TransactionId:
    await add_guild(tx, guild_id)
    return await commits.identify(tx.connection)


async def test_the_outcome_of_a_transaction(
    postgresql_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = postgresql_db.engines[1]

    async def look_and_abort(tx: Transaction) -> None:
        nonlocal aborted
        aborted = await add_and_identify(tx, 2)
        assert await find_outcome(reader, aborted) is Outcome.UNKNOWN, "it isn't over"
        raise RuntimeError

    monkeypatch.setattr(commits, "LOOK_FOR_S", 0.1)
    committed = await postgresql_db.run(add_and_identify, 1)
    aborted = committed
    with pytest.raises(RuntimeError):
        await postgresql_db.run(look_and_abort)
    assert await find_outcome(reader, committed) is Outcome.COMMITTED
    assert await find_outcome(reader, aborted) is Outcome.ABORTED


async def test_another_timeline_says_nothing_about_a_transaction(postgresql_db: Database) -> None:
    """A server that has replaced another may use the same number for something else."""
    committed = await postgresql_db.run(add_and_identify, 1)
    other = TransactionId(committed.number, "0000002A")
    assert await find_outcome(postgresql_db.engines[1], other) is Outcome.UNKNOWN


@pytest.fixture
async def unidentified(
    proxy: SilentProxy, server: PostgresServer
) -> AsyncIterator[tuple[Database, SilentProxy]]:
    """A database of an account that may not call a function of the WAL, as on Amazon's Aurora."""
    engine = create_async_engine(server.url("tests"), isolation_level="AUTOCOMMIT")
    lsn = "EXECUTE ON FUNCTION pg_current_wal_insert_lsn()"
    async with engine.connect() as connection:
        for statement in (
            "CREATE ROLE limited LOGIN",
            "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO limited",
            f"REVOKE {lsn} FROM PUBLIC",
        ):
            await connection.exec_driver_sql(statement)
        url = make_url(proxy.url("tests")).set(username="limited").render_as_string()
        database = Database(url, limits=LIMITS)
        yield database, proxy
        await database.close()
        for statement in (f"GRANT {lsn} TO PUBLIC", "DROP OWNED BY limited", "DROP ROLE limited"):
            await connection.exec_driver_sql(statement)
    await engine.dispose()


async def test_a_server_that_identifies_no_transactions_can_be_used(
    unidentified: tuple[Database, SilentProxy],
) -> None:
    database, proxy = unidentified
    assert await database.run(add_and_wake, 7) == 7
    proxy.lost_answer = COMMIT
    with pytest.raises(OutcomeUnknown, match="may have been committed"):
        await database.run(add_and_wake, 8)
    assert await database.read(count_rows, Guild) == 2
