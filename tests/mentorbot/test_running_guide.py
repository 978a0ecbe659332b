"""docs/running.md is done as written: each line for the program, by a shell, in its order.

What installs and starts services is for an operator's own machine. Each such line begins with a
word that is named here, so that none is left out unseen; the units and the container are looked at
below.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mentorship.actors import Actor
from mentorship.availability import timezone_change
from storage import Database
from tests.mentorbot.fake_discord import DiscordStandin
from tests.mentorbot.processes import ROOT, environment
from tests.mentorbot.sample_names import SERVER
from tests.mentorship.support.community import endow

GUIDE = (ROOT / "docs" / "running.md").read_text("utf-8")
AN_OPERATOR_S = {"sudo", "sudoedit", "cd", "docker"}
MAYA = "123456789012345678"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the guide is for bash")


def lines() -> Iterator[str]:
    """Each line of a block of shell, without what is said beside it."""
    for block in re.findall(r"^```\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            yield re.sub(r"\s+#.*", "", line)


def test_the_guide_uses_only_known_commands() -> None:
    words = {line.split()[0] for line in lines()}
    assert words == AN_OPERATOR_S | {"mentorbot"}
    in_passing = set(re.findall(r"`mentorbot ([a-z]+)", GUIDE))
    known = re.findall(r"^  ([a-z]+) ", _said("--help"), re.MULTILINE)
    assert in_passing
    assert in_passing <= set(known)


async def test_each_command_of_the_guide_does_what_it_says(
    standin: DiscordStandin, tmp_path: Path
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db")
    maya = Actor(int(MAYA), "Maya", SERVER)
    await database.run(timezone_change.set_timezone, maya, "Europe/London")
    await database.run(endow, maya, 40)
    await database.close()
    copies = tmp_path / "copies"
    copies.mkdir()
    program = tmp_path / "mentorbot"
    program.write_text(
        f"#!/bin/sh\nexec {sys.executable} "
        f'{ROOT}/tests/mentorbot/run_against_fake_discord.py {standin.address} "$@"\n'
    )
    program.chmod(0o755)
    said = {}
    for line in lines():
        if not line.startswith("mentorbot "):
            continue
        asked = line.replace("/some/folder", str(copies))
        if " restore " in line:
            # The guide's copy is of another night.
            copy = max(copies.glob("*.db"))
            asked = re.sub(r"\S+/mentorbot-\S+\.db", str(copy), asked)
        if " --from " in line:
            # The guide's is PostgreSQL's; tests/storage/test_data_migration.py goes there.
            asked = f"MENTORBOT_DATABASE__URL=moved.db {asked}"
        said[line] = await _typed(asked, tmp_path)
    assert [line.split()[1] for line in said] == [
        "check",
        "backup",
        "backup",
        "restore",
        "migrate",
        "migrate",
        "export",
        "forget",
    ]
    by = {line.split()[1]: words for line, words in said.items()}
    assert "ok    points ledger: " in by["check"]
    assert len(list(copies.glob("*.db"))) == 1
    assert "Restored " in by["restore"]
    assert "Nothing to do." in said["mentorbot migrate"]
    assert "All balances are right" in by["migrate"]
    assert MAYA in (tmp_path / "data.json").read_text("utf-8")
    assert "Earlier backups still contain this person" in by["forget"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd isn't here")
def test_systemd_accepts_the_units() -> None:
    units = sorted(
        str(path) for path in (ROOT / "deploy").iterdir() if path.suffix in {".service", ".timer"}
    )
    assert len(units) == 3
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    complaints = [
        line
        for line in done.stderr.splitlines()
        # The program is not installed where a service has it.
        if "/opt/mentorbot/.venv/bin/mentorbot is not executable" not in line
        and any(Path(unit).name in line for unit in units)
    ]
    assert complaints == []


def test_the_container_copies_all_packages() -> None:
    made = (ROOT / "Containerfile").read_text("utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", made, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert all((ROOT / name).exists() for name in names)
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    packages = set(re.findall(r'"([a-z]+)", "\1\.\*"', pyproject))
    assert len(packages) == 6
    assert packages | {"pyproject.toml", "README.md", "LICENSE", "requirements/run.txt"} == names


async def _typed(line: str, folder: Path) -> str:
    """What a shell in `folder` answers to a line, and to a yes where it asks."""
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-eu", "-c", line),
        cwd=folder,
        env=environment(MENTORBOT_DISCORD__TOKEN="open-sesame")
        | {"PATH": f"{folder}:{environment()['PATH']}"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        said, _ = await shell.communicate(b"y\n")
    assert shell.returncode == 0, f"{line}\n{said.decode()}"
    return said.decode()


def _said(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mentorbot", *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout
