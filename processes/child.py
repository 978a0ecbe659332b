"""The side of the process that does the work."""

from __future__ import annotations

import signal
import struct
import sys
from collections.abc import Callable

LENGTH = struct.Struct(">I")
"""The length of the message that follows it, in bytes."""


def serve(handle: Callable[[bytes], bytes]) -> None:
    """Answer requests from standard input on standard output until there are no more.

    `handle` returns the answer to a request. If it raises, the answer is empty, and standard error,
    which is the program's, says why.
    """
    # Ctrl-C in a terminal reaches all its processes; the program ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while header := requests.read(LENGTH.size):
        try:
            answer = handle(requests.read(*LENGTH.unpack(header)))
        except Exception:
            sys.excepthook(*sys.exc_info())
            answer = b""
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()
