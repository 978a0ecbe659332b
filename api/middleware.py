"""What every call of the API passes before anything is made of it.

In this order: a valid token, the rate of its caller, the size and the kind of the body. So whoever
has no token learns nothing, not even which addresses there are.
"""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Caller, InvalidToken, Verifier
from api.problems import problem
from api.rate_limits import RateLimiter

log = logging.getLogger(__name__)

BASE = "/api/mentorship"
"""Where everything begins that needs a token."""

LARGEST_BODY = 64 * 1024
"""Bytes."""

CALLER = "mentorbot.caller"
"""Where in the ASGI scope the caller stands."""


class Gate:
    """An ASGI app around another."""

    def __init__(self, app: ASGIApp, *, verifier: Verifier, limiter: RateLimiter) -> None:
        self._app, self._verifier, self._limiter = app, verifier, limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == BASE or path.startswith(BASE + "/")):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            caller = self._caller(headers)
        except InvalidToken as error:
            log.warning("a call was refused", extra={"reason": str(error), "path": path})
            await _unauthorized(headers)(scope, receive, send)
            return
        allowance = self._limiter.take((caller.guild_id, caller.user_id))
        told = allowance.headers
        if allowance.wait:
            answer = problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too-many-requests",
                f"That were more than {allowance.limit} calls a minute. "
                f"Wait {allowance.wait} seconds before the next one.",
                headers=told,
            )
            await answer(scope, receive, send)
            return

        # What one caller is told is nobody else's.
        beside = [
            (name.lower().encode(), value.encode())
            for name, value in (told | {"Cache-Control": "no-store"}).items()
        ]

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *beside]
            await send(message)

        refusal = _refused_body(headers)
        if refusal is not None:
            await problem(*refusal)(scope, receive, tell)
            return
        scope[CALLER] = caller
        await self._app(scope, _limited(receive), tell)

    def _caller(self, headers: Headers) -> Caller:
        sent = headers.getlist("authorization")
        if len(sent) != 1:
            raise InvalidToken("there is no token" if not sent else "there are several tokens")
        scheme, _, token = sent[0].partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise InvalidToken("the credentials are no bearer token")
        return self._verifier.verify(token.strip())


def _unauthorized(headers: Headers) -> ASGIApp:
    # RFC 6750, section 3: an error code only for whoever has sent a token.
    sent = "authorization" in headers
    challenge = 'Bearer realm="mentorbot"' + (', error="invalid_token"' if sent else "")
    return problem(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        "This call needs a valid token: Authorization: Bearer <JWT>. "
        "Why this one was not accepted stands in the log of the API.",
        headers={"WWW-Authenticate": challenge},
    )


_Refusal = tuple[HTTPStatus, str, str]


def _refused_body(headers: Headers) -> _Refusal | None:
    """Why a body won't be read, by its headers alone; None if it will."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > LARGEST_BODY:
        return _too_large()
    if length in ("", "0") and "transfer-encoding" not in headers:
        return None
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return (
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "A body has to be JSON: Content-Type: application/json.",
        )
    return None


def _too_large() -> _Refusal:
    return (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "content-too-large",
        f"A body has at most {LARGEST_BODY:,} bytes.",
    )


def _limited(receive: Receive) -> Receive:
    """What `receive` gives, until it is too much: a body may come without its length."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                status, _, detail = _too_large()
                raise HTTPException(status, detail)
        return message

    return limited
