"""Starting the program as an operator does: a process, an empty folder, a clean environment.

A `Program` is forked from a process that has imported everything (`fork_server`); `anew` goes the
whole way, from the interpreter on.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import IO

from tests.mentorbot.fork_server import NUMBER

ROOT = Path(__file__).parents[2]

PATIENCE = 60
"""Seconds that a command may take."""


def environment(**settings: str) -> dict[str, str]:
    """This process's environment with no other settings of ours than `settings`."""
    given = {k: v for k, v in os.environ.items() if not k.upper().startswith("MENTORBOT_")}
    return given | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"} | settings


def anew(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What `python -m mentorbot ARGUMENTS` in `folder` does and says."""
    return subprocess.run(
        [sys.executable, "-m", "mentorbot", *arguments],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=False,
    )


def mentorbot(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """What `mentorbot ARGUMENTS` in `folder` does and says."""
    return Program(folder, *arguments, **settings).done()


async def against(
    address: str, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """What `mentorbot ARGUMENTS` does and says with a stand-in at `address` as its Discord."""
    program = Program(folder, *arguments, address=address, **settings)
    return await asyncio.to_thread(program.done)


@asynccontextmanager
async def running(
    folder: Path, address: str, *options: str, **settings: str
) -> AsyncIterator[Program]:
    """`mentorbot run` against the stand-in at `address`; killed at the end if it still runs."""
    settings = {"MENTORBOT_DISCORD__TOKEN": "open-sesame"} | settings
    program = Program(folder, "run", *options, address=address, **settings)
    try:
        yield program
    finally:
        program.kill()
        await program.ended()


class _Started:
    """A process that the fork server was asked for."""

    def __init__(self, streams: Sequence[int], **wanted: object) -> None:
        self._told, tells = os.pipe()
        _fork_server().start([*streams, tells], **wanted)
        os.close(tells)
        self.number = self._hear()
        """The process's id."""
        self._code: int | None = None

    def _hear(self) -> int:
        told = os.read(self._told, NUMBER)
        assert told, "the fork server has ended; what it said is in the output"
        return int(told)

    def _end(self, patience: float = PATIENCE) -> int | None:
        """Its exit code, if it ends in time."""
        if self._code is None and select.select([self._told], [], [], patience)[0]:
            self._code = self._hear()
            os.close(self._told)
        return self._code

    async def ended(self) -> int:
        """Its exit code, once it has ended: minus a signal's number, where that ended it."""
        code = await asyncio.to_thread(self._end)
        assert code is not None, "it does not end"
        return code

    def signal(self, number: int) -> None:
        os.kill(self.number, number)

    def kill(self) -> None:
        if self._end(patience=0) is None:
            self.signal(signal.SIGKILL)


class Program(_Started):
    """A `mentorbot ARGUMENTS` that was started, with the stand-in at `address` as its Discord."""

    def __init__(
        self, folder: Path, *arguments: str, address: str | None = None, **settings: str
    ) -> None:
        # Open for as long as somebody may ask what it said.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        with open(os.devnull, "rb") as nothing:
            super().__init__(
                [nothing.fileno(), self._output.fileno(), self._errors.fileno()],
                folder=str(folder),
                environment=environment(**settings),
                arguments=arguments,
                address=address,
            )

    @property
    def log(self) -> str:
        """What it has written to standard error so far."""
        return _written(self._errors)

    def done(self) -> subprocess.CompletedProcess[str]:
        """All that it said, once it has ended by itself."""
        code = self._end()
        if code is None:
            self.kill()
            raise TimeoutError(f"it never ended; its log:\n{self.log}")
        return subprocess.CompletedProcess(["mentorbot"], code, _written(self._output), self.log)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for what the program is to bring about; fail with its log if that doesn't come."""
        for _ in range(750):
            if condition():
                return
            if self._end(patience=0) is not None:
                break
            await asyncio.sleep(0.02)
        raise AssertionError(f"it did not happen; the program's log:\n{self.log}")

    async def says(self, event: str) -> None:
        """Wait for an event in its log, which must be in JSON."""
        await self.until(lambda: f'"event": "{event}"' in self.log)


class Script(_Started):
    """A Python program of the tests' own that was started, which hears and is heard."""

    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader


@asynccontextmanager
async def script(file: Path, *arguments: object) -> AsyncIterator[Script]:
    """Such a program; killed at the end if it still runs."""
    hears, tells = os.pipe()
    heard, says = os.pipe()
    process = Script(
        [hears, says, 2],
        folder=os.getcwd(),
        environment=environment(),
        arguments=list(map(str, arguments)),
        file=str(file),
    )
    os.close(hears)
    os.close(says)
    loop = asyncio.get_running_loop()
    process.stdout = asyncio.StreamReader()
    reading, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(process.stdout), os.fdopen(heard, "rb", buffering=0)
    )
    writing, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(tells, "wb", buffering=0)
    )
    process.stdin = asyncio.StreamWriter(writing, protocol, None, loop)
    try:
        yield process
    finally:
        process.kill()
        assert await process.ended() in (0, -signal.SIGKILL)
        writing.close()
        reading.close()


def _written(file: IO[bytes]) -> str:
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()


class _ForkServer:
    """The process that programs are forked from, which ends with this one."""

    def __init__(self) -> None:
        self._asked, theirs = socket.socketpair()
        self._one_by_one = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.mentorbot.fork_server", str(theirs.fileno())],
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def start(self, descriptors: list[int], **wanted: object) -> None:
        """Ask for a program, as `fork_server.serve` has it."""
        line = json.dumps(wanted).encode() + b"\n"
        with self._one_by_one:
            sent = socket.send_fds(self._asked, [line], descriptors)
            self._asked.sendall(line[sent:])


_fork_server = cache(_ForkServer)
