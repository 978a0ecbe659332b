"""A minimal HTTP client that runs in its own process, so that it costs the server nothing.

    python http_client.py PORT CONNECTIONS [CORES] < a JSON list of HTTP requests

Sends the requests over CONNECTIONS connections and prints the seconds that all took. Fails if a
response isn't 200, 201 or 304. CORES (such as 0,2) are the CPU cores to run on.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def send_requests(port: int, requests: list[str]) -> None:
    """Send the requests one after the other on one connection."""
    connection = socket.create_connection(("127.0.0.1", port))
    responses = connection.makefile("rb")
    for text in requests:
        connection.sendall(text.encode())
        status = responses.readline()
        length = 0
        while (line := responses.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = responses.read(length)
        if not status.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 304")):
            raise RuntimeError(f"{status!r} {body!r}")


def main(port: int, connections: int, requests: list[str]) -> float:
    """Send all requests; returns the seconds that it took."""
    shares = [requests[number::connections] for number in range(connections)]
    started = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        for future in [threads.submit(send_requests, port, share) for share in shares]:
            future.result()
    return time.perf_counter() - started


if __name__ == "__main__":
    if sys.argv[3:] and sys.argv[3]:
        os.sched_setaffinity(0, map(int, sys.argv[3].split(",")))
    print(main(int(sys.argv[1]), int(sys.argv[2]), json.load(sys.stdin)))
