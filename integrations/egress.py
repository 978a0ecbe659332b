"""Requests to addresses that people gave, without a way into the network that the program runs in.

- The address is checked when a connection is made, after its name was resolved. A name that
  resolves to something else a moment later (DNS rebinding) gains nothing.
- Redirects are only followed where the caller says so, a few of them, and each is checked like the
  first address. No proxy from the environment is used.
- Certificates are verified.
- A request has limits: of time, and of the bytes that are read, after decompression, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum, auto
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from mentorship import web_addresses
from mentorship.web_addresses import UnusableAddress

TIMEOUT_S = 15.0
"""Seconds from the beginning of a request until the status of its answer is known."""

BODY_TIMEOUT_S = 2.0
"""Seconds after that in which the beginning of the answer's body is read."""

MAX_ANSWER = 64 * 1024
"""Bytes of an answer's body that are read at most."""

MAX_CONNECTIONS = 256
"""Callers limit the requests to one host. One that waited for a connection would use up its time.
"""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECRET_HEADERS = ("Authorization", "Cookie")
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}
"""The formats for zlib by content coding: gzip, or either of zlib and gzip by their header."""
_CHUNK_SIZE, _PIECE_SIZE = 64 * 1024, 512 * 1024
"""Bytes of a body that are read, and decompressed, in one turn of the event loop."""

_MAX_LOOKUPS = 16
"""Names that are resolved at once. The system's resolver blocks a thread for each."""


class Failure(StrEnum):
    """Why a request got no answer."""

    REFUSED = auto()
    """The address leads into a private network, or can't be called for another reason."""
    UNKNOWN_HOST = auto()
    UNREACHABLE = auto()
    """No connection, or it was closed before the answer was complete."""
    BAD_CERTIFICATE = auto()
    TIMEOUT = auto()
    BAD_ANSWER = auto()
    """The answer isn't HTTP, its headers are too large, or its compression is broken."""
    TOO_LARGE = auto()
    """The answer has more bytes than the caller reads, perhaps only after decompression."""
    TOO_MANY_REDIRECTS = auto()


class NoAnswer(Exception):
    """A request got no answer. `str()` is safe to show to the person who gave the address."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, and at most `MAX_ANSWER` bytes of its body."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx. Redirects are no success."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer. `url` is the address that gave it, after redirects."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    url: str

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


class _AddressRefused(OSError):
    """A connection to this address isn't allowed."""


class Egress:
    """Sends requests to addresses that people gave. Use as an async context manager.

    `allow_private` allows `http` and private addresses, for development. `tls` replaces the default
    settings of TLS, which verify certificates by the system's list.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._allow_private = allow_private
        self._tls = tls
        self._resolver = resolver
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=self._resolver or _SystemResolver(),
            socket_factory=self._create_socket,
            ssl=self._tls or True,
            limit=MAX_CONNECTIONS,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Accept"),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a POST request and return the answer, whatever its status. Raises `NoAnswer`.

        The answer counts as soon as its status and headers are there. What is missing of its body
        after `BODY_TIMEOUT_S` or `MAX_ANSWER` bytes is not waited for.
        """
        assert self._session is not None, "used outside of its context"
        try:
            address = web_addresses.parse(url, allow_private=self._allow_private)
            async with asyncio.timeout(self._timeout_s):
                # The URL is sent as it was given.
                response = await self._session.post(
                    URL(address.text, encoded=True),
                    data=body,
                    headers={**headers, "Accept-Encoding": "identity"},
                    allow_redirects=False,
                )
        except UnusableAddress:
            raise NoAnswer(Failure.REFUSED) from None
        except TimeoutError:
            raise NoAnswer(Failure.TIMEOUT) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswer(_classify(error)) from error
        try:
            return Answer(response.status, await _read_beginning(response))
        finally:
            # A connection whose answer was read to its end is used again.
            if response.content.at_eof():
                response.release()
            else:
                response.close()

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        max_bytes: int,
        timeout_s: float | None = None,
        max_redirects: int = 0,
    ) -> Response:
        """Send a request and return the whole answer, whatever its status. Raises `NoAnswer`.

        The body has at most `max_bytes` after decompression (gzip and deflate), and all of it must
        have arrived after `timeout_s`, by default the limit of this object, redirects included. A
        redirect keeps the method and the body, except 303 (RFC 9110, section 15.4). Only the first
        host gets the headers `Authorization` and `Cookie`.
        """
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        try:
            async with asyncio.timeout(limit_s):
                return await self._follow(method, url, headers, body, max_bytes, max_redirects)
        except UnusableAddress:
            raise NoAnswer(Failure.REFUSED) from None
        except TimeoutError:
            raise NoAnswer(Failure.TIMEOUT) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NoAnswer(_classify(error)) from error

    async def _follow(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        max_bytes: int,
        max_redirects: int,
    ) -> Response:
        assert self._session is not None, "used outside of its context"
        first_origin = None
        for _ in range(max_redirects + 1):
            address = URL(
                web_addresses.parse(url, allow_private=self._allow_private).text, encoded=True
            )
            first_origin = first_origin or address.origin()
            sent = CIMultiDict(headers)
            sent.setdefault("Accept-Encoding", "gzip, deflate")
            if address.origin() != first_origin:
                for secret in _SECRET_HEADERS:
                    sent.popall(secret, None)
            async with self._session.request(
                method, address, data=body, headers=sent, allow_redirects=False
            ) as response:
                location = response.headers.get("Location")
                if not (max_redirects and response.status in _REDIRECTS and location):
                    content = await _read_whole(response, max_bytes)
                    return Response(response.status, response.headers, content, str(address))
                if response.status == 303:
                    method, body = "GET", None
                url = str(address.join(URL(location.split("#")[0])))
        raise NoAnswer(Failure.TOO_MANY_REDIRECTS)

    def _create_socket(self, address_info: Any) -> socket.socket:
        """Create the socket for a connection to a resolved address. Raises `OSError`.

        The address is connected to next, so nothing can change between the check and the use.
        """
        family, kind, protocol, _, address = address_info
        if not self._allow_private and not web_addresses.is_public(ip_address(address[0])):
            raise _AddressRefused("the address isn't public")
        return socket.socket(family, kind, protocol)


