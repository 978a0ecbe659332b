"""`mentorbot backup`: a backup counts only once it has proved itself, on both engines."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from mentorship.operations import backup_log, reconciliation
from storage import Database
from storage.migrations import head, revisions, upgrade
from storage.operations import backups, partial_files
from storage.operations.backups import BackupFailed
from tests.conftest import Clock
from tests.mentorbot.support.filled_database import fill
from tests.mentorbot.support.processes import Program, run_mentorbot
from tests.mentorship.support.community import Community
from tests.storage.on_postgresql.server import PostgresServer

EARLIER = revisions()[-2]


@pytest.fixture
async def town(sqlite_url: str, clock: Clock) -> Community:
    return await fill(sqlite_url, clock)


async def last_backup(town: Community) -> object:
    try:
        return await town.db.read(backup_log.last_completed)
    finally:
        await town.db.close()


async def test_a_backup_says_what_it_holds_and_is_recorded(town: Community, tmp_path: Path) -> None:
    assert await last_backup(town) is None
    done = run_mentorbot(tmp_path, "backup", "copy.db")
    assert (done.returncode, done.stderr) == (0, "")
    line, rows = done.stdout.splitlines()
    assert line == (
        "Backup written to copy.db: 1 server, 1 session, 3 accounts, 2 transfers, "
        f"at version {head()}."
    )
    assert re.fullmatch(r"It has all \d+ rows, and all balances are right\.", rows)
    assert await last_backup(town) is not None
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM backups").fetchone() == (0,)


def no_tables(url: str) -> None:
    Path(url.removeprefix("sqlite+aiosqlite:///")).write_bytes(b"")


def other_tables(url: str) -> None:
    no_tables(url)
    with closing(sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"))) as other:
        other.execute("CREATE TABLE guilds (id INTEGER)")
        other.execute("INSERT INTO guilds VALUES (1)")
        other.commit()


def no_rows(_url: str) -> None:
    """Leave the tables as `mentorbot migrate` creates them."""


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (no_tables, "has no tables of mentorbot, so nothing was backed up."),
        (other_tables, "has no tables of mentorbot, so nothing was backed up."),
        (no_rows, "has no data of any server, so nothing was backed up."),
    ],
)
def test_an_unused_database_is_not_backed_up(
    prepare: Callable[[str], None], message: str, sqlite_url: str, tmp_path: Path
) -> None:
    prepare(sqlite_url)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "mentorbot-20250101T000000Z.db").touch()
    done = run_mentorbot(tmp_path, "backup", "backups", "--keep", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [each.name for each in folder.iterdir()] == ["mentorbot-20250101T000000Z.db"]


async def test_a_backup_with_a_wrong_ledger_is_kept_but_does_not_count(
    town: Community, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "mentorbot.db")) as database:
        database.execute("UPDATE accounts SET balance = balance + 1 WHERE kind = 'member'")
        database.commit()
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "mentorbot-20250101T000000Z.db").touch()
    done = run_mentorbot(tmp_path, "backup", "backups", "--keep", "1")
    assert done.returncode == 2
    assert "its points ledger is inconsistent" in done.stderr
    assert len(list(folder.iterdir())) == 2, "the last good backup isn't deleted for it"
    assert await last_backup(town) is None


@pytest.mark.usefixtures("town")
def test_a_copy_that_lacks_rows_is_refused(tmp_path: Path) -> None:
    def delete_a_row(done: float) -> None:
        if done == 1:
            (part,) = tmp_path.glob(".*.part")
            with closing(sqlite3.connect(part)) as copy:
                copy.execute("DELETE FROM weekly_hours WHERE rowid = 1")
                copy.commit()

    source, target = tmp_path / "mentorbot.db", tmp_path / "copy.db"
    target.write_bytes(b"an earlier copy")
    with pytest.raises(BackupFailed, match="incomplete: it has 6 of the 7 rows of weekly_hours"):
        backups.copy_database(source, target, delete_a_row)
    assert target.read_bytes() == b"an earlier copy"
    assert not list(tmp_path.glob(".*"))


async def test_a_backup_of_an_older_version_is_not_recorded(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db"
    await upgrade(url, EARLIER)
    with closing(sqlite3.connect(tmp_path / "mentorbot.db")) as old:
        old.execute("INSERT INTO guilds (id, created_at) VALUES (1, '2026-03-02 12:00:00')")
        old.commit()
    done = run_mentorbot(tmp_path, "backup", "copy.db")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"at version {EARLIER}" in done.stdout
    assert "doesn't record this backup" in done.stdout


def partial_copies(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.name.endswith(".part")]


@pytest.mark.usefixtures("town")
async def test_what_killed_backups_leave_is_deleted_by_the_next(tmp_path: Path) -> None:
    """While a lock is held, the copy is begun but can't continue."""
    folder = tmp_path / "backups"
    folder.mkdir()
    with closing(sqlite3.connect(tmp_path / "mentorbot.db", isolation_level=None)) as locked:
        locked.execute("PRAGMA journal_mode = DELETE").fetchone()
        locked.execute("BEGIN EXCLUSIVE")
        for _ in range(3):
            program = Program(tmp_path, "backup", "backups")
            name = f"*-{program.process_id}.part"
            await program.until(lambda name=name: list(folder.glob(name)))
            # It is being written.
            assert partial_files.delete_abandoned(folder) == []
            program.kill()
            assert await program.ended() == -signal.SIGKILL
            assert len(partial_copies(folder)) == 1
    done = await asyncio.to_thread(run_mentorbot, tmp_path, "backup", "backups")
    assert done.returncode == 0, done.stderr
    assert len(list(folder.iterdir())) == 1


