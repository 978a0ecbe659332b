"""PgBouncer in front of PostgreSQL is refused in transaction mode, and works in session mode."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage import Database, SchemaMismatch, StorageError, Transaction, migrations
from storage.errors import TransactionPooling
from storage.operations.data_migration import migrate_data
from storage.tables import Guild
from tests.conftest import truncate
from tests.mentorbot.support.processes import run_mentorbot
from tests.storage.on_postgresql.server import PostgresServer
from tests.storage.on_postgresql.test_silent_server import heard, wake
from tests.storage.rows import count_rows, insert_row

pytestmark = pytest.mark.long

PORT = 6543
"""Part of the socket's name; nothing listens on the network."""


async def add_guild(tx: Transaction, guild_id: int) -> None:
    await insert_row(tx, Guild, id=guild_id, created_at=tx.now)


@contextmanager
def run_pgbouncer(server: PostgresServer, mode: str, **settings: str) -> Iterator[str]:
    """Run PgBouncer in front of a server; yields the URL of the database `tests` behind it."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("pgbouncer was not found: install your system's pgbouncer package")
    folder = server.folder / "pgbouncer"
    folder.mkdir()
    options = {
        "listen_addr": "",
        "listen_port": str(PORT),
        "unix_socket_dir": str(folder),
        "auth_type": "any",
        "pool_mode": mode,
        "logfile": str(folder / "log"),
    } | settings
    lines = [
        "[databases]",
        f"* = host={server.folder} user=mentorbot",
        "[pgbouncer]",
        *(f"{name} = {value}" for name, value in options.items()),
    ]
    configuration = folder / "pgbouncer.ini"
    configuration.write_text("\n".join(lines) + "\n")
    if server.account is not None:
        for path in (folder, configuration):
            shutil.chown(path, server.account)
    process = subprocess.Popen(
        [program, "--quiet", str(configuration)], user=server.account, cwd=folder
    )
    try:
        wait_for_socket(folder / f".s.PGSQL.{PORT}", process)
        yield f"postgresql+asyncpg://mentorbot@/tests?host={folder}&port={PORT}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def wait_for_socket(path: Path, process: subprocess.Popen[bytes]) -> None:
    while not path.exists():
        assert process.poll() is None, "PgBouncer has ended; see its output"


@pytest.mark.parametrize(
    "settings",
    [{}, {"server_round_robin": "1", "min_pool_size": "5"}, {"default_pool_size": "1"}],
    ids=["as installed", "in turn", "one session"],
)
@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_a_pooler_that_shares_sessions_is_refused(
    server: PostgresServer, mode: str, settings: dict[str, str], sqlite_url: str
) -> None:
    with run_pgbouncer(server, mode, **settings) as url:
        database = Database(url)
        attempts = [
            database.open,
            lambda: migrations.upgrade(url),
            lambda: migrations.current_revision(url),
            lambda: migrate_data(sqlite_url, url, lambda _: None),
        ]
        for attempt in attempts:
            with pytest.raises(StorageError) as raised:
                await attempt()
            assert not isinstance(raised.value, SchemaMismatch)
            if mode == "transaction":
                assert isinstance(raised.value, TransactionPooling)
                assert "pool_mode = session" in str(raised.value)
        await database.close()


async def test_everything_works_in_session_mode(server: PostgresServer) -> None:
    await truncate(server.url("tests"))
    with run_pgbouncer(server, "session", default_pool_size="30") as url:
        await migrations.upgrade(url)
        databases = [Database(url) for _ in range(2)]
        for database in databases:
            await database.open()
        await asyncio.gather(
            *(databases[number % 2].run(add_guild, number) for number in range(1, 21))
        )
        assert await databases[0].read(count_rows, Guild) == 20
        assert await databases[0].run(read_setting, "lock_timeout") == "2s"
        listening = asyncio.create_task(databases[0].listen())
        await heard(databases[0].outbox_changed)
        await databases[1].run(wake)
        await heard(databases[0].outbox_changed)
        listening.cancel()
        for database in databases:
            await database.close()


async def read_setting(tx: Transaction, name: str) -> str:
    return str((await tx.connection.exec_driver_sql(f"SHOW {name}")).scalar_one())


def test_the_program_says_why_it_refuses(server: PostgresServer, tmp_path: Path) -> None:
    with run_pgbouncer(server, "transaction") as url:
        ended = run_mentorbot(tmp_path, "migrate", MENTORBOT_DATABASE__URL=url)
    assert ended.returncode == 2
    assert "behind a pooler in transaction mode" in ended.stderr