async def _read_whole(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """Read and decompress a body. Raises `NoAnswer` if it has more than `max_bytes`.

    Neither may its compressed form have more: it could go on after its end, or expand to nothing.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", *_WINDOW_BITS):
        raise NoAnswer(Failure.BAD_ANSWER)
    inflate = zlib.decompressobj(_WINDOW_BITS[encoding]) if encoding in _WINDOW_BITS else None
    received, body = 0, bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_SIZE):
        received += len(chunk)
        for piece in (chunk,) if inflate is None else _decompress(inflate, chunk):
            body += piece
            if len(body) > max_bytes:
                raise NoAnswer(Failure.TOO_LARGE)
            # A chunk may expand a thousandfold, which others needn't wait for.
            await asyncio.sleep(0)
        if received > max_bytes:
            raise NoAnswer(Failure.TOO_LARGE)
    if inflate is not None and body and not inflate.eof:
        raise NoAnswer(Failure.BAD_ANSWER)
    return bytes(body)


def _decompress(inflate: Any, chunk: bytes) -> Iterator[bytes]:
    """Yield what a chunk expands to, in pieces of a limited size. Raises `NoAnswer`.

    What follows the end of the compressed data is left out.
    """
    try:
        while chunk and not inflate.eof:
            yield inflate.decompress(chunk, _PIECE_SIZE)
            chunk = inflate.unconsumed_tail
    except zlib.error:
        raise NoAnswer(Failure.BAD_ANSWER) from None


async def _read_beginning(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while len(body) < MAX_ANSWER:
                chunk = await response.content.read(MAX_ANSWER - len(body))
                if not chunk:
                    break
                body += chunk
    return bytes(body)


def _classify(error: Exception) -> Failure:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Failure.UNKNOWN_HOST
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Failure.BAD_CERTIFICATE
    if isinstance(error, aiohttp.ClientConnectorError):
        # Several refused addresses are raised as the first of them, since their text is the same.
        is_refusal = isinstance(error.os_error, _AddressRefused)
        return Failure.REFUSED if is_refusal else Failure.UNREACHABLE
    if isinstance(error, aiohttp.InvalidURL):
        return Failure.REFUSED
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return Failure.BAD_ANSWER
    return Failure.UNREACHABLE


class _SystemResolver(AbstractResolver):
    """Resolves names as the system does, in threads of its own.

    Names of slow servers would otherwise use up the threads that the rest of the program needs.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_MAX_LOOKUPS, thread_name_prefix="resolver")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()

        def look_up() -> list[Any]:
            return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)

        return [
            ResolveResult(
                hostname=host,
                host=address[0],
                port=address[1],
                family=found_family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found_family, _, protocol, _, address in await loop.run_in_executor(
                self._threads, look_up
            )
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
