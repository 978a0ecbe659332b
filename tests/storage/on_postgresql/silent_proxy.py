"""A TCP proxy to a PostgreSQL server that can go silent, as a host that vanishes does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from tests.storage.on_postgresql.server import PostgresServer


@dataclass
class SilentProxy:
    """Forwards bytes in both directions until `silence`; the sockets stay open.

    To what contains `refused`, it answers itself, with an error of that code. `refusals`
    says how often.

    When a client sends `lost_request`, its connection is closed instead of forwarding that. When it
    sends `lost_answer`, its connection is closed when the server has answered. Either happens once.
    With `is_gone_afterwards`, all connections are closed then, and new ones refused.

    `connections` counts the clients that are connected, also while the proxy is silent.
    """

    socket: Path
    port: int = 0
    connections: int = 0
    refusals: int = 0
    is_open: bool = True
    refused: tuple[bytes, str] | None = None
    lost_request: bytes | None = None
    lost_answer: bytes | None = None
    is_gone_afterwards: bool = False
    is_gone: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _unanswered: asyncio.StreamWriter | None = None

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://mentorbot@127.0.0.1:{self.port}/{database}?ssl=disable"

    def silence(self) -> None:
        """Stop forwarding in both directions, without closing any connection."""
        self.is_open = False

    def restore(self) -> None:
        """Forward what new connections send. What the others have sent meanwhile is lost."""
        self._close_connections()
        self.is_open, self.is_gone = True, False

    def _close_connections(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _lose(self, what: str) -> NoReturn:
        """Close the connection of the current task, or all of them."""
        if self.is_gone_afterwards:
            self.is_gone = True
            self._close_connections()
        raise EOFError(f"{what} is lost")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            if self.is_gone:
                return
            # A client that connects while the proxy is silent gets no answer.
            while not self.is_open and await reader.read(65_536):
                pass
            from_server, to_server = await asyncio.open_unix_connection(str(self.socket))
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._forward(reader, to_server, writer))
                    both.create_task(self._forward(from_server, writer, to_server))
            finally:
                to_server.close()
        except* (OSError, EOFError):
            pass
        finally:
            self.connections -= 1
            self._tasks.discard(task)
            writer.close()

    async def _forward(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
    ) -> None:
        while content := await source.read(65_536):
            if self.refused is not None and self.refused[0] in content:
                back.write(error_response(self.refused[1]))
                self.refusals += 1
            elif self.lost_request is not None and self.lost_request in content:
                self.lost_request = None
                self._lose("what the client has sent")
            elif self.lost_answer is not None and self.lost_answer in content:
                self.lost_answer, self._unanswered = None, back
                target.write(content)
            elif target is self._unanswered:
                self._unanswered = None
                self._lose("the server's answer")
            elif self.is_open:
                target.write(content)
                await target.drain()
        raise EOFError("one side has closed its connection")


def error_response(code: str) -> bytes:
    """Return an error and that the server is ready, in PostgreSQL's protocol.

    https://www.postgresql.org/docs/current/protocol-message-formats.html
    """
    fields = f"SERROR\0VERROR\0C{code}\0Mrefused by the proxy\0\0".encode()
    return b"E" + (len(fields) + 4).to_bytes(4) + fields + b"Z" + (5).to_bytes(4) + b"I"


@asynccontextmanager
async def silent_proxy(server: PostgresServer) -> AsyncIterator[SilentProxy]:
    """Run a proxy to a server while the context is open."""
    proxy = SilentProxy(server.folder / ".s.PGSQL.5432")
    listener = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        proxy.restore()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*proxy._tasks, return_exceptions=True)
