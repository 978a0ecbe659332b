"""The side of the program, which starts, asks and replaces such a process."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

from processes.child import LENGTH


class ChildProcess:
    """A process that runs the module `module`. Started when it is first needed.

    Its methods block, and one thread at a time may call `exchange`.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def process_id(self) -> int | None:
        """The id of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process if there is none. Raises OSError, and RuntimeError after `close`."""
        self._running()

    def exchange(self, request: bytes, until: float) -> bytes:
        """Send a request and return the answer, which is empty if the process reports an error.

        Raises TimeoutError if the clock `time.monotonic` reaches `until`, EOFError or
        BrokenPipeError if the process has died, other OSErrors, and RuntimeError after `close`.
        Stop the process after any of them.
        """
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        _write(process.stdin.fileno(), LENGTH.pack(len(request)) + request, until)
        (length,) = LENGTH.unpack(_read(process.stdout.fileno(), LENGTH.size, until))
        return _read(process.stdout.fileno(), length, until)

    def stop(self) -> None:
        """Kill the process, if there is one. The next request starts another."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process.communicate()
                self._process = None

    def close(self) -> None:
        """Kill the process, and start none any more."""
        self._is_closed = True
        self.stop()

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the program is shutting down")
            if self._process is None:
                self._process = self._start()
            return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        # It needs no secrets, and finds the packages wherever the program was started.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("MENTORBOT_")
        }
        environment["PYTHONPATH"] = str(Path(__file__).parents[1])
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env=environment,
        )
        assert process.stdin is not None
        # A process that hangs reads nothing, and a large request doesn't fit into a pipe.
        os.set_blocking(process.stdin.fileno(), False)
        return process


def _write(file: int, content: bytes, until: float) -> None:
    left = memoryview(content)
    poll = select.poll()
    poll.register(file, select.POLLOUT)
    while left:
        if not poll.poll(max(0, until - time.monotonic()) * 1_000):
            raise TimeoutError("the process doesn't read its request in time")
        left = left[os.write(file, left) :]


def _read(file: int, length: int, until: float) -> bytes:
    content = bytearray()
    poll = select.poll()
    poll.register(file, select.POLLIN)
    while len(content) < length:
        if not poll.poll(max(0, until - time.monotonic()) * 1_000):
            raise TimeoutError("the process doesn't answer in time")
        if not (part := os.read(file, length - len(content))):
            raise EOFError("the process has ended")
        content += part
    return bytes(content)
