"""Measure the requests of the API, by route and status."""

from __future__ import annotations

import time
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware import BASE_PATH
from api.monitoring import RequestMetrics, RequestObserver

OTHER = "other"
"""What is shown of requests that were refused before routing, and of unknown methods."""

OPERATOR_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths whose requests aren't measured: they come from monitoring, not from callers."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that are told apart. A client can invent any number of others."""


def ignore(_metrics: RequestMetrics) -> None:
    """Discard measurements; the default observer."""


class RequestMetricsMiddleware:
    """Call `observe` with the measurements of each request but those of monitoring.

    An exception that nobody has answered yet counts as status 500, which is what the client gets.
    """

    def __init__(self, app: ASGIApp, *, observe: RequestObserver) -> None:
        self._app, self._observe = app, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPERATOR_PATHS:
            await self._app(scope, receive, send)
            return
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR

        async def send_and_note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, send_and_note_status)
        finally:
            method = scope["method"] if scope["method"] in METHODS else OTHER
            seconds = time.perf_counter() - started
            self._observe(RequestMetrics(method, _route(scope), status, seconds))


def _route(scope: Scope) -> str:
    """Return the template of the path that the request was routed to."""
    path: str = getattr(scope.get("route"), "path", OTHER)
    # Versions of FastAPI differ in whether it is there.
    return path.removeprefix(BASE_PATH)
