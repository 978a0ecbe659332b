"""Starting the program as an operator does: a process, an empty folder, a clean environment."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(**settings: str) -> dict[str, str]:
    """This process's environment with no other settings of ours than `settings`."""
    given = {k: v for k, v in os.environ.items() if not k.upper().startswith("MENTORBOT_")}
    return given | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"} | settings


def mentorbot(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What `mentorbot ARGUMENTS` in `folder` does and says."""
    return subprocess.run(
        [sys.executable, "-m", "mentorbot", *arguments],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


@asynccontextmanager
async def script(file: Path, *arguments: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python program of the tests' own, which hears and is heard; killed at the end if it still
    runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(file), *map(str, arguments)),
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            assert await process.wait() == -signal.SIGKILL


async def against(
    address: str, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """What `mentorbot ARGUMENTS` does and says with a stand-in at `address` as its Discord."""
    program = [sys.executable, str(ROOT / "tests" / "mentorbot" / "against_standin.py"), address]
    process = await asyncio.create_subprocess_exec(
        *(*program, *arguments),
        cwd=folder,
        env=environment(**settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        said, complained = await process.communicate()
    assert process.returncode is not None
    return subprocess.CompletedProcess(
        program, process.returncode, said.decode(), complained.decode()
    )


class Running:
    """A `mentorbot run` that faces a stand-in for Discord."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.log = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.log += line.decode()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what the program is to bring about; fail with its log if that doesn't come."""
        for _ in range(750):
            if condition():
                return
            if self._process.returncode is not None:
                break
            await asyncio.sleep(0.02)
        raise AssertionError(f"it did not happen; the program's log:\n{self.log}")

    async def says(self, event: str) -> None:
        """Wait for an event in its log, which must be in JSON."""
        await self.until(lambda: f'"event": "{event}"' in self.log)

    @property
    def number(self) -> int:
        """The process's id."""
        return self._process.pid

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()

    async def ended(self) -> int:
        """Its exit code, once it has ended and its log is complete."""
        async with asyncio.timeout(30):
            code = await self._process.wait()
            await self._reading
        return code


@asynccontextmanager
async def running(
    folder: Path, address: str, *options: str, **settings: str
) -> AsyncIterator[Running]:
    """`mentorbot run` against the stand-in at `address`; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "tests" / "mentorbot" / "against_standin.py"),
        address,
        "run",
        *options,
        cwd=folder,
        env=environment(MENTORBOT_DISCORD__TOKEN="open-sesame", **settings),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    program = Running(process)
    try:
        yield program
    finally:
        program.kill()
        await program.ended()
