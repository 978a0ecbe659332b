"""Paths with characters that mean something in URLs: each command opens the file that is meant."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.mentorbot.support.fake_discord import FakeDiscord
from tests.mentorbot.support.processes import run_against, run_mentorbot, run_program

FOLDER, NAME = "Über 100%41 ?&=#;", "what? 50%.db"


@pytest.mark.parametrize("form", ["path", "url"])
async def test_every_command_opens_the_file_that_the_setting_names(
    form: str, standin: FakeDiscord, tmp_path: Path
) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    file = folder / NAME
    (tmp_path / "mentorbot.db").rename(file)

    def setting(path: Path) -> str:
        return str(path) if form == "path" else f"sqlite:///{quote(str(path))}"

    settings = {"MENTORBOT_DATABASE__URL": setting(file), "MENTORBOT_LOG__FORMAT": "json"}

    async def run(*arguments: str) -> str:
        done = await asyncio.to_thread(run_mentorbot, tmp_path, *arguments, **settings)
        assert done.returncode == 0, done.stderr
        return done.stdout

    async with run_program(tmp_path, standin.address, **settings) as program:
        await program.wait_for_event("ready")
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    token = {"MENTORBOT_DISCORD__TOKEN": "open-sesame"}
    checked = await run_against(standin.address, tmp_path, "check", **settings, **token)
    assert checked.returncode == 0, checked.stdout
    assert "is intact" in checked.stdout
    assert "Nothing to do." in await run("migrate")
    assert f"Backup written to {folder}/copy ?.db: 1 server" in await run(
        "backup", str(folder / "copy ?.db")
    )
    for _ in range(2):
        assert f"Backup written to {folder}/what? 50%-" in await run(
            "backup", str(folder), "--keep", "1"
        )
    assert f"Restored {folder}/copy ?.db" in await run(
        "restore", str(folder / "copy ?.db"), "--replace"
    )
    assert "compared each of them" in await run("migrate", "--to", setting(folder / "new #1.db"))
    with closing(sqlite3.connect(folder / "new #1.db")) as new:
        assert new.execute("SELECT count(*) FROM guilds").fetchone() == (1,)
    assert [each.name for each in tmp_path.iterdir()] == [FOLDER]
    names = sorted(each.name for each in folder.iterdir() if ".db.replaced-" not in each.name)
    assert len(names) == 4
    assert names[:2] == ["copy ?.db", "new #1.db"]
    assert names[2].startswith("what? 50%-")
    assert names[3] == NAME


def test_the_disk_is_not_searched_for_a_similar_name(tmp_path: Path, migrated_file: Path) -> None:
    """Without its question mark the URL would name a database that exists."""
    shutil.copy(migrated_file, tmp_path / "what")
    for command in ("migrate", "backup", "check"):
        done = run_mentorbot(tmp_path, command, MENTORBOT_DATABASE__URL="sqlite:///what?.db")
        assert (done.returncode, done.stdout) == (2, "")
        assert "? as %3F" in done.stderr
