"""`mentorbot migrate`, `backup` and `restore`, during bookings and with all kinds of errors."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from mentorship.operations import reconciliation
from storage import Database, Transaction
from storage.migrations import head, revisions, upgrade
from storage.tables import Session
from tests.conftest import Clock
from tests.crash.test_crash import booker, reopen
from tests.mentorbot.support.fake_discord import fake_discord
from tests.mentorbot.support.processes import run_mentorbot, run_program
from tests.mentorship.support.community import Community

EARLIER = revisions()[-2]
"""The version before this one."""


@pytest.fixture
async def people(database_url: str, clock: Clock) -> dict[str, int]:
    """A mentor who is always available and a member with many points; the database is closed."""
    town = Community(Database(database_url, clock=clock), clock)
    await town.configure()
    oliver = await town.mentor("Oliver", horizon_days=365)
    maya = await town.member("Maya", points=10**6)
    await town.db.close()
    return {"guild": oliver.guild, "mentee": maya.user_id, "mentor": oliver.user_id}


@pytest.fixture
def empty_database(migrated_file: Path, tmp_path: Path) -> None:
    """A database of one server without members, and a copy of it."""
    with closing(sqlite3.connect(shutil.copy(migrated_file, tmp_path / "mentorbot.db"))) as new:
        new.execute("INSERT INTO guilds (id, created_at) VALUES (1, '2026-03-02 12:00:00.000000')")
        new.commit()
        new.execute("PRAGMA journal_mode = DELETE")
    shutil.copy(tmp_path / "mentorbot.db", tmp_path / "copy.db")


async def test_an_upgrade_wipes_what_was_deleted_before(tmp_path: Path) -> None:
    file = tmp_path / "mentorbot.db"
    await upgrade(f"sqlite+aiosqlite:///{file}", EARLIER)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        row = (1, "deleted long ago" * 500, "2026-03-02 12:00:00.000000")
        connection.execute(
            "INSERT INTO guilds (id, currency_name, created_at) VALUES (?, ?, ?)", row
        )
        connection.execute("DELETE FROM guilds")
    assert b"deleted long ago" in file.read_bytes()
    assert run_mentorbot(tmp_path, "migrate").returncode == 0
    assert b"deleted long ago" not in file.read_bytes()
    assert sorted(each.name for each in tmp_path.glob("mentorbot.db*")) == [
        "mentorbot.db",
        f"mentorbot.db.version-{EARLIER}",
    ]


async def session_ids(tx: Transaction) -> set[int]:
    return set(await tx.connection.scalars(select(Session.id)))


async def test_a_backup_made_during_bookings_can_be_restored(
    database_url: str, tmp_path: Path, clock: Clock, people: dict[str, int]
) -> None:
    async with booker(database_url, **people, when="busy") as program:
        while len(program.committed) < 5:
            await program.read_line()
        before = program.committed
        done = await asyncio.to_thread(run_mentorbot, tmp_path, "backup", "copy.db")
        while program.committed == before:
            await program.read_line()
        refused = await asyncio.to_thread(
            run_mentorbot, tmp_path, "restore", "copy.db", "--replace"
        )
        await program.kill()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Backup written to copy.db: ")
    assert refused.returncode == 2
    assert refused.stderr.startswith("mentorbot.db is in use. Stop mentorbot")

    restored = run_mentorbot(tmp_path, "restore", "copy.db", "--replace")
    assert restored.returncode == 0, restored.stderr
    town = await reopen(database_url, clock)
    restored_ids = await town.db.read(session_ids)
    assert restored_ids >= before, "the backup has the bookings from before it began"
    assert (await town.db.read(reconciliation.check)).faults == ()
    await town.db.close()

    # The previous database is kept, with the bookings after the backup.
    (kept,) = re.findall(r"kept as (\S+)\.\n", restored.stdout)
    town = await reopen(f"sqlite+aiosqlite:///{tmp_path / kept}", clock)
    assert await town.db.read(session_ids) >= program.committed > restored_ids
    assert (await town.db.read(reconciliation.check)).faults == ()
    await town.db.close()


@pytest.mark.usefixtures("empty_database")
async def test_restore_is_refused_while_the_program_runs(tmp_path: Path) -> None:
    async with fake_discord() as discord:
        settings = {"MENTORBOT_LOG__FORMAT": "json"}
        async with run_program(tmp_path, discord.address, **settings) as program:
            await program.wait_for_event("running")
            done = await asyncio.to_thread(
                run_mentorbot, tmp_path, "restore", "copy.db", "--replace"
            )
            assert (done.returncode, done.stdout) == (2, "")
            assert "mentorbot.db is in use" in done.stderr
            assert '"level": "error"' not in program.log
    assert not list(tmp_path.glob("*replaced*"))


@pytest.mark.usefixtures("empty_database")
def test_restore_needs_replace_for_an_existing_database(tmp_path: Path) -> None:
    before = (tmp_path / "mentorbot.db").read_bytes()
    done = run_mentorbot(tmp_path, "restore", "copy.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert "add --replace" in done.stderr
    assert (tmp_path / "mentorbot.db").read_bytes() == before
    (tmp_path / "mentorbot.db").unlink()
    done = run_mentorbot(tmp_path, "restore", "copy.db")
    assert done.returncode == 0
    assert f"version {head()}" in done.stdout
    assert "kept as" not in done.stdout


@pytest.mark.usefixtures("empty_database")
def test_backup_keeps_the_newest_copies_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for stamp in ("20250101T000000Z", "20250102T000000Z", "20250103T000000Z"):
        (folder / f"mentorbot-{stamp}.db").touch()
    (folder / "mentorbot-before-the-party.db").touch()
    done = run_mentorbot(tmp_path, "backup", "backups", "--keep", "2")
    assert done.returncode == 0
    assert "Deleted backups/mentorbot-20250102T000000Z.db." in done.stdout
    left = sorted(file.name for file in folder.iterdir())
    assert left[0] == "mentorbot-20250103T000000Z.db"
    assert re.fullmatch(r"mentorbot-\d{8}T\d{6}Z\.db", left[1])
    assert left[2:] == ["mentorbot-before-the-party.db"]
    assert (folder / left[1]).stat().st_mode & 0o077 == 0


def damage(file: Path) -> None:
    """Overwrite a page in the middle, like a disk error."""
    data = bytearray(file.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 4096] = b"\x5a" * 4096
    file.write_bytes(data)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 4096 * 3 + 17])


def replace_with_foreign_database(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE something_else (id INTEGER)")


def make_newer(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def forge_balance(file: Path) -> None:
    """Change a balance with a database shell."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("INSERT INTO guilds (id, created_at) VALUES (10, '2026-03-02')")
        connection.execute("INSERT INTO accounts (guild_id, kind, user_id) VALUES (10,'member',7)")
        connection.execute("UPDATE accounts SET balance = 500")


