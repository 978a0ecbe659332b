"""Runs `mentorbot`, and programs of the tests' own, as often as it is asked to.

python -m tests.mentorbot.fork_server FD

Imports are nearly all of a start, and the tests start programs more than a hundred times: here they
are done once. Each start is a process of its own nevertheless, with the folder, environment and
arguments it was asked for, and an interpreter that ends as any does. A keeper waits for it, and
tells its number first and its exit code at last, to who can't wait for it as a parent would.
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
from tests.mentorbot.run_against_fake_discord import face

IMPORTED = (
    "mentorbot.checks",
    "mentorbot.maintenance",
    "mentorbot.data_requests",
    "mentorbot.program",
    "mentorbot.api_server",
    "mentorbot.tokens",
    "storage.data_migration",
)
"""What the commands import when they run."""

NUMBER = 10
"""Bytes of each number that a keeper tells."""


def serve(asked: socket.socket) -> str | None:
    """Return once for each start that is asked for, in the process that it is to be: the file that
    it is to run, None for `mentorbot`.

    A start is asked for by a line of JSON, with the descriptors of its three streams and of what
    the keeper tells.
    """
    while True:
        line, descriptors, _, _ = socket.recv_fds(asked, 1 << 16, 4)
        if not line:
            raise SystemExit
        while not line.endswith(b"\n"):
            line += asked.recv(1 << 16)
        if os.fork() == 0:
            asked.close()
            *streams, told = descriptors
            if _keep(told):
                for number, stream in enumerate(streams):
                    os.dup2(stream, number)
                for descriptor in descriptors:
                    os.close(descriptor)
                return _become(**json.loads(line))
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(told: int) -> bool:
    """True in the process that is started. Its keeper ends with it, and never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    number = os.fork()
    if number == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return True
    os.write(told, b"%*d" % (NUMBER, number))
    _, status = os.waitpid(number, 0)
    os.write(told, b"%*d" % (NUMBER, os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _become(
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
        face(address)
    return file


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a thread would not be in what is forked"
    gc.freeze()
    # Ctrl-C is for whoever asks; keepers are waited for by nobody.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    file = serve(socket.socket(fileno=int(sys.argv[1])))
    if file is None:
        main(prog_name="mentorbot")
    else:
        runpy.run_path(file, run_name="__main__")
