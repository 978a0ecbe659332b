"""The network to the server fails silently: no answer, and no sign of a lost connection."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, text

from storage import Database, DatabaseUnavailable, OutcomeUnknown, Transaction
from storage.postgresql import notify
from storage.postgresql.limits import COMMANDS, SERVING
from storage.tables import Guild
from tests.conftest import truncate
from tests.storage.on_postgresql.server import PostgresServer
from tests.storage.on_postgresql.silent_proxy import SilentProxy, silent_proxy
from tests.storage.rows import count_rows, insert_row

LIMITS = replace(
    SERVING, connect=2.0, ping=0.6, checkout=2.0, statement=1.5, late_reply=0.2, lock=1.0
)
"""Short, so that the tests don't wait. Each is far above what an answer takes."""

PATIENCE_S = 30
"""After this time, a wait counts as unlimited, and the test fails."""

USERS = 12
"""More than there are connections."""


async def add_guild(tx: Transaction, guild_id: int) -> None:
    await insert_row(tx, Guild, id=guild_id, created_at=tx.now)


async def wake(tx: Transaction) -> None:
    """Commit something that wakes delivery in all processes."""
    tx.wake_delivery = True


@pytest.fixture
async def proxy(server: PostgresServer) -> AsyncIterator[SilentProxy]:
    await truncate(server.url("tests"))
    async with silent_proxy(server) as proxy:
        yield proxy


@pytest.fixture
async def database(proxy: SilentProxy) -> AsyncIterator[Database]:
    """A database behind the proxy, with all its connections open."""
    database = Database(proxy.url("tests"), limits=LIMITS)
    await database.open()
    await asyncio.gather(*(database.run(add_guild, number) for number in range(USERS)))
    await asyncio.gather(*(database.read(count_rows, Guild) for _ in range(USERS)))
    yield database
    await database.close()


