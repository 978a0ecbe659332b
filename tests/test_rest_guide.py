"""Run every command of docs/rest.md against the demo."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.api.server import list_operations

ROOT = Path(__file__).parents[1]

pytest.importorskip("simcord", reason="the demo needs simcord")

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")), reason="the guide is for bash and curl"
)


def shell_blocks() -> list[str]:
    """Return the guide's blocks of shell commands."""
    guide = (ROOT / "docs" / "rest.md").read_text("utf-8")
    return re.findall(r"^```sh\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)


async def start_demo() -> tuple[asyncio.subprocess.Process, str]:
    """Start `mentorbot demo`. Returns the process and the `export` lines that it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "mentorbot", "demo", "--no-browser", "--port", "0"),
        cwd=ROOT,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    exports = ""
    async with asyncio.timeout(120):
        async for line in process.stdout:
            exports += line.decode() if line.startswith(b"export ") else ""
            if b"Ctrl-C" in line:
                break
    return process, exports


async def test_every_command_of_the_rest_guide_works() -> None:
    process, exports = await start_demo()
    try:
        # Separate the output of the blocks.
        script = exports + "".join(f"{block}\necho; echo =====\n" for block in shell_blocks())
        shell = await asyncio.create_subprocess_exec(
            "bash",
            "-eu",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(120):
            output, _ = await shell.communicate(script.encode())
        assert shell.returncode == 0
    finally:
        process.terminate()
        await process.wait()
    outputs = output.decode().split("=====")[:-1]
    expected = (
        '"name":"Maya Torres"',
        '"name":"Oliver Hughes"',
        "EDT (UTC−4)",
        '"points":{"held":85,"refunded":0,"earned":0}',
        '"status":"scheduled"',
        '"code":"slot-taken"',
        '"status":"confirmed"',
        '"points":{"held":0,"refunded":85,"earned":0}',
        '"title":"Python office hours"',
        '"kind":"group"',
        '"status":"cancelled"',
        '"sessions":[{"id":',
        '"secret":"whsec_',
        '"hasMore":',
    )
    assert len(outputs) == len(expected)
    for block_output, text in zip(outputs, expected, strict=True):
        assert text in block_output


def test_the_rest_guide_names_every_operation() -> None:
    guide = (ROOT / "docs" / "rest.md").read_text("utf-8").partition("## The calls")[2]
    paths = {path for _, path in list_operations()}
    assert [path for path in paths if f"{path}`" not in guide] == []
