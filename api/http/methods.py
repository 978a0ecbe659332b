"""`HEAD` wherever `GET` is, `OPTIONS` everywhere, `Allow` in full (RFC 9110, section 9)."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""The methods that routes have of their own."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods that change nothing."""


def allowed_methods(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """Return the methods that the path of a request has; none if there is nothing at the path."""
    found: set[str] = set()
    for route in routes:
        for method in METHODS:
            match, _ = route.matches(_with_method(scope, method))
            if match is Match.FULL:
                found |= {"GET"} if isinstance(route, Mount) else {method}
    if not found:
        return []
    if "GET" in found:
        found.add("HEAD")
    return [*(name for name in ("GET", "HEAD", *METHODS[1:]) if name in found), "OPTIONS"]


def allow_header(routes: Iterable[BaseRoute], scope: Scope) -> dict[str, str]:
    """Return the header `Allow` for the path of a request."""
    return {"Allow": ", ".join(allowed_methods(routes, scope))}


class HeadMiddleware:
    """Answer `HEAD` as `GET`, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # The server looks at the method of its own scope, so the routes get a copy.
        inner = _with_method(scope, "GET")
        try:
            await self._app(inner, receive, send_without_body)
        finally:
            scope.update({name: inner[name] for name in ("route",) if name in inner})


class OptionsMiddleware:
    """Answer `OPTIONS` with the methods of the path. A path that doesn't exist is left to the app.

    `routes` are those of the whole app.
    """

    def __init__(self, app: ASGIApp, *, routes: Iterable[BaseRoute]) -> None:
        self._app, self._routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            headers = allow_header(self._routes, scope)
            if headers["Allow"]:
                await Response(None, HTTPStatus.NO_CONTENT, headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _with_method(scope: Scope, method: str) -> Scope:
    return {**scope, "method": method}
