"""Serve an app over HTTP in this process's event loop, with limits for its clients."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from mentorbot.errors import AddressUnavailable, CannotStart
from mentorbot.http.limits import ConnectionLimits, most_connections
from mentorbot.settings import SHUTDOWN_GRACE_S

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen, and for how many connections. `name` is for the log: "API".

    Port 0 is any free one.
    """

    name: str
    host: str
    port: int
    max_connections: int


@asynccontextmanager
async def serve(app: Any, listener: Listener) -> AsyncIterator[int]:
    """Serve an ASGI app while the context is open; yields the port.

    On exit, requests in progress may finish. Raises `CannotStart` if the port can't be used,
    and `AddressUnavailable` if it may soon be.
    """
    # Bind here: if uvicorn can't bind, it ends the whole process.
    sock = socket.socket(
        socket.AF_INET6 if ":" in listener.host else socket.AF_INET,
        socket.SOCK_STREAM,
        # asyncio only turns off Nagle's algorithm, which delays each response by 40 ms, if the
        # protocol is given.
        socket.IPPROTO_TCP,
    )
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((listener.host, listener.port))
        # From here on, clients can connect and wait until uvicorn answers.
        sock.listen()
    except OSError as error:
        sock.close()
        address = f"{listener.host}:{listener.port}"
        # After a restart the port is free, and at boot the address is there, in a moment.
        may_pass = error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL)
        raise (AddressUnavailable if may_pass else CannotStart)(
            f"The {listener.name} can't listen at {address}: {error.strerror}."
        ) from None
    server = _Server(
        uvicorn.Config(
            app,
            # uvicorn calls it with the arguments of a protocol class.
            http=ConnectionLimits(most_connections(listener.max_connections)).protocol,  # type: ignore[arg-type]
            # A WebSocket's connection would leave the protocol that counts connections.
            ws="none",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=int(SHUTDOWN_GRACE_S),
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[sock]), name=f"serve {listener.name}")
    port: int = sock.getsockname()[1]
    log.info(f"{listener.name} listening", extra={"host": listener.host, "port": port})
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signal handling to the program."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
