"""The systemd units: what they start, with which configuration, and when they start it again."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.mentorbot.support.processes import ROOT, clean_environment

SERVICES = ("mentorbot.service", "mentorbot-backup.service")
SHARED = ("User", "Group", "WorkingDirectory", "Environment", "EnvironmentFile")
PROGRAM = "/opt/mentorbot/.venv/bin/mentorbot"


def settings_of(unit: str) -> dict[str, list[str]]:
    """Return the settings of a unit: the values by name, in order."""
    settings: dict[str, list[str]] = {}
    for line in (ROOT / "deploy" / unit).read_text("utf-8").splitlines():
        if match := re.fullmatch(r"(\w+)=(.*)", line):
            settings.setdefault(match[1], []).append(match[2])
    return settings


def start_unit(unit: str, folder: Path) -> subprocess.Popen[str]:
    """Start a unit's command as systemd would, with all its absolute paths below `folder`."""
    unit_settings = settings_of(unit)

    def moved(value: str) -> str:
        return re.sub(r"/(?=(etc|var|opt)/)", f"{folder}/", value)

    variables = unit_settings["Environment"][:]
    for file in unit_settings.get("EnvironmentFile", ()):
        path = Path(moved(file.removeprefix("-")))
        if path.exists():
            variables += path.read_text("utf-8").splitlines()
    environment = dict(variable.split("=", 1) for variable in variables)
    return subprocess.Popen(
        [moved(argument) for argument in shlex.split(unit_settings["ExecStart"][0])],
        cwd=moved(unit_settings["WorkingDirectory"][0]),
        env=clean_environment(**{name: moved(value) for name, value in environment.items()}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_unit(unit: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a unit's command until it ends."""
    with start_unit(unit, folder) as process:
        output, errors = process.communicate(timeout=60)
    return subprocess.CompletedProcess(unit, process.returncode, output, errors)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The folders that installing mentorbot creates, with an empty configuration."""
    for folder in ("etc/mentorbot", "var/lib/mentorbot/backups"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/mentorbot/config.toml").touch()
    program = tmp_path / PROGRAM.removeprefix("/")
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m mentorbot "$@"\n')
    program.chmod(0o755)
    return tmp_path


def add_guilds(file: Path, number: int) -> None:
    with closing(sqlite3.connect(file)) as database:
        for guild in range(1, 1 + number):
            database.execute(f"INSERT INTO guilds (id, created_at) VALUES ({guild}, '2026-03-02')")
        database.commit()


def test_the_services_share_one_configuration() -> None:
    bot, backup = (settings_of(unit) for unit in SERVICES)
    assert all(bot[name] == backup[name] for name in SHARED)


def test_the_backup_is_of_the_database_that_the_environment_names(
    machine: Path, migrated_file: Path
) -> None:
    elsewhere = machine / "var/elsewhere"
    elsewhere.mkdir()
    shutil.copy(migrated_file, elsewhere / "community.db")
    (machine / "etc/mentorbot/environment").write_text(
        "MENTORBOT_DATABASE__URL=/var/elsewhere/community.db\n"
    )
    # The default database exists as well, and must not be the one that is copied.
    shutil.copy(migrated_file, machine / "var/lib/mentorbot/mentorbot.db")
    for file, guilds in ((elsewhere / "community.db", 2), ("mentorbot.db", 1)):
        add_guilds(machine / "var/lib/mentorbot" / file, guilds)
    done = run_unit("mentorbot-backup.service", machine)
    assert (done.returncode, done.stderr) == (0, "")
    (copy,) = (machine / "var/lib/mentorbot/backups").iterdir()
    assert copy.name.startswith("community-")
    assert "2 servers" in done.stdout


def test_the_backup_of_nothing_fails(machine: Path) -> None:
    done = run_unit("mentorbot-backup.service", machine)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no database at mentorbot.db" in done.stderr
    assert not list((machine / "var/lib/mentorbot/backups").iterdir())


def test_the_bot_is_restarted_unless_somebody_must_fix_something() -> None:
    service = settings_of("mentorbot.service")
    assert service["Restart"] == ["on-failure"]
    assert service["RestartPreventExitStatus"] == ["2"]
    # It is for the main process only (https://github.com/systemd/systemd/issues/11868).
    assert "ExecStartPre" not in service


def test_the_bot_starts_after_an_upgrade_that_succeeds(machine: Path) -> None:
    done = run_unit("mentorbot.service", machine)
    assert (machine / "var/lib/mentorbot/mentorbot.db").exists()
    assert "Its tables were created." in done.stdout
    assert (done.returncode, done.stderr[:27]) == (2, "There is no Discord token. ")


def test_a_failed_upgrade_is_the_exit_code_of_the_bot(machine: Path, migrated_file: Path) -> None:
    file = machine / "var/lib/mentorbot/mentorbot.db"
    shutil.copy(migrated_file, file)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    done = run_unit("mentorbot.service", machine)
    assert (done.returncode, done.stdout) == (2, "")
    assert "newer than this program" in done.stderr
    assert "token" not in done.stderr, "the bot isn't started"


def test_a_reload_during_an_upgrade_does_nothing(machine: Path, migrated_file: Path) -> None:
    file = machine / "var/lib/mentorbot/mentorbot.db"
    shutil.copy(migrated_file, file)
    with closing(sqlite3.connect(file, isolation_level=None)) as locked:
        locked.execute("BEGIN EXCLUSIVE")
        with start_unit("mentorbot.service", machine) as process:
            assert process.stdout is not None
            deadline = time.monotonic() + 30
            while not ignores_sighup(process.pid):
                assert time.monotonic() < deadline
                time.sleep(0.002)
            process.send_signal(signal.SIGHUP)
            locked.execute("ROLLBACK")
            output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors[:27]) == (2, "There is no Discord token. ")
    assert "Nothing to do." in output


def ignores_sighup(process_id: int) -> bool:
    status = Path(f"/proc/{process_id}/status").read_text("ascii")
    (mask,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigIgn:"))
    return bool(int(mask, 16) & 1 << (signal.SIGHUP - 1))


def test_services_can_reach_a_database_on_another_machine() -> None:
    for unit in SERVICES:
        assert "PrivateNetwork" not in settings_of(unit)
        assert settings_of(unit)["After"] == ["network-online.target"]
