"""Compress responses with gzip, for clients that accept it."""

from __future__ import annotations

import gzip
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_BYTES = 1_000
"""Shorter bodies fit into one packet anyway."""

LEVEL = 4
"""About as small as the highest level, for a fraction of the time."""

_COMPRESSIBLE = re.compile(r"(text/|application/(json|javascript|[a-z]+\+json)\b)")
_GZIP = re.compile(r"(?:^|,)\s*(?:x-)?(gzip|\*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?(?=,|$)")


class CompressionMiddleware:
    """Compress the bodies of JSON and of text that arrive in one piece.

    A response with a strong `ETag` isn't compressed: its tag would be that of other bytes (RFC
    9110, section 8.8.1).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        accepts = accepts_gzip(Headers(scope=scope).get("accept-encoding", ""))
        start: Message | None = None

        async def send_compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                if _is_compressible(headers):
                    headers.add_vary_header("Accept-Encoding")
                    message = {**message, "headers": headers.raw}
                    if accepts:
                        start = message
                        return
            elif start is not None:
                started, start = start, None
                if not message.get("more_body", False):
                    started, message = _compress(started, message)
                await send(started)
            await send(message)

        await self._app(scope, receive, send_compressed)


def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether a client accepts gzip (RFC 9110, section 12.5.3)."""
    weights = {name: float(q or 1) for name, q in _GZIP.findall(accept_encoding.lower())}
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _is_compressible(headers: Headers) -> bool:
    if "content-encoding" in headers or headers.get("etag", "W/").startswith('"'):
        return False
    if _COMPRESSIBLE.match(headers.get("content-type", "")) is None:
        return False
    length = headers.get("content-length", "")
    return length.isdecimal() and int(length) >= MIN_BYTES


def _compress(start: Message, body: Message) -> tuple[Message, Message]:
    compressed = gzip.compress(body["body"], LEVEL, mtime=0)
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(compressed))
    return {**start, "headers": headers.raw}, {**body, "body": compressed}
