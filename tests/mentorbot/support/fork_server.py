"""A process that forks `mentorbot` and other programs of the tests on request.

python -m tests.mentorbot.support.fork_server FD

Imports take most of a program's startup time, and the tests start more than a hundred programs, so
this process does the imports once. Each program still is a process of its own, with the folder,
environment and arguments of the request, and an ordinary interpreter exit. A supervisor process
waits for it, because the test isn't its parent: it writes the process id first, and the exit code
in the end.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading

from mentorbot.cli import main
from tests.mentorbot.support.run_against_fake_discord import use_fake_discord

PRELOADED = (
    "mentorbot.commands.checks",
    "mentorbot.commands.backup",
    "mentorbot.commands.migration",
    "mentorbot.commands.data_requests",
    "mentorbot.program",
    "mentorbot.api_server",
    "mentorbot.commands.tokens",
    "storage.operations.data_migration",
)
"""Modules that the commands import lazily."""

NUMBER_BYTES = 10
"""Length in bytes of each number that a supervisor writes."""


def serve_requests(requests: socket.socket) -> str | None:
    """Fork a process for each request; returns in each forked process.

    Returns the file that the process must run, or None for `mentorbot`. A request is a line of JSON
    together with the descriptors of the program's three standard streams and of the pipe that the
    supervisor writes to.
    """
    while True:
        line, descriptors, _, _ = socket.recv_fds(requests, 1 << 16, 4)
        if not line:
            raise SystemExit
        while not line.endswith(b"\n"):
            line += requests.recv(1 << 16)
        if os.fork() == 0:
            requests.close()
            *streams, status_pipe = descriptors
            if _supervise(status_pipe):
                for number, stream in enumerate(streams):
                    os.dup2(stream, number)
                for descriptor in descriptors:
                    os.close(descriptor)
                return _apply_request(**json.loads(line))
        for descriptor in descriptors:
            os.close(descriptor)


def _supervise(status_pipe: int) -> bool:
    """Fork the program. Returns True in it; the supervisor ends with it and never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    process_id = os.fork()
    if process_id == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return True
    os.write(status_pipe, b"%*d" % (NUMBER_BYTES, process_id))
    _, status = os.waitpid(process_id, 0)
    os.write(status_pipe, b"%*d" % (NUMBER_BYTES, os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _apply_request(
    folder: str,
    environment: dict[str, str],
    arguments: list[str],
    address: str | None = None,
    file: str | None = None,
) -> str | None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    if address is not None:
        use_fake_discord(address)
    return file


if __name__ == "__main__":
    for name in PRELOADED:
        importlib.import_module(name)
    assert threading.active_count() == 1, "threads don't survive a fork"
    gc.freeze()
    # Ctrl-C is handled by the test run; nobody waits for the supervisors.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    file = serve_requests(socket.socket(fileno=int(sys.argv[1])))
    if file is None:
        main(prog_name="mentorbot")
    else:
        runpy.run_path(file, run_name="__main__")
