"""Runs `mentorbot` as often as it is asked to, having imported it once.

python tests/mentorbot/fork_server.py FD

Imports are nearly all of a start, and the tests start the program more than a hundred times. Each
start is a process of its own nevertheless: with the folder, environment and arguments it was asked
for, and with an interpreter that ends as any does. A keeper waits for it, and tells its number
first and its exit code at last; those are all that one has to know who didn't start it oneself.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
import threading

from mentorbot.cli import main
from tests.mentorbot.against_standin import face

IMPORTED = (
    "mentorbot.checks",
    "mentorbot.keeping",
    "mentorbot.people",
    "mentorbot.program",
    "mentorbot.rest",
    "mentorbot.tokens",
    "storage.moving",
)
"""What the commands import when they run."""

NUMBER = 10
"""Bytes of each number that a keeper tells."""


def serve(asked: socket.socket) -> None:
    """Return once for each start that is asked for, in the process that it is to be.

    A start is asked for by a line of JSON, with the descriptors of its output, of its errors and
    of what the keeper tells.
    """
    while True:
        line, descriptors, _, _ = socket.recv_fds(asked, 1 << 16, 3)
        if not line:
            raise SystemExit
        while not line.endswith(b"\n"):
            line += asked.recv(1 << 16)
        if os.fork() == 0:
            asked.close()
            output, errors, told = descriptors
            if _keep(told):
                os.dup2(output, 1)
                os.dup2(errors, 2)
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
    folder: str, environment: dict[str, str], arguments: list[str], address: str | None
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    if address is not None:
        face(address)


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a thread would not be in what is forked"
    gc.freeze()
    # Ctrl-C is for whoever asks; keepers are waited for by nobody.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    serve(socket.socket(fileno=int(sys.argv[1])))
    main(prog_name="mentorbot")