def delete(file: Path) -> None:
    file.unlink()


@pytest.mark.usefixtures("empty_database")
@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (damage, "is not a sound database"),
        (truncate, "is not a sound database"),
        (replace_with_foreign_database, "is not a database of mentorbot"),
        (make_newer, "newer than this program"),
        (forge_balance, "account 1 (member 7) of server 10 is 500, but its transfers come to 0"),
        (delete, "There is no file copy.db"),
    ],
)
def test_restore_refuses_an_invalid_backup(prepare: object, message: str, tmp_path: Path) -> None:
    before = (tmp_path / "mentorbot.db").read_bytes()
    assert callable(prepare)
    prepare(tmp_path / "copy.db")
    done = run_mentorbot(tmp_path, "restore", "copy.db", "--replace")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / "mentorbot.db").read_bytes() == before
    assert not list(tmp_path.glob("*replaced*"))
    assert not list(tmp_path.glob(".*"))


@pytest.mark.usefixtures("empty_database")
def test_a_damaged_database_can_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "mentorbot.db").write_bytes(b"Dear diary " * 1000)
    done = run_mentorbot(tmp_path, "restore", "copy.db", "--replace")
    assert done.returncode == 0, done.stderr
    (kept,) = tmp_path.glob("mentorbot.db.replaced-*")
    assert kept.read_bytes().startswith(b"Dear diary")


@pytest.mark.usefixtures("empty_database")
def test_a_damaged_database_cannot_be_backed_up(tmp_path: Path) -> None:
    damage(tmp_path / "mentorbot.db")
    before = (tmp_path / "copy.db").read_bytes()
    done = run_mentorbot(tmp_path, "backup", "copy.db")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / "copy.db").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


@pytest.mark.usefixtures("empty_database")
def test_backup_reports_an_inconsistent_ledger(tmp_path: Path) -> None:
    forge_balance(tmp_path / "mentorbot.db")
    done = run_mentorbot(tmp_path, "backup", "copy.db")
    assert done.returncode == 2
    assert (tmp_path / "copy.db").exists()
    assert "its points ledger is inconsistent" in done.stderr


def test_restore_refers_to_postgresql_tools(tmp_path: Path) -> None:
    url = "postgresql://me:open-sesame@127.0.0.1:1/x"
    done = run_mentorbot(tmp_path, "restore", "copy.db", MENTORBOT_DATABASE__URL=url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pg_restore" in done.stderr
    assert "sesame" not in done.stderr


@pytest.mark.usefixtures("empty_database")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["backup"], "There is no database at mentorbot.db"),
        (["backup", "nowhere/copy.db"], "can't be written to nowhere/copy.db"),
        (["backup", "mentorbot.db"], "can't replace the database itself"),
        (["backup", "copy.db", "--keep", "3"], "--keep needs a folder"),
        (["restore", "mentorbot.db", "--replace"], "is the database itself"),
    ],
)
def test_backup_and_restore_refuse_invalid_arguments(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    if arguments == ["backup"]:
        (tmp_path / "mentorbot.db").unlink()
    done = run_mentorbot(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
