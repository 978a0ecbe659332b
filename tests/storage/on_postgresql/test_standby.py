"""A standby takes over from a PostgreSQL server that has failed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from storage import Database, DatabaseUnavailable, Transaction
from storage.postgresql import notify
from storage.tables import Guild
from tests.storage.on_postgresql.server import PostgresServer, run_standby
from tests.storage.on_postgresql.test_silent_server import heard, until_logged, wake
from tests.storage.rows import count_rows, insert_row

pytestmark = pytest.mark.long


async def add_guild(tx: Transaction, guild_id: int) -> None:
    await insert_row(tx, Guild, id=guild_id, created_at=tx.now)


@pytest.fixture
async def standby(server: PostgresServer) -> AsyncIterator[PostgresServer]:
    """A running standby of the server, with everything that is in it now."""
    with run_standby(server) as running:
        yield running


async def test_everything_works_after_a_standby_is_promoted(
    standby: PostgresServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "RECONNECT_DELAY_S", 0.05)
    caplog.set_level(logging.WARNING, logger="storage.postgresql.notify")
    database = Database(standby.url("tests"))
    await database.open()
    before = await database.read(count_rows, Guild)
    with pytest.raises(DatabaseUnavailable, match="hot standby"):
        await database.run(add_guild, 4_711)
    listening = asyncio.create_task(database.listen())
    await until_logged(caplog, "during recovery")

    standby.promote()
    await heard(database.outbox_changed)
    await database.run(add_guild, 4_711)
    assert await database.read(count_rows, Guild) == before + 1
    writer = Database(standby.url("tests"))
    await writer.run(wake)
    await heard(database.outbox_changed)
    listening.cancel()
    await writer.close()
    await database.close()
