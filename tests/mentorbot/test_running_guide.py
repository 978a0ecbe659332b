"""Runs the commands of docs/running.md as written: each `mentorbot` command, by a shell, in order.

Lines that install and start services aren't run. The words that they begin with are listed here, so
that no other line is skipped. The systemd units and the container are checked separately.
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
from tests.mentorbot.support.fake_discord import FakeDiscord
from tests.mentorbot.support.processes import ROOT, clean_environment
from tests.mentorbot.support.sample_ids import SERVER
from tests.mentorship.support.community import grant_silently

GUIDE = (ROOT / "docs" / "running.md").read_text("utf-8")
NOT_RUN = {"sudo", "sudoedit", "cd", "docker"}
MAYA = "123456789012345678"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the guide is for bash")


def shell_lines() -> Iterator[str]:
    """Yield each line of the blocks that name no language, without comments."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    for block in (content for language, content in blocks if not language):
        for line in block.splitlines():
            yield re.sub(r"\s+#.*", "", line)


def test_the_guide_uses_only_known_commands() -> None:
    words = {line.split()[0] for line in shell_lines()}
    assert words == NOT_RUN | {"mentorbot"}
    mentioned = set(re.findall(r"`mentorbot ([a-z][a-z-]+)", GUIDE))
    commands = re.findall(r"^  ([a-z-]+) ", _run_mentorbot("--help"), re.MULTILINE)
    assert mentioned
    assert mentioned <= set(commands)


async def test_each_command_of_the_guide_does_what_it_says(
    standin: FakeDiscord, tmp_path: Path
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/mentorbot.db")
    maya = Actor(int(MAYA), "Maya", SERVER)
    await database.run(timezone_change.set_timezone, maya, "Europe/London")
    await database.run(grant_silently, maya, 40)
    await database.close()
    copies = tmp_path / "copies"
    copies.mkdir()
    program = tmp_path / "mentorbot"
    program.write_text(
        f"#!/bin/sh\nexec {sys.executable} "
        f'{ROOT}/tests/mentorbot/support/run_against_fake_discord.py {standin.address} "$@"\n'
    )
    program.chmod(0o755)
    outputs = {}
    for line in shell_lines():
        if not line.startswith("mentorbot "):
            continue
        command = line.replace("/some/folder", str(copies))
        if " restore " in line:
            # The backup of the guide has another date.
            copy = max(copies.glob("*.db"))
            command = re.sub(r"\S+/mentorbot-\S+\.db", str(copy), command)
        if " --from " in line:
            # The guide moves to PostgreSQL; tests/storage/upgrades tests that.
            command = f"MENTORBOT_DATABASE__URL=moved.db {command}"
        outputs[line] = await _run_in_shell(command, tmp_path)
    assert [line.split()[1] for line in outputs] == [
        "check",
        "backup",
        "backup",
        "restore",
        "migrate",
        "migrate",
        "export",
        "forget",
    ]
    by_command = {line.split()[1]: output for line, output in outputs.items()}
    assert "ok    points ledger: " in by_command["check"]
    assert len(list(copies.glob("*.db"))) == 1
    assert "Restored " in by_command["restore"]
    assert "Nothing to do." in outputs["mentorbot migrate"]
    assert "All balances are right" in by_command["migrate"]
    assert MAYA in (tmp_path / "data.json").read_text("utf-8")
    assert "Earlier backups still contain this person" in by_command["forget"]


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
    problems = [
        line
        for line in done.stderr.splitlines()
        # The program isn't installed in the place that the service expects.
        if "/opt/mentorbot/.venv/bin/mentorbot is not executable" not in line
        and any(Path(unit).name in line for unit in units)
    ]
    assert problems == []


def test_the_container_copies_all_packages() -> None:
    containerfile = (ROOT / "Containerfile").read_text("utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", containerfile, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    assert all((ROOT / name).exists() for name in names)
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    packages = set(re.findall(r'"([a-z]+)", "\1\.\*"', pyproject))
    assert len(packages) == 8
    assert (
        packages | {"pyproject.toml", "setup.py", "README.md", "LICENSE", "requirements/run.txt"}
        == names
    )


async def _run_in_shell(line: str, folder: Path) -> str:
    """Run a line in a shell in `folder`, confirm if asked, and return the output."""
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-eu", "-c", line),
        cwd=folder,
        env=clean_environment(MENTORBOT_DISCORD__TOKEN="open-sesame")
        | {"PATH": f"{folder}:{clean_environment()['PATH']}"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        output, _ = await shell.communicate(b"y\n")
    assert shell.returncode == 0, f"{line}\n{output.decode()}"
    return output.decode()


def _run_mentorbot(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mentorbot", *arguments],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout
