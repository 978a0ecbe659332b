"""On SIGHUP the program reads its configuration again, and goes on whatever it finds."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mentorbot.support.fake_discord import FakeDiscord, fake_discord
from tests.mentorbot.support.processes import Program, clean_environment, run_program

CONFIG = """
[log]
format = "json"
level = "{level}"
[api]
port = {port}
secret = "{secret}"
"""


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with fake_discord() as discord:
        yield discord


def write_config(folder: Path, level: str, port: int = 0, secret: str = "first") -> None:
    text = CONFIG.format(level=level, port=port, secret=f"{secret} sesame " * 4)
    (folder / "config.toml").write_text(text)


def events(program: Program) -> list[dict[str, object]]:
    return [json.loads(line) for line in program.log.splitlines()]


def find(program: Program, event: str) -> list[dict[str, object]]:
    return [each for each in events(program) if each["event"] == event]


async def reload(program: Program) -> None:
    """Send SIGHUP, and wait for its result."""
    before = len(find(program, "configuration reloaded"))
    program.signal(signal.SIGHUP)
    await program.until(lambda: len(find(program, "configuration reloaded")) > before)


async def test_the_log_changes_at_once_and_the_rest_needs_a_restart(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    write_config(tmp_path, "info")
    async with run_program(tmp_path, discord.address) as program:
        await program.wait_for_event("ready")
        assert '"level": "debug"' not in program.log
        write_config(tmp_path, "debug", port=9_000, secret="second")
        await reload(program)
        await program.until(lambda: find(program, "some settings need a restart"))
        (reloaded,) = find(program, "configuration reloaded")
        assert reloaded["changed"] == "log.level"
        (waiting,) = find(program, "some settings need a restart")
        assert (waiting["settings"], waiting["level"]) == ("api.port, api.secret", "warning")
        await program.until(lambda: '"level": "debug"' in program.log)
        # What still waits is named again.
        await reload(program)
        assert find(program, "configuration reloaded")[-1]["changed"] == "nothing"
        await program.until(lambda: len(find(program, "some settings need a restart")) == 2)
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert "sesame" not in program.log


async def test_an_invalid_configuration_changes_nothing(
    tmp_path: Path, discord: FakeDiscord
) -> None:
    write_config(tmp_path, "info")
    message = "the configuration is invalid, so nothing has changed"
    async with run_program(tmp_path, discord.address) as program:
        await program.wait_for_event("ready")
        for text, problem in (
            ('[log]\nlevel = "loud"', 'config.toml: log.level = "loud" should be "debug"'),
            ('[discord]\ntoken = "open-sesame', "config.toml is not valid TOML (at "),
        ):
            (tmp_path / "config.toml").write_text(text)
            before = len(find(program, message))
            program.signal(signal.SIGHUP)
            await program.until(lambda before=before: len(find(program, message)) > before)
            assert problem in str(find(program, message)[-1]["problem"])
        program.signal(signal.SIGTERM)
        assert await program.ended() == 0
    assert '"level": "debug"' not in program.log
    assert "sesame" not in program.log


def heed_sighup() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@contextmanager
def run_api(folder: Path, stderr: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the API alone, in a new interpreter, so that importing it takes a while."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mentorbot", "run", "--only", "api"],
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stderr=stderr,
        # Under `nohup` the tests ignore the signal, and so would the program.
        preexec_fn=heed_sighup,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def holds_sighup_back(process_id: int) -> bool:
    status = Path(f"/proc/{process_id}/status").read_text("ascii")
    (mask,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(mask, 16) & 1 << (signal.SIGHUP - 1))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_sighup_during_the_start_waits(tmp_path: Path) -> None:
    write_config(tmp_path, "info")
    output, written = os.pipe()
    with run_api(tmp_path, written) as process:
        os.close(written)
        deadline = time.monotonic() + 30
        while not holds_sighup_back(process.pid):
            assert time.monotonic() < deadline, "SIGHUP isn't held back"
            time.sleep(0.002)
        process.send_signal(signal.SIGHUP)
        with open(output, encoding="utf-8") as lines:
            assert any("configuration reloaded" in line for line in lines)
            assert any("running the API only" in line for line in lines)


def test_sighup_ends_a_program_in_a_terminal(tmp_path: Path) -> None:
    """It means that the terminal was closed."""
    write_config(tmp_path, "info")
    terminal, its_end = pty.openpty()
    with run_api(tmp_path, its_end) as process:
        os.close(its_end)
        with open(terminal, encoding="utf-8") as lines:
            assert any("running the API only" in line for line in lines)
            process.send_signal(signal.SIGHUP)
            assert process.wait(timeout=15) == -signal.SIGHUP
