"""The command line as a process: output and exit codes."""

from __future__ import annotations

import sqlite3
import tomllib
from pathlib import Path

import pytest

from tests.mentorbot.support.processes import ROOT, run_fresh, run_mentorbot

TOKEN = {"MENTORBOT_DISCORD__TOKEN": "open-sesame"}


def test_version_option(tmp_path: Path) -> None:
    from mentorbot import __version__

    done = run_mentorbot(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"mentorbot {__version__}\n")


def test_help_names_the_commands_and_the_exit_codes(tmp_path: Path) -> None:
    done = run_mentorbot(tmp_path, "--help")
    assert done.returncode == 0
    for expected in ("run", "migrate", "demo", "MENTORBOT_CONFIG", "Exit codes:"):
        assert expected in done.stdout


def test_the_installed_command_is_mentorbot() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["scripts"] == {"mentorbot": "mentorbot.cli:main"}


def test_migrate_creates_the_tables_and_names_the_database(tmp_path: Path) -> None:
    for _ in range(2):
        done = run_mentorbot(tmp_path, "migrate", MENTORBOT_DATABASE__URL="some.db")
        assert done.returncode == 0
        assert done.stdout.startswith("sqlite+aiosqlite:///some.db is ")
    assert (tmp_path / "some.db").exists()


def test_the_config_option_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('[database]\nurl = "other.db"')
    assert run_mentorbot(tmp_path, "--config", "other.toml", "migrate").returncode == 0
    assert (tmp_path / "other.db").exists()


def test_the_environment_names_the_config_file(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('[database]\nurl = "other.db"')
    assert run_mentorbot(tmp_path, "migrate", MENTORBOT_CONFIG="other.toml").returncode == 0
    assert (tmp_path / "other.db").exists()


def test_configuration_problems_are_reported_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[log]\nfromat = "json"\nlevel = "loud"')
    done = run_mentorbot(tmp_path, "run", **TOKEN)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        'config.toml: log.level = "loud" should be "debug", "info", "warning" or "error".',
        'config.toml: log.fromat = "json" is not a setting; allowed: format and level. '
        "Did you mean format?",
    ]


def create_foreign_database(file: Path) -> None:
    """Create a database without mentorbot's tables."""
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE something_else (id INTEGER)")


def create_newer_database(file: Path) -> None:
    """Create a database of a future version."""
    assert run_mentorbot(file.parent, "migrate").returncode == 0
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def create_text_file(file: Path) -> None:
    file.write_bytes(b"Dear diary, today I have booked a mentor. " * 100)


def create_folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize(
    ("command", "prepare", "settings", "message"),
    [
        ("run", None, {}, "There is no Discord token. Set MENTORBOT_DISCORD__TOKEN"),
        ("run", None, {"MENTORBOT_CONFIG": "gone.toml"}, "gone.toml can't be read"),
        ("run", create_foreign_database, TOKEN, "Run `mentorbot migrate`."),
        ("run", create_newer_database, TOKEN, "newer than this program"),
        ("migrate", create_newer_database, {}, "newer than this program"),
        (
            "run",
            None,
            TOKEN | {"MENTORBOT_DISCORD__SHARDS": "2", "MENTORBOT_DISCORD__SHARD_IDS": "1"},
            "for `mentorbot run --only bot`",
        ),
        (
            "run --only bot",
            None,
            TOKEN | {"MENTORBOT_DISCORD__SHARD_IDS": "1"},
            "should be less than shards",
        ),
        ("run --only api", None, {}, "The API has no secret to check tokens with"),
        ("run --only api", None, {"MENTORBOT_API__SECRET": "sesame"}, "HS256 needs 32"),
        (
            "run --only api",
            None,
            {"MENTORBOT_API__ALGORITHMS": "RS256"},
            "A public key is needed for RS256",
        ),
        (
            "run --only api",
            None,
            {
                "MENTORBOT_API__ALGORITHMS": "EdDSA",
                "MENTORBOT_API__PUBLIC_KEY_FILE": "gone.pem",
            },
            "The key file gone.pem can't be read",
        ),
        ("token --user 1 --guild 1", None, {}, "set MENTORBOT_API__SECRET"),
        (
            "token --user 1",
            None,
            {"MENTORBOT_API__SECRET": "sesame-" * 5},
            "Which server is the token for?",
        ),
        ("run", create_text_file, TOKEN, "file is not a database"),
        ("migrate", create_text_file, {}, "file is not a database"),
        ("run", create_folder, TOKEN, "unable to open database file"),
        ("migrate", create_folder, {}, "unable to open database file"),
        ("run", None, TOKEN | {"MENTORBOT_DATABASE__URL": "no/folder/x.db"}, "unable to open"),
    ],
)
def test_operator_errors_are_one_sentence_and_exit_code_2(
    command: str, prepare: object, settings: dict[str, str], message: str, tmp_path: Path
) -> None:
    if callable(prepare):
        prepare(tmp_path / "mentorbot.db")
    done = run_mentorbot(tmp_path, *command.split(), **settings)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "sesame" not in done.stderr


def test_an_unreachable_database_is_exit_code_1(tmp_path: Path) -> None:
    url = "postgresql://me@127.0.0.1:1/x?password=open-sesame"
    done = run_mentorbot(tmp_path, "migrate", MENTORBOT_DATABASE__URL=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "postgresql+asyncpg://me:***@127.0.0.1:1/x can't be used" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "sesame" not in done.stderr


def test_the_demo_without_simcord_says_how_to_install_it(tmp_path: Path) -> None:
    # None in sys.modules makes importing the module fail.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['simcord'] = None\n", encoding="utf-8"
    )
    done = run_fresh(tmp_path, "demo", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "The demo needs simcord, which isn't installed: "
        "pip install --no-deps --require-hashes -r requirements/demo.txt.\n"
    )
