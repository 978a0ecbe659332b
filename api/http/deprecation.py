"""Operations that will be removed: one table says which, since when and until when.

Their responses have `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and a link to what replaces them;
the OpenAPI document marks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.request_context import add_header


@dataclass(frozen=True, slots=True)
class Deprecation:
    """When an operation was deprecated, when it will be removed, and a page about it.

    `sunset` is None while that isn't decided. Instants are in UTC.
    """

    since: datetime
    page: str
    sunset: datetime | None = None


DEPRECATED: Mapping[str, Deprecation] = {}
"""Deprecated operations by the names of their handlers."""


class DeprecationMiddleware:
    """Add the headers to the responses of deprecated operations, by the names of their handlers."""

    def __init__(self, app: ASGIApp, *, deprecated: Mapping[str, Deprecation]) -> None:
        self._app, self._deprecated = app, deprecated

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                name = getattr(scope.get("route"), "name", None)
                if deprecation := self._deprecated.get(str(name)):
                    _add_headers(scope, deprecation)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _add_headers(scope: Scope, deprecation: Deprecation) -> None:
    # A date of structured fields (RFC 9651, section 3.3.7): seconds since 1970.
    add_header(scope, "Deprecation", f"@{int(deprecation.since.timestamp())}")
    if deprecation.sunset is not None:
        add_header(scope, "Sunset", format_datetime(deprecation.sunset, usegmt=True))
    add_header(scope, "Link", f'<{deprecation.page}>; rel="deprecation"; type="text/html"')
