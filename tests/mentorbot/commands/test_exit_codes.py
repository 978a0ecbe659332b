"""Exit codes of every command: 1 for what may pass, 2 for what somebody has to fix.

systemd starts the bot again after 1, and not after 2.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mentorbot.cli import main
from storage.encryption import generate_key
from tests.mentorbot.support.fake_discord import FakeDiscord
from tests.mentorbot.support.processes import (
    ROOT,
    clean_environment,
    run_against,
    run_mentorbot,
)
from tests.storage.on_postgresql.server import PostgresServer

API = {"MENTORBOT_API__SECRET": "a secret that is long enough for HS256"}

ON_THE_DATABASE = (
    "check",
    "migrate",
    "migrate --from {url} --to new.db",
    "migrate --to {url}",
    "backup",
    "export 20",
    "forget 20 --yes",
    "rotate-encryption",
    "recount",
)
"""The commands that open the database at once; `run` waits for a server that is away."""

WITHOUT_DATABASE = ("demo", "sync", "token", "restore", "run", "encryption-key")
"""The others. `restore` refers to PostgreSQL's own program, and looks at files only."""


def test_every_command_is_among_them() -> None:
    tried = {command.split()[0] for command in (*ON_THE_DATABASE, *WITHOUT_DATABASE)}
    assert tried == set(main.commands)


def run(folder: Path, command: str, url: str) -> tuple[int, str]:
    """Run a command with a database, and return the exit code and what it has printed."""
    arguments = command.format(url=url).split()
    # The source of a move must be a database that is there.
    configured = "mentorbot.db" if "--to {url}" in command else url
    settings = {"MENTORBOT_DATABASE__URL": configured, "MENTORBOT_ENCRYPTION__KEYS": generate_key()}
    done = run_mentorbot(folder, *arguments, **settings)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def database(migrated_file: Path, tmp_path: Path) -> Path:
    """A SQLite file with one server."""
    file = Path(shutil.copy(migrated_file, tmp_path / "mentorbot.db"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO guilds (id, created_at) VALUES (1, '2026-03-02 12:00:00')")
        connection.commit()
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    return file


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("command", ON_THE_DATABASE)
def test_a_server_that_is_away_may_come_back(command: str, tmp_path: Path) -> None:
    code, printed = run(tmp_path, command, "postgresql://me:sesame@127.0.0.1:1/x")
    # Without a token, `check` has something to fix as well.
    assert code == (2 if command == "check" else 1), printed
    assert "can't be used" in printed
    assert "sesame" not in printed
    assert "Traceback" not in printed


async def test_check_says_that_an_outage_may_pass(standin: FakeDiscord, tmp_path: Path) -> None:
    settings = {
        "MENTORBOT_DATABASE__URL": "postgresql://me@127.0.0.1:1/x",
        "MENTORBOT_DISCORD__TOKEN": "open-sesame",
    }
    done = await run_against(standin.address, tmp_path, "check", **settings)
    assert done.returncode == 1
    assert "FAIL  database: The database at postgresql+asyncpg://me@127.0.0.1:1/x" in done.stdout


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("command", ON_THE_DATABASE)
def test_a_database_that_does_not_exist_must_be_created(
    command: str, server: PostgresServer, tmp_path: Path
) -> None:
    code, printed = run(tmp_path, command, server.url("nowhere"))
    assert code == 2, printed
    assert 'database "nowhere" does not exist' in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("command", ["backup", "export 20", "forget 20 --yes", "migrate"])
async def test_a_locked_file_may_be_unlocked(command: str, database: Path, tmp_path: Path) -> None:
    if command == "migrate":
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0027'")
            connection.commit()
    with closing(sqlite3.connect(database, isolation_level=None)) as locked:
        locked.execute("BEGIN EXCLUSIVE")
        code, printed = await asyncio.to_thread(run, tmp_path, command, "mentorbot.db")
    assert code == 1, printed
    assert "locked" in printed or "in use" in printed
    assert len(printed.splitlines()) == 1


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("export 20 --output nowhere/data.json", "can't be written"),
        ("backup nowhere/copy.db", "can't be written"),
        ("restore nowhere.db --replace", "There is no file"),
        ("run --only api", "can't listen at no.such.host:8080"),
    ],
)
@pytest.mark.usefixtures("database")
def test_what_is_not_there_must_be_created(command: str, message: str, tmp_path: Path) -> None:
    settings = API | {"MENTORBOT_API__HOST": "no.such.host"}
    done = run_mentorbot(tmp_path, *command.split(), **settings)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("database")
def test_an_address_that_is_not_there_yet_may_appear(tmp_path: Path) -> None:
    """At boot, the program may start before the network."""
    settings = API | {"MENTORBOT_API__HOST": "192.0.2.1", "MENTORBOT_LOG__LEVEL": "error"}
    done = run_mentorbot(tmp_path, "run", "--only", "api", **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The API can't listen at 192.0.2.1:8080: ")


def test_the_guide_and_the_help_list_the_same_codes(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "running.md").read_text("utf-8").partition("## Exit codes")[2]
    listed = re.findall(r"^\| (\d) \|", guide.partition("\n## ")[0], re.MULTILINE)
    for command in ("run", *(command.split()[0] for command in ON_THE_DATABASE)):
        text = run_mentorbot(tmp_path, command, "--help").stdout
        assert re.findall(r"^ +(\d)  ", text.partition("Exit codes:")[2], re.MULTILINE) == listed


AS_SOMEBODY_ELSE = """
import os, sys
import mentorbot.commands.backup, mentorbot.commands.checks, mentorbot.commands.migration
from mentorbot.cli import main

os.chdir("/")
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
main()
"""
"""Runs a command without the rights of root, who may read everything."""


@pytest.mark.parametrize("command", ["backup", "migrate", "check"])
def test_a_file_that_the_user_may_not_access_is_exit_code_2(
    database: Path, tmp_path: Path, command: str
) -> None:
    """As after `mentorbot backup` without `sudo -u mentorbot`."""
    folder = tmp_path / "private"
    folder.mkdir()
    file = database.rename(folder / "mentorbot.db")
    folder.chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", AS_SOMEBODY_ELSE, command],
        env=clean_environment(MENTORBOT_DATABASE__URL=str(file)),
        capture_output=True,
        text=True,
        check=False,
    )
    folder.chmod(0o700)
    assert done.returncode == 2, done.stderr
    assert f"{file} can't be accessed: Permission denied." in done.stderr
    assert "Traceback" not in done.stderr
