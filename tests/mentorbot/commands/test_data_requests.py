"""`mentorbot export` and `mentorbot forget`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from mentorship.statuses import SessionStatus
from storage import Database
from tests.conftest import Clock
from tests.mentorbot.support.processes import run_mentorbot
from tests.mentorship.support.community import Community


@pytest.fixture
async def maya(database_url: str, clock: Clock) -> int:
    """A member in the database `mentorbot.db` who has booked and rated a session."""
    town = Community(Database(database_url, clock=clock), clock)
    await town.configure()
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    await town.db.close()
    return maya.user_id


def test_export_writes_to_a_private_file_or_prints(maya: int, tmp_path: Path) -> None:
    shown = run_mentorbot(tmp_path, "export", str(maya))
    (exported,) = json.loads(shown.stdout)
    assert (exported["user_id"], exported["guild_id"]) == (str(maya), "10")
    assert exported["members"][0]["name"] == "Maya"
    done = run_mentorbot(tmp_path, "export", str(maya), "--output", "maya.json")
    assert done.stdout == "Exported to maya.json.\n"
    assert (tmp_path / "maya.json").stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "maya.json").read_text())[0]["user_id"] == str(maya)
    invalid_id = run_mentorbot(tmp_path, "export", "9" * 20)
    assert (invalid_id.returncode, invalid_id.stdout) == (2, "")
    assert "is not in the range" in invalid_id.stderr
    other_guild = run_mentorbot(tmp_path, "export", str(maya), "--guild", "20")
    assert json.loads(other_guild.stdout) == []


def test_forget_asks_for_confirmation_and_erases(maya: int, tmp_path: Path) -> None:
    unconfirmed = run_mentorbot(tmp_path, "forget", str(maya))
    assert unconfirmed.returncode == 1
    assert "Server 10: upcoming sessions to cancel: 0, points to remove: 440." in unconfirmed.stdout
    assert "Aborted" in unconfirmed.stderr
    done = run_mentorbot(tmp_path, "forget", str(maya), "--yes", MENTORBOT_LOG__LEVEL="debug")
    assert done.returncode == 0, done.stderr
    assert "Earlier backups still contain this person" in done.stdout
    assert str(maya) not in done.stdout + done.stderr
    with sqlite3.connect(tmp_path / "mentorbot.db") as database:
        assert database.execute("SELECT count(*) FROM erased_people").fetchone() == (1,)
    again = run_mentorbot(tmp_path, "forget", str(maya), "--yes")
    assert (again.returncode, again.stdout) == (0, "No data is stored about that person.\n")


def test_forgetting_a_mentor_names_the_role_that_stays_in_discord(
    maya: int, tmp_path: Path
) -> None:
    oliver = maya - 1
    done = run_mentorbot(tmp_path, "forget", str(oliver), "--yes")
    assert "the mentor profile is deleted" in done.stdout
    assert "take the mentor role from them in Discord" in done.stdout
    done = run_mentorbot(tmp_path, "forget", str(maya), "--yes")
    assert "mentor role" not in done.stdout


def test_export_does_not_create_a_database(tmp_path: Path) -> None:
    done = run_mentorbot(tmp_path, "export", "5")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no database at mentorbot.db yet" in done.stderr
    assert list(tmp_path.iterdir()) == []
