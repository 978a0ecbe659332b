"""`--env-file` gives commands that people run by hand the environment of the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentorbot import environment_file
from mentorbot.settings import SettingsError
from tests.mentorbot.support.processes import run_mentorbot


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=value", "value"),
        ("NAME=", ""),
        (
            "NAME=postgresql://me:p%40$x#1@db/x?ssl=require",
            "postgresql://me:p%40$x#1@db/x?ssl=require",
        ),
        ("NAME=two words # and all", "two words # and all"),
        ("  NAME=value\t ", "value"),
        ('NAME="it\'s "', "it's "),
        ("NAME='say \"hi\"'", 'say "hi"'),
    ],
)
def test_values_are_read_as_systemd_reads_them(line: str, value: str, tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text(f"# a comment\n; another\n\n{line}\nGIVEN=no\n", "utf-8")
    environment = {"GIVEN": "yes"}
    environment_file.apply(file, environment)
    assert environment == {"NAME": value, "GIVEN": "yes"}


@pytest.mark.parametrize(
    "line",
    [
        "sesame",
        "export NAME=sesame",
        "NAME =sesame",
        "2NAME=sesame",
        'NAME="sesame',
        'NAME=se"same"',
        "NAME=ses\\ame sesame",
        'NAME="sesame\\n"',
        "NAME=sesame\\",
    ],
)
def test_what_systemd_may_read_differently_is_refused(line: str, tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text(f"GIVEN=1\n{line}\n", "utf-8")
    with pytest.raises(SettingsError, match=r"^Line 2 of the environment file ") as refused:
        environment_file.apply(file, {})
    assert "sesame" not in str(refused.value)


def test_commands_use_the_database_and_the_configuration_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "service.toml").write_text('[database]\nurl = "from config.db"')
    file = tmp_path / "environment"
    file.write_text("MENTORBOT_CONFIG=service.toml\n")
    arguments = ("--env-file", "environment", "migrate")
    assert run_mentorbot(tmp_path, *arguments).returncode == 0
    assert (tmp_path / "from config.db").exists()
    file.write_text("MENTORBOT_CONFIG=service.toml\nMENTORBOT_DATABASE__URL=named.db\n")
    assert run_mentorbot(tmp_path, *arguments).returncode == 0
    assert (tmp_path / "named.db").exists()
    done = run_mentorbot(tmp_path, "migrate", MENTORBOT_ENV_FILE="environment")
    assert (done.returncode, done.stdout[-14:]) == (0, "Nothing to do.\n"[-14:])
    assert not (tmp_path / "mentorbot.db").exists()


def test_a_missing_file_is_exit_code_2(tmp_path: Path) -> None:
    done = run_mentorbot(tmp_path, "--env-file", "gone", "migrate")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "The environment file gone can't be read: No such file or directory.\n"
