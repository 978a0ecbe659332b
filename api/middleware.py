"""Middleware: every API request is checked before it is routed.

In this order: the token, the caller's rate limits, the size and media type of the body. Without a
valid token nobody learns anything, not even which paths exist.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from http import HTTPStatus

from pydantic_core import PydanticCustomError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import auth
from api.auth import Claims, InvalidToken, TokenVerifier
from api.http.request_context import add_header
from api.problems import problem_response
from api.rate_limits import Allowance, RateLimiter, rate_limit_exceeded, rate_limit_headers
from api.schemas.base import parse_id
from wording.translation import _, ngettext, sentences

log = logging.getLogger(__name__)

BASE_PATH = "/api/mentorship"
"""The path prefix of every request that needs a token."""

MAX_BODY_BYTES = 64 * 1024

BODY_LIMITS = {f"{BASE_PATH}/ranks": 256 * 1024}
"""Limits in bytes of paths that take long lists."""

BODY_TIMEOUT_S = 10.0
"""Seconds in which the body of a request has to arrive."""

REFUSALS_PER_MINUTE = 60
"""Requests without a valid token that an address may send in a minute before they get 429."""

ACT_AS_HEADER = "Act-As"
"""The header with the id of the member for whom a service makes a request."""

CLAIMS_KEY = "mentorbot.claims"
"""The key of the token's claims in the ASGI scope. Other paths than the API's have none."""


class AuthenticationMiddleware:
    """Answer 401 to API requests without a valid token; add the claims of others to the scope.

    An address that sends more than `REFUSALS_PER_MINUTE` of them gets 429 instead, and they aren't
    logged. Requests with a valid token from the same address are served all the same.
    """

    def __init__(self, app: ASGIApp, *, verifier: TokenVerifier) -> None:
        self._app, self._verifier = app, verifier
        self._refusals = RateLimiter(REFUSALS_PER_MINUTE, "without-token")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and (path == BASE_PATH or path.startswith(BASE_PATH + "/")):
            headers = Headers(scope=scope)
            # Responses depend on the token, so no cache may keep them.
            add_header(scope, "Cache-Control", "no-store")
            try:
                scope[CLAIMS_KEY] = self._claims(headers)
            except InvalidToken as error:
                client = scope.get("client")
                address = client[0] if client else ""
                allowance = self._refusals.take(address)
                if allowance.retry_after_s:
                    await _too_many_requests([allowance])(scope, receive, send)
                    return
                fields = {"reason": str(error), "path": path, "address": address}
                log.warning("request refused", extra=fields)
                await _unauthorized(headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _claims(self, headers: Headers) -> Claims:
        credentials = headers.getlist("authorization")
        if len(credentials) != 1:
            raise InvalidToken("there are several tokens" if credentials else "there is no token")
        scheme, _, token = credentials[0].partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise InvalidToken("the credentials are not a bearer token")
        return self._verifier.verify(token.strip())


def _unauthorized(headers: Headers) -> ASGIApp:
    # RFC 6750, section 3: an error code only if the request has credentials.
    error = ', error="invalid_token"' if "authorization" in headers else ""
    return problem_response(
        HTTPStatus.UNAUTHORIZED,
        "unauthorized",
        _(
            "This request needs a valid token: {header}. The API's log says why this one was not "
            "accepted.",
            header="Authorization: Bearer <JWT>",
        ),
        headers={"WWW-Authenticate": f'Bearer realm="mentorbot"{error}'},
    )


class RateLimitMiddleware:
    """Answer 429 to callers above their limits; tell others what is left of them.

    Each member has a limit, whoever makes the request for them. A token with the scope `service`
    has one of its own for all members together.
    """

    def __init__(self, app: ASGIApp, *, members: RateLimiter, services: RateLimiter) -> None:
        self._app, self._members, self._services = app, members, services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        claims: Claims | None = scope.get(CLAIMS_KEY)
        if claims is None:
            await self._app(scope, receive, send)
            return
        allowances = self._take(claims, Headers(scope=scope).get(ACT_AS_HEADER))
        if any(allowance.retry_after_s for allowance in allowances):
            await _too_many_requests(allowances)(scope, receive, send)
            return
        for name, value in rate_limit_headers(allowances).items():
            add_header(scope, name, value)
        await self._app(scope, receive, send)

    def _take(self, claims: Claims, act_as: str | None) -> list[Allowance]:
        user_id = claims.user_id
        if auth.Scope.SERVICE not in claims.scopes:
            return [self._members.take((claims.guild_id, user_id))]
        # An invalid id is refused later; until then it counts for the service itself.
        member_id = _member_id(act_as) or user_id
        member = self._members.take((claims.guild_id, member_id))
        if member.retry_after_s:
            return [member]
        return [member, self._services.take((claims.guild_id, user_id))]


def _member_id(act_as: str | None) -> int | None:
    try:
        return None if act_as is None else parse_id(act_as)
    except PydanticCustomError:
        return None


def _too_many_requests(allowances: Sequence[Allowance]) -> ASGIApp:
    exhausted = max(allowances, key=lambda allowance: allowance.retry_after_s)
    return problem_response(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too-many-requests",
        sentences(
            rate_limit_exceeded(exhausted.limit),
            ngettext(
                "Retry in {count} second.",
                "Retry in {count} seconds.",
                exhausted.retry_after_s,
            ),
        ),
        headers=rate_limit_headers(allowances),
    )


class BodyLimitMiddleware:
    """Answer 413 to API requests with too large a body, and 415 to other bodies than JSON.

    Answer 408 to those whose body takes longer than `BODY_TIMEOUT_S` to arrive.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if CLAIMS_KEY not in scope:
            await self._app(scope, receive, send)
            return
        limit = BODY_LIMITS.get(scope["path"], MAX_BODY_BYTES)
        error = _body_error(Headers(scope=scope), limit)
        if error is not None:
            await problem_response(*error)(scope, receive, send)
            return
        await self._app(scope, _limit_body(receive, limit), send)


_ProblemArgs = tuple[HTTPStatus, str, str]


def _body_error(headers: Headers, limit: int) -> _ProblemArgs | None:
    """Return what is wrong with the body according to its headers, or None."""
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        return _too_large(limit)
    if length in ("", "0") and "transfer-encoding" not in headers:
        return None
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        return (
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            _("The body must be JSON: {header}.", header="Content-Type: application/json"),
        )
    return None


def _too_large(limit: int) -> _ProblemArgs:
    return (
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "content-too-large",
        ngettext(
            "The body is larger than {count} byte.", "The body is larger than {count} bytes.", limit
        ),
    )


def _limit_body(receive: Receive, limit: int) -> Receive:
    """Wrap `receive`: the body of a chunked request has no Content-Length to check."""
    received = 0
    is_complete = False
    deadline = asyncio.get_running_loop().time() + BODY_TIMEOUT_S

    async def limited_receive() -> Message:
        nonlocal received, is_complete
        try:
            # After the body there is nothing to wait for but the end of the connection.
            async with asyncio.timeout_at(None if is_complete else deadline):
                message = await receive()
        except TimeoutError:
            raise HTTPException(
                HTTPStatus.REQUEST_TIMEOUT,
                ngettext(
                    "The body didn't arrive within {count} second.",
                    "The body didn't arrive within {count} seconds.",
                    round(BODY_TIMEOUT_S),
                ),
            ) from None
        if message["type"] == "http.request":
            is_complete = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > limit:
                status, _code, detail = _too_large(limit)
                raise HTTPException(status, detail)
        return message

    return limited_receive