async def session_number(tx: Transaction) -> int:
    return int((await tx.connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one())


async def test_connections_that_answer_are_used_again(database: Database) -> None:
    for use in (database.run, database.read):
        sessions = {await use(session_number) for _ in range(3 * USERS)}
        assert len(sessions) <= 4, "as many as the pool has"


async def test_use_cases_are_refused_while_the_server_is_silent(
    database: Database, proxy: SilentProxy
) -> None:
    proxy.silence()
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(2):
            results = await asyncio.gather(
                *(database.run(add_guild, 100 + number) for number in range(USERS)),
                *(database.read(count_rows, Guild) for _ in range(USERS)),
                return_exceptions=True,
            )
            assert {type(result) for result in results} == {DatabaseUnavailable}, results
        # All connections are given up, and nothing is left that waits for an answer.
        while proxy.connections:
            await asyncio.sleep(0)
        with pytest.raises(DatabaseUnavailable):
            await database.open()
    proxy.restore()
    assert await database.read(count_rows, Guild) == USERS
    await database.run(add_guild, 1_000)


async def test_statements_that_get_no_answer_are_given_up(
    database: Database, proxy: SilentProxy
) -> None:
    """The server goes silent within transactions, so no check of the connection can help."""

    async def go_silent(tx: Transaction) -> None:
        await count_rows(tx, Guild)
        proxy.silence()
        await count_rows(tx, Guild)

    async with asyncio.timeout(PATIENCE_S):
        for use in (database.run, database.read):
            with pytest.raises(DatabaseUnavailable, match="doesn't answer"):
                await use(go_silent)
            proxy.restore()
            assert await use(count_rows, Guild) == USERS


async def test_a_commit_that_gets_no_answer_is_given_up(
    database: Database, proxy: SilentProxy
) -> None:
    event.listen(
        database.engines[0].sync_engine, "commit", lambda _connection: proxy.silence(), once=True
    )
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(OutcomeUnknown, match="doesn't answer"):
            await database.run(add_guild, 1_000)
        proxy.restore()
        await database.run(add_guild, 1_001)
        assert await database.read(count_rows, Guild) == USERS + 1


async def test_closing_does_not_wait_for_a_silent_server(proxy: SilentProxy) -> None:
    """Also if statements have no time limit."""
    database = Database(proxy.url("tests"), limits=COMMANDS)
    await asyncio.gather(*(database.read(count_rows, Guild) for _ in range(USERS)))
    proxy.silence()
    async with asyncio.timeout(PATIENCE_S):
        await database.close()


async def test_a_slow_statement_is_ended_by_the_server(database: Database) -> None:
    async def sleep(tx: Transaction) -> None:
        await tx.connection.execute(text("SELECT pg_sleep(60)"))

    for use in (database.run, database.read):
        with pytest.raises(DatabaseUnavailable, match="statement timeout"):
            await use(sleep)


async def test_waiting_for_a_full_pool_is_limited(database: Database) -> None:
    done = asyncio.Event()

    async def hold(tx: Transaction) -> None:
        await done.wait()

    holding = [asyncio.create_task(database.run(hold)) for _ in range(USERS)]
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait(holding, return_when=asyncio.FIRST_EXCEPTION)
    done.set()
    results = await asyncio.gather(*holding, return_exceptions=True)
    assert {type(result) for result in results} == {type(None), DatabaseUnavailable}


async def test_sockets_notice_that_the_other_side_is_gone(database: Database) -> None:
    """With a host that vanishes nothing is confirmed any more, and the system tells us so."""

    async def options(tx: Transaction) -> dict[str, int]:
        raw: Any = (await tx.connection.get_raw_connection()).driver_connection
        plug = raw._transport.get_extra_info("socket")
        names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
        assert plug.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        return {
            name: plug.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in names
            if hasattr(socket, name)
        }

    values = {"TCP_KEEPIDLE": 3, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 5_000}
    assert await database.run(options) == {n: v for n, v in values.items() if hasattr(socket, n)}


# --- LISTEN -----------------------------------------------------------------------------------


@pytest.fixture
async def listener(
    proxy: SilentProxy, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[asyncio.Event]:
    """The event of a listener behind the proxy, which listens already."""
    monkeypatch.setattr(notify, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(notify, "RECONNECT_DELAY_S", 0.05)
    changed = asyncio.Event()
    listening = asyncio.create_task(notify.listen(proxy.url("tests"), changed, LIMITS))
    await heard(changed)
    yield changed
    assert not listening.done()
    listening.cancel()


async def heard(changed: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await changed.wait()
    changed.clear()


async def until_logged(caplog: pytest.LogCaptureFixture, problem: str) -> None:
    """Wait until the listener has logged a problem that contains this text."""
    async with asyncio.timeout(PATIENCE_S):
        while not any(problem in getattr(each, "problem", "") for each in caplog.records):
            await asyncio.sleep(0.01)


async def test_a_listener_that_gets_answers_stays_connected(
    listener: asyncio.Event, server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="storage.postgresql.notify")
    database = Database(server.url("tests"))
    before = await database.read(heartbeat_of_listener)
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(3):
            while (heartbeat := await database.read(heartbeat_of_listener)) == before:
                await asyncio.sleep(0.01)
            assert heartbeat[0] == before[0], "another session"
            before = heartbeat
    assert not caplog.records
    await database.close()


async def heartbeat_of_listener(tx: Transaction) -> tuple[int, datetime]:
    """Return the number of the session that waits for signals, and when it was last heard of."""
    found = await tx.connection.exec_driver_sql(
        "SELECT pid, query_start FROM pg_stat_activity WHERE datname = 'tests' "
        "AND state = 'idle' AND (query = 'SELECT 1' OR query LIKE 'LISTEN%') "
        "ORDER BY query_start DESC LIMIT 1"
    )
    pid, started = found.one()
    return pid, started


async def test_a_listener_reconnects_after_silence(
    listener: asyncio.Event,
    proxy: SilentProxy,
    server: PostgresServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, logger="storage.postgresql.notify")
    proxy.silence()
    await until_logged(caplog, "doesn't answer")
    proxy.restore()
    await heard(listener)  # The new connection: signals may have been missed.
    writer = Database(server.url("tests"))
    await writer.run(wake)
    await heard(listener)
    await writer.close()


@pytest.mark.parametrize("code", ["25006", "58030", "42601"])
async def test_a_listener_survives_errors_of_the_server(
    listener: asyncio.Event, proxy: SilentProxy, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    """A standby, for one, refuses to listen until it is promoted."""
    caplog.set_level(logging.WARNING, logger="storage.postgresql.notify")
    proxy.refused = (b"LISTEN", code)
    proxy.restore()
    await until_logged(caplog, "refused by the proxy")
    count = len(caplog.records)
    async with asyncio.timeout(PATIENCE_S):
        while proxy.refusals < 3:
            await asyncio.sleep(0.01)
    assert not listener.is_set()
    proxy.refused = None
    await heard(listener)
    assert len(caplog.records) == count, "the same problem is logged once"
