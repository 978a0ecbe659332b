"""Clients that hold connections, or send slowly or endlessly, don't block others."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from mentorbot.http import limits as http_limits
from mentorbot.http.limits import MAX_HEADER_BYTES, ConnectionLimits
from tests.api.server import ApiServer, serve_app

HALF_A_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
MOST = 8

app = FastAPI()
_started: list[str] = []
_release = asyncio.Event()


@app.get("/healthz")
async def healthz() -> str:
    return "ok"


@app.get("/slow")
async def slow() -> str:
    _started.append("slow")
    await _release.wait()
    return "done"


@asynccontextmanager
async def serve(header_timeout_s: float = 60.0) -> AsyncIterator[tuple[ApiServer, int]]:
    limits = ConnectionLimits(MOST, header_timeout_s)
    async with serve_app(app, http=limits.protocol) as api:
        yield api, urlsplit(api.address).port or 0


class RawClient:
    """A connection that sends bytes as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, port: int, data: bytes = b"") -> RawClient:
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        client.writer.write(data)
        await client.writer.drain()
        return client

    async def is_dropped(self) -> bool:
        """Return whether the server ends the connection without an answer."""
        try:
            async with asyncio.timeout(10):
                return await self.reader.read() == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.writer.close()


async def get(api: ApiServer, path: str = "/healthz") -> httpx.Response:
    async with httpx.AsyncClient(base_url=api.address, verify=False, timeout=10) as client:
        return await client.get(path)


@pytest.mark.parametrize("data", [HALF_A_REQUEST, b""], ids=["half a request", "nothing"])
async def test_the_longest_waiting_connection_makes_room_for_a_new_one(data: bytes) -> None:
    async with serve() as (api, port):
        holders = [await RawClient.connect(port, data) for _ in range(MOST * 3)]
        for _ in range(MOST):
            assert (await get(api)).text == '"ok"'
        assert await holders[0].is_dropped()
        for holder in holders:
            holder.close()


async def test_idle_connections_make_room_after_an_answer() -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with serve() as (api, port):
        holders = [await RawClient.connect(port, whole) for _ in range(MOST)]
        for holder in holders:
            await holder.reader.readuntil(b'"ok"')
        for _ in range(MOST):
            assert (await get(api)).text == '"ok"'
        assert await holders[0].is_dropped()
        for holder in holders:
            holder.close()


@pytest.mark.parametrize("data", [HALF_A_REQUEST, b""], ids=["half a request", "nothing"])
async def test_a_request_that_takes_too_long_to_arrive_is_dropped(data: bytes) -> None:
    async with serve(header_timeout_s=0.05) as (_api, port):
        client = await RawClient.connect(port, data)
        assert await client.is_dropped()
        client.close()


async def test_slow_bytes_do_not_extend_the_time_limit() -> None:
    async with serve(header_timeout_s=0.3) as (_api, port):
        client = await RawClient.connect(port, HALF_A_REQUEST)
        dropped = asyncio.create_task(client.is_dropped())
        async with asyncio.timeout(5):
            while not dropped.done():
                client.writer.write(b"x")
                await asyncio.wait([dropped], timeout=0.05)
        assert await dropped
        client.close()


async def test_the_second_request_of_a_connection_has_its_own_time() -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with serve(header_timeout_s=0.3) as (_api, port):
        client = await RawClient.connect(port, whole)
        answer = await client.reader.readuntil(b'"ok"')
        assert answer.startswith(b"HTTP/1.1 200")
        client.writer.write(whole + HALF_A_REQUEST)
        assert (await client.reader.readuntil(b'"ok"')).startswith(b"HTTP/1.1 200")
        client.writer.write(b"x")
        assert await client.is_dropped()
        client.close()


async def test_headers_without_an_end_are_dropped() -> None:
    async with serve() as (api, port):
        client = await RawClient.connect(port, HALF_A_REQUEST)
        sent = 0
        try:
            while sent < 100 * MAX_HEADER_BYTES:
                client.writer.write(b"x" * 16_384)
                sent += 16_384
                await client.writer.drain()
        except ConnectionError:
            pass
        assert sent < 100 * MAX_HEADER_BYTES
        assert (await get(api)).text == '"ok"'
        client.close()


async def test_busy_connections_are_not_closed_for_new_ones(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _started.clear()
    _release.clear()
    async with serve() as (_api, port):
        busy = [
            await RawClient.connect(port, b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            for _ in range(MOST)
        ]
        while len(_started) < MOST:
            await asyncio.sleep(0)
        assert await (await RawClient.connect(port, HALF_A_REQUEST)).is_dropped()
        _release.set()
        for client in busy:
            assert (await client.reader.readuntil(b'"done"')).startswith(b"HTTP/1.1 200")
            client.close()
    assert [record.message for record in caplog.records if record.name == http_limits.__name__] == [
        "too many HTTP connections"
    ]


def test_the_limit_of_open_files_bounds_connections(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1_024, 1_024))
    assert http_limits.most_connections(500) == 500
    assert not caplog.records
    assert http_limits.most_connections(1_000) == 824
    assert "fewer HTTP connections" in caplog.text
