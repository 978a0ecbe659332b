"""Give each request its id and trace, and each response the headers that belong on all of them.

A request keeps the `X-Request-Id` that it came with, and its trace continues (`traceparent`, W3C
Trace Context). Both are in the response, in each log line of the request, and as `instance` in its
problems.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import context
from api.http.context import RequestContext

REQUEST_ID_HEADER = "X-Request-Id"
TRACE_HEADER = "traceparent"

_HEADERS_KEY = "mentorbot.headers"


def add_header(scope: Scope, name: str, value: str) -> None:
    """Add a header to the response of a request, whichever part of the app sends it."""
    headers: list[tuple[bytes, bytes]] | None = scope.get(_HEADERS_KEY)
    if headers is not None:
        headers.append((name.lower().encode(), value.encode("latin-1")))


class RequestContextMiddleware:
    """Set the context of each request, and send its headers with the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope)
        request = RequestContext.read(sent.get(REQUEST_ID_HEADER), sent.get(TRACE_HEADER))
        headers = scope[_HEADERS_KEY] = [
            (b"x-request-id", request.request_id.encode()),
            (b"traceparent", request.traceparent.encode()),
            (b"x-content-type-options", b"nosniff"),
        ]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        with context.handling(request):
            await self._app(scope, receive, send_with_headers)