async def test_a_locked_database_is_exit_code_1(tmp_path: Path, town: Community) -> None:
    del town
    with closing(sqlite3.connect(tmp_path / "mentorbot.db", isolation_level=None)) as locked:
        locked.execute("PRAGMA journal_mode = DELETE").fetchone()
        locked.execute("BEGIN EXCLUSIVE")
        done = await asyncio.to_thread(run_mentorbot, tmp_path, "backup", "copy.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert "can't be copied now: database is locked" in done.stderr


@pytest.mark.usefixtures("town")
async def test_a_backup_is_kept_even_if_the_clock_was_ahead_before(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    ahead = [folder / f"mentorbot-209901{day}T033000Z.db" for day in ("01", "02")]
    for each in ahead:
        each.touch()
    done = await asyncio.to_thread(run_mentorbot, tmp_path, "backup", "backups", "--keep", "2")
    assert done.returncode == 0, done.stderr
    (new,) = set(folder.iterdir()) - set(ahead)
    assert set(folder.iterdir()) == {new, ahead[1]}
    assert f"Backup written to {new.relative_to(tmp_path)}" in done.stdout


@pytest.mark.usefixtures("town")
async def test_a_backup_that_the_database_cannot_record_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    old = folder / "mentorbot-20250101T033000Z.db"
    old.touch()
    with closing(sqlite3.connect(tmp_path / "mentorbot.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        done = await asyncio.to_thread(run_mentorbot, tmp_path, "backup", "backups", "--keep", "1")
    (new,) = set(folder.iterdir()) - {old}
    assert (done.returncode, done.stdout) == (1, "")
    assert f"The backup {new.relative_to(tmp_path)} is complete, but" in done.stderr
    assert old.exists()


@pytest.mark.usefixtures("town")
async def test_an_old_backup_that_cannot_be_deleted_is_named(tmp_path: Path) -> None:
    stuck = tmp_path / "backups" / "mentorbot-20250101T033000Z.db"
    stuck.mkdir(parents=True)
    done = await asyncio.to_thread(run_mentorbot, tmp_path, "backup", "backups", "--keep", "1")
    assert done.returncode == 2
    assert "is complete, but older ones can't be deleted" in done.stderr
    assert str(stuck.relative_to(tmp_path)) in done.stderr
    assert "Traceback" not in done.stderr


def test_partial_files_of_another_machine_are_kept_for_a_day(tmp_path: Path) -> None:
    part = tmp_path / ".mentorbot.db.elsewhere-17.part"
    unlocked = tmp_path / ".mentorbot-20250101T000000Z.db.part"
    others = [tmp_path / ".download.part", tmp_path / ".mentorbot.db.part.txt"]
    for each in (part, unlocked, *others):
        each.touch()
    assert partial_files.delete_abandoned(tmp_path) == []
    long_ago = time.time() - partial_files.FOREIGN_AGE_S - 1
    for each in (part, unlocked, *others):
        os.utime(each, (long_ago, long_ago))
    assert partial_files.delete_abandoned(tmp_path) == [part, unlocked]
    assert sorted(tmp_path.iterdir()) == sorted(others)


@pytest.mark.parametrize("name", [".mentorbot.db.elsewhere-17", ".mentorbot-20250101T000000Z.db"])
def test_a_partial_file_that_cannot_be_deleted_stops_no_backup(tmp_path: Path, name: str) -> None:
    stuck, deletable = tmp_path / f"{name}.part", tmp_path / ".mentorbot-20250102T000000Z.db.part"
    stuck.mkdir()
    deletable.touch()
    long_ago = time.time() - partial_files.FOREIGN_AGE_S - 1
    for each in (stuck, deletable):
        os.utime(each, (long_ago, long_ago))
    assert partial_files.delete_abandoned(tmp_path) == [deletable]


# --- PostgreSQL -----------------------------------------------------------------------------------


@pytest.fixture
def dump_url(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a new PostgreSQL database without tables; its programs are in PATH."""
    server.create("dumped")
    monkeypatch.setenv("PATH", f"{server.programs}:{os.environ['PATH']}")
    yield server.url("dumped")
    server.drop("dumped")


@pytest.fixture
async def dumped_town(dump_url: str, clock: Clock) -> Community:
    await upgrade(dump_url)
    return await fill(dump_url, clock)


async def test_a_postgresql_database_is_dumped_verified_and_restored(
    dumped_town: Community, server: PostgresServer, tmp_path: Path
) -> None:
    url = dumped_town.db.url
    done = run_mentorbot(tmp_path, "backup", MENTORBOT_DATABASE__URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    (dump,) = tmp_path.iterdir()
    assert re.fullmatch(r"dumped-\d{8}T\d{6}Z\.dump", dump.name)
    assert dump.stat().st_mode & 0o077 == 0
    assert "1 server, 1 session, 3 accounts, 2 transfers" in done.stdout
    assert await last_backup(dumped_town) is not None

    server.create("restored")
    try:
        connection = ["--host", str(server.folder), "--username", "mentorbot"]
        subprocess.run(
            [server.programs / "pg_restore", *connection, "--dbname", "restored", dump], check=True
        )
        restored = Community(Database(server.url("restored")), dumped_town.clock)
        assert (await restored.db.read(reconciliation.check)).accounts == 3
        await restored.db.close()
    finally:
        server.drop("restored")


def test_an_unused_postgresql_database_is_not_backed_up(dump_url: str, tmp_path: Path) -> None:
    done = run_mentorbot(tmp_path, "backup", MENTORBOT_DATABASE__URL=dump_url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no tables of mentorbot, so nothing was backed up." in done.stderr
    asyncio.run(upgrade(dump_url))
    done = run_mentorbot(tmp_path, "backup", MENTORBOT_DATABASE__URL=dump_url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no data of any server, so nothing was backed up." in done.stderr
    assert not list(tmp_path.iterdir())


def install_pg_dump(folder: Path, script: str) -> dict[str, str]:
    """Install a program named pg_dump, and return the environment in which it is found first."""
    program = folder / "pg_dump"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ('exec {real} --exclude-table-data=weekly_hours "$@"', "has 0 of the 7 rows of weekly"),
        ("echo 'pg_dump: error: no such luck' >&2; exit 1", "pg_dump failed: no such luck."),
        ("exit 0", "pg_restore failed: "),
    ],
)
async def test_a_dump_that_is_not_complete_is_refused(
    script: str, message: str, dumped_town: Community, server: PostgresServer, tmp_path: Path
) -> None:
    bin_folder, folder = tmp_path / "bin", tmp_path / "backups"
    bin_folder.mkdir()
    folder.mkdir()
    environment = install_pg_dump(bin_folder, script.format(real=server.programs / "pg_dump"))
    url = dumped_town.db.url
    done = await asyncio.to_thread(
        run_mentorbot, folder, "backup", MENTORBOT_DATABASE__URL=url, **environment
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not list(folder.iterdir())
    assert await last_backup(dumped_town) is None


async def test_a_lost_server_during_a_dump_is_exit_code_1(
    dumped_town: Community, server: PostgresServer, tmp_path: Path
) -> None:
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    script = f'{server.programs}/psql --quiet --command "{end_all}" >/dev/null; exit 1'
    environment = install_pg_dump(tmp_path, script)
    url = dumped_town.db.url
    done = await asyncio.to_thread(
        run_mentorbot, tmp_path, "backup", MENTORBOT_DATABASE__URL=url, **environment
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "The database at postgresql+asyncpg://mentorbot@/dumped" in done.stderr
    assert "can't be used: " in done.stderr


async def test_the_password_is_no_argument_of_pg_dump(
    dumped_town: Community, tmp_path: Path
) -> None:
    """Everyone on the machine can read arguments."""
    environment = install_pg_dump(tmp_path, 'echo "$PGPASSWORD $PGUSER $@" > given; exit 1')
    url = dumped_town.db.url.replace("mentorbot@", "mentorbot:p%40ss%20word@")
    await asyncio.to_thread(
        run_mentorbot, tmp_path, "backup", MENTORBOT_DATABASE__URL=url, **environment
    )
    given = (tmp_path / "given").read_text()
    assert given.startswith("p@ss word mentorbot --format=custom")
    assert given.count("ss word") == 1


async def test_a_backup_without_pg_dump_says_what_to_install(
    dumped_town: Community, tmp_path: Path
) -> None:
    done = await asyncio.to_thread(
        run_mentorbot, tmp_path, "backup", MENTORBOT_DATABASE__URL=dumped_town.db.url, PATH="/none"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "pg_dump isn't installed. Install PostgreSQL's client programs" in done.stderr


async def test_pg_dump_keeps_the_lock_when_the_backup_is_killed(
    dumped_town: Community, tmp_path: Path
) -> None:
    """pg_dump waits for a table that is locked here, and ends once it isn't."""
    engine = create_async_engine(dumped_town.db.url)
    async with engine.connect() as connection:
        await connection.execute(text("CREATE TABLE other (id bigint)"))
        await connection.commit()
        await connection.execute(text("LOCK TABLE other"))
        program = Program(tmp_path, "backup", MENTORBOT_DATABASE__URL=dumped_town.db.url)
        await until(connection, "application_name = 'pg_dump' AND wait_event_type = 'Lock'", 1)
        program.kill()
        assert await program.ended() == -signal.SIGKILL
        assert partial_files.delete_abandoned(tmp_path) == []
        await connection.rollback()
        await until(connection, "application_name = 'pg_dump'", 0)
    await engine.dispose()
    (part,) = partial_copies(tmp_path)
    deadline = time.monotonic() + 10
    while partial_files.delete_abandoned(tmp_path) != [part]:
        assert time.monotonic() < deadline, "the lock isn't released"
        await asyncio.sleep(0.02)
    assert not list(tmp_path.iterdir())


async def until(connection: AsyncConnection, condition: str, sessions: int) -> None:
    """Wait until that many sessions meet a condition on `pg_stat_activity`."""
    count = text(f"SELECT count(*) FROM pg_stat_activity WHERE {condition}")
    async with asyncio.timeout(15):
        while await connection.scalar(count) != sessions:
            await connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            await asyncio.sleep(0.02)
