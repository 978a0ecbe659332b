"""Limits of HTTP connections: how many, how long a request may take to arrive, how large.

uvicorn has no limit for the time or the size of a request's headers. A client that opens many
connections and sends a byte now and then, or an endless request, could otherwise use all
connections or all memory. When all connections are in use, the one that has been waiting longest
for a request is closed, so other clients are served even during such an attack.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

log = logging.getLogger(__name__)

MAX_HEADER_BYTES = 64 * 1024
"""The size of a request line with its headers. Tokens have at most 4 KiB."""

HEADER_TIMEOUT_S = 10.0
"""Seconds in which a request's headers have to arrive, from its first byte or the connection."""

RESERVED_FILES = 200
"""File descriptors that are reserved for the database, the log and Discord."""


@dataclass(slots=True, eq=False)
class ConnectionLimits:
    """The open connections of one server, at most `most`."""

    most: int
    header_timeout_s: float = HEADER_TIMEOUT_S
    # In the order in which they began to wait.
    waiting: dict[LimitedProtocol, None] = field(default_factory=dict)
    open: set[LimitedProtocol] = field(default_factory=set)

    def admit(self, connection: LimitedProtocol) -> bool:
        """Count a new connection. Returns False to refuse it, since all others are busy."""
        if len(self.open) >= self.most:
            oldest = next(iter(self.waiting), None)
            if oldest is None:
                log.warning("too many HTTP connections", extra={"most": self.most})
                return False
            oldest.end("closed for a new connection")
        self.open.add(connection)
        return True

    def protocol(self, **options: Any) -> LimitedProtocol:
        """Create the protocol of a connection; uvicorn calls this instead of a class."""
        return LimitedProtocol(limits=self, **options)


class LimitedProtocol(AutoHTTPProtocol):  # type: ignore[misc,valid-type]  # chosen at run time
    """One connection. Either it waits for a request's headers, or a request is being answered."""

    def __init__(self, *, limits: ConnectionLimits, **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._deadline: asyncio.TimerHandle | None = None
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if self._limits.admit(self):
            self._wait_for_headers()
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._is_answering:
            super().data_received(data)
            return
        if self._deadline is None:
            # The first bytes of another request on the same connection.
            self._wait_for_headers()
        self._header_bytes += len(data)
        super().data_received(data)
        if self._is_answering:
            self._stop_waiting()
        elif self._header_bytes > MAX_HEADER_BYTES:
            self.end("headers too large")

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._is_answering and not self.transport.is_closing():
            # uvicorn soon ends a connection that sends nothing more; one in need ends it at once.
            self._limits.waiting[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._limits.open.discard(self)
        super().connection_lost(exc)

    def end(self, reason: str) -> None:
        """Drop the connection at once."""
        log.info("HTTP connection dropped", extra={"reason": reason})
        self._stop_waiting()
        self._limits.open.discard(self)
        self.transport.abort()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait_for_headers(self) -> None:
        self._header_bytes = 0
        self._limits.waiting.pop(self, None)
        self._limits.waiting[self] = None
        self._deadline = asyncio.get_running_loop().call_later(
            self._limits.header_timeout_s, self.end, "headers too slow"
        )

    def _stop_waiting(self) -> None:
        self._limits.waiting.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def most_connections(wanted: int) -> int:
    """Return how many connections the process can serve: `wanted`, or as open files allow."""
    files, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return wanted
    possible = max(10, files - RESERVED_FILES)
    if possible < wanted:
        log.warning(
            "the limit of open files allows fewer HTTP connections than max_connections",
            extra={"max_connections": wanted, "possible": possible, "files": files},
        )
    return min(wanted, possible)
