"""The systemd units: what they start, with which configuration, and when they start it again."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.mentorbot.support.processes import ROOT, run_mentorbot

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


def run_unit(unit: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a unit's command as systemd would, with all its absolute paths below `folder`."""
    unit_settings = settings_of(unit)

    def moved(value: str) -> str:
        return re.sub(r"/(?=(etc|var)/)", f"{folder}/", value)

    variables = unit_settings["Environment"][:]
    for file in unit_settings.get("EnvironmentFile", ()):
        path = Path(moved(file.removeprefix("-")))
        if path.exists():
            variables += path.read_text("utf-8").splitlines()
    environment = dict(variable.split("=", 1) for variable in variables)
    program, *arguments = shlex.split(unit_settings["ExecStart"][0])
    assert program == PROGRAM
    return run_mentorbot(
        Path(moved(unit_settings["WorkingDirectory"][0])),
        *map(moved, arguments),
        **{name: moved(value) for name, value in environment.items()},
    )


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The folders that installing mentorbot creates, with an empty configuration."""
    for folder in ("etc/mentorbot", "var/lib/mentorbot/backups"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/mentorbot/config.toml").touch()
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


def test_services_can_reach_a_database_on_another_machine() -> None:
    for unit in SERVICES:
        assert "PrivateNetwork" not in settings_of(unit)
        assert settings_of(unit)["After"] == ["network-online.target"]
