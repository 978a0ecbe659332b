"""Another process that calls a server: as little as can be between a call and its answer.

    python caller.py PORT CONNECTIONS [CORES] < a JSON list of HTTP requests

Prints the seconds that all took, shared out among so many connections; fails if one was refused.
CORES (0,2) are those to keep to.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def call(port: int, calls: list[str]) -> None:
    """Make the calls, one after the other, on one connection."""
    connection = socket.create_connection(("127.0.0.1", port))
    answers = connection.makefile("rb")
    for text in calls:
        connection.sendall(text.encode())
        status = answers.readline()
        length = 0
        while (line := answers.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = answers.read(length)
        if not status.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            raise RuntimeError(f"{status!r} {body!r}")


def main(port: int, connections: int, calls: list[str]) -> float:
    """Seconds for all of them."""
    shares = [calls[number::connections] for number in range(connections)]
    started = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        for done in [threads.submit(call, port, share) for share in shares]:
            done.result()
    return time.perf_counter() - started


if __name__ == "__main__":
    if sys.argv[3:] and sys.argv[3]:
        os.sched_setaffinity(0, map(int, sys.argv[3].split(",")))
    print(main(int(sys.argv[1]), int(sys.argv[2]), json.load(sys.stdin)))
