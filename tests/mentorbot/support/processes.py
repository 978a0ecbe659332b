"""Runs `mentorbot` as a process, in a folder of its own and with a clean environment.

A `Program` is forked from a process with all imports done (`fork_server`). `run_fresh` starts
a new interpreter instead.
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

from tests.mentorbot.support.fork_server import NUMBER_BYTES

ROOT = Path(__file__).parents[3]

TIMEOUT_S = 60
"""Seconds before a command is considered stuck."""


def clean_environment(**settings: str) -> dict[str, str]:
    """Return this process's environment, with `settings` as the only settings of mentorbot.

    A script's own folder isn't searched for modules: this one has the name of a package.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.upper().startswith("MENTORBOT_")}
    paths = {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    return inherited | paths | {"PYTHONWARNINGS": "ignore"} | settings


def run_fresh(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m mentorbot ARGUMENTS` in `folder` with a new interpreter."""
    return subprocess.run(
        [sys.executable, "-m", "mentorbot", *arguments],
        cwd=folder,
        env=clean_environment(**settings),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=TIMEOUT_S,
        check=False,
    )


def run_mentorbot(
    folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run `mentorbot ARGUMENTS` in `folder` and wait for it to exit."""
    return Program(folder, *arguments, **settings).wait()


async def run_against(
    address: str, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run `mentorbot ARGUMENTS` with the fake Discord at `address`, and wait for it to exit."""
    program = Program(folder, *arguments, address=address, **settings)
    return await asyncio.to_thread(program.wait)


@asynccontextmanager
async def run_program(
    folder: Path, address: str, *options: str, **settings: str
) -> AsyncIterator[Program]:
    """Run `mentorbot run` with the fake Discord at `address`; it is killed at the end."""
    settings = {"MENTORBOT_DISCORD__TOKEN": "open-sesame"} | settings
    program = Program(folder, "run", *options, address=address, **settings)
    try:
        yield program
    finally:
        program.kill()
        await program.ended()


class _ForkedProcess:
    """A process that the fork server has started."""

    def __init__(self, streams: Sequence[int], **request: object) -> None:
        self._status_pipe, supervisor_end = os.pipe()
        _fork_server().start([*streams, supervisor_end], **request)
        os.close(supervisor_end)
        self.process_id = self._read_number()
        self._code: int | None = None

    def _read_number(self) -> int:
        number = os.read(self._status_pipe, NUMBER_BYTES)
        assert number, "the fork server has ended; see the output"
        return int(number)

    def _wait_for_exit(self, timeout: float = TIMEOUT_S) -> int | None:
        """Return the exit code, or None if the process is still running after `timeout` seconds."""
        if self._code is None and select.select([self._status_pipe], [], [], timeout)[0]:
            self._code = self._read_number()
            os.close(self._status_pipe)
        return self._code

    async def ended(self) -> int:
        """Wait for the exit code; minus the signal's number if a signal ended the process."""
        code = await asyncio.to_thread(self._wait_for_exit)
        assert code is not None, "the process doesn't end"
        return code

    def signal(self, number: int) -> None:
        os.kill(self.process_id, number)

    def kill(self) -> None:
        if self._wait_for_exit(timeout=0) is None:
            self.signal(signal.SIGKILL)


class Program(_ForkedProcess):
    """A running `mentorbot ARGUMENTS`, with the fake Discord at `address` if given."""

    def __init__(
        self, folder: Path, *arguments: str, address: str | None = None, **settings: str
    ) -> None:
        # They stay open, so that the output can be read at any time.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        with open(os.devnull, "rb") as devnull:
            super().__init__(
                [devnull.fileno(), self._output.fileno(), self._errors.fileno()],
                folder=str(folder),
                environment=clean_environment(**settings),
                arguments=arguments,
                address=address,
            )

    @property
    def log(self) -> str:
        """What the program has written to standard error so far."""
        return _read_all(self._errors)

    def wait(self) -> subprocess.CompletedProcess[str]:
        """Wait for the program to exit, and return its exit code and output."""
        code = self._wait_for_exit()
        if code is None:
            self.kill()
            raise TimeoutError(f"the program didn't exit; its log:\n{self.log}")
        return subprocess.CompletedProcess(["mentorbot"], code, _read_all(self._output), self.log)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition is met; fail with the program's log after 15 seconds."""
        for _ in range(750):
            if condition():
                return
            if self._wait_for_exit(timeout=0) is not None:
                break
            await asyncio.sleep(0.02)
        raise AssertionError(f"the condition was not met; the program's log:\n{self.log}")

    async def wait_for_event(self, event: str) -> None:
        """Wait for an event in the log, which must be in JSON."""
        await self.until(lambda: f'"event": "{event}"' in self.log)


class Script(_ForkedProcess):
    """A running Python program of the tests, with pipes to its standard input and output."""

    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader


@asynccontextmanager
async def run_script(file: Path, *arguments: object) -> AsyncIterator[Script]:
    """Run a Python program of the tests; it is killed at the end."""
    child_stdin, stdin = os.pipe()
    stdout, child_stdout = os.pipe()
    process = Script(
        [child_stdin, child_stdout, 2],
        folder=os.getcwd(),
        environment=clean_environment(),
        arguments=list(map(str, arguments)),
        file=str(file),
    )
    os.close(child_stdin)
    os.close(child_stdout)
    loop = asyncio.get_running_loop()
    process.stdout = asyncio.StreamReader()
    read_transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(process.stdout), os.fdopen(stdout, "rb", buffering=0)
    )
    write_transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(stdin, "wb", buffering=0)
    )
    process.stdin = asyncio.StreamWriter(write_transport, protocol, None, loop)
    try:
        yield process
    finally:
        process.kill()
        assert await process.ended() in (0, -signal.SIGKILL)
        write_transport.close()
        read_transport.close()


def _read_all(file: IO[bytes]) -> str:
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()


class _ForkServer:
    """The process that programs are forked from; it ends with this process."""

    def __init__(self) -> None:
        self._requests, server_end = socket.socketpair()
        self._lock = threading.Lock()
        with server_end:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.mentorbot.support.fork_server",
                    str(server_end.fileno()),
                ],
                cwd=ROOT,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=[server_end.fileno()],
            )

    def start(self, descriptors: list[int], **request: object) -> None:
        """Request a program; see `fork_server.serve_requests`."""
        line = json.dumps(request).encode() + b"\n"
        with self._lock:
            sent = socket.send_fds(self._requests, [line], descriptors)
            self._requests.sendall(line[sent:])


_fork_server = cache(_ForkServer)
