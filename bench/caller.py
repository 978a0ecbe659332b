"""Another process that calls a server: as little as can be between a call and its answer.

    python caller.py PORT WARM_UP < a JSON list of HTTP requests

Prints the seconds that all took after the first WARM_UP; exit code 1 if one was refused.
"""

from __future__ import annotations

import json
import socket
import sys
import time


def call(port: int, calls: list[str], warm_up: int) -> float:
    """The other process: as little as can be between a call and its answer."""
    connection = socket.create_connection(("127.0.0.1", port))
    answers = connection.makefile("rb")
    started = time.perf_counter()
    for number, text in enumerate(calls):
        if number == warm_up:
            started = time.perf_counter()
        connection.sendall(text.encode())
        status = answers.readline()
        length = 0
        while (line := answers.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = answers.read(length)
        if not status.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            raise SystemExit(f"{status!r} {body!r}")
    return time.perf_counter() - started


if __name__ == "__main__":
    print(call(int(sys.argv[1]), json.load(sys.stdin), int(sys.argv[2])))
