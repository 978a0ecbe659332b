"""Preconditions by entity tags: `If-Match` and `If-None-Match` (RFC 9110, section 13.1)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, invalid_header
from wording.translation import _, pgettext

IF_MATCH = "If-Match"
IF_NONE_MATCH = "If-None-Match"

IF_MATCH_PARAMETER: dict[str, Any] = {
    "parameters": [
        {
            "name": IF_MATCH,
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": 1000, "examples": ['"v2"']},
            "description": "The `ETag` that you have read, or several. If it has changed since, "
            "nothing is done (412). Without this header, or with `*`, it is done in any case.",
        }
    ]
}
"""`openapi_extra` of routes that read `If-Match`."""


def etag_header(thing: str) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses` of a route whose response has the `ETag` of `thing`."""
    schema = {
        "description": f"The version of the {thing}, to send as `If-Match`.",
        "schema": {"type": "string"},
    }
    return {int(HTTPStatus.OK): {"headers": {"ETag": schema}}}


WEAK_TAG = (
    HTTPStatus.PRECONDITION_FAILED,
    "weak-etag",
    "All tags in `If-Match` are weak (`W/`), and those never match.",
)
"""The error of `_expected_tags` in the OpenAPI document."""

IF_NONE_MATCH_PARAMETER: dict[str, Any] = {
    "name": IF_NONE_MATCH,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 1000, "examples": ['"v2"']},
    "description": "The `ETag` of the response that you have. If it is still the current one, the "
    "response is 304, without a body.",
}
"""The parameter of each `GET` whose response has an `ETag`."""

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_TAG_LIST = re.compile(rf"[ \t,]*(?:{_TAG.pattern}[ \t]*(?:,[ \t,]*|$))+")
_VERSION = re.compile(r"v([0-9]{1,15})(?:\.[0-9a-f]+)?")
_DIGEST_BYTES = 4


@dataclass(frozen=True, slots=True)
class EntityTag:
    """An entity tag. `opaque` includes the quotes."""

    opaque: str
    is_weak: bool = False


def parse_entity_tags(field: str) -> Sequence[EntityTag] | None:
    """Return the tags in a header; none of them for a malformed one, None for `*`."""
    if field.strip() == "*":
        return None
    if _TAG_LIST.fullmatch(field) is None:
        return ()
    return [EntityTag(match[2], match[1] is not None) for match in _TAG.finditer(field)]


def format_version(version: int, body: dict[str, Any] | None = None) -> str:
    """Return the entity tag of a version, for `ETag`.

    A `body` is needed if more than changes of the version are in it, such as when something was
    last checked: otherwise `If-None-Match` would find it unchanged. `If-Match` compares versions
    only.
    """
    if body is None:
        return f'"v{version}"'
    content = json.dumps(body, sort_keys=True).encode()
    return f'"v{version}.{hashlib.blake2s(content, digest_size=_DIGEST_BYTES).hexdigest()}"'


def format_content(text: str) -> str:
    """Return the entity tag of a response that has no version, for `ETag`."""
    return f'"{hashlib.blake2s(text.encode(), digest_size=12).hexdigest()}"'


def expected_versions(request: Request) -> frozenset[int] | None:
    """Return the versions of which `If-Match` requires one; None if any will do.

    Tags that no version has are ignored, so the result may be empty: nothing matches. Raises
    `Problem` (422) for a malformed header, and (412) if all tags are weak, since they never match.
    """
    tags = _expected_tags(request)
    if tags is None:
        return None
    matches = map(_VERSION.fullmatch, tags)
    return frozenset(int(match[1]) for match in matches if match is not None)


def _expected_tags(request: Request) -> frozenset[str] | None:
    """Return the strong tags in `If-Match` without their quotes, None for any."""
    fields = request.headers.getlist(IF_MATCH)
    if not fields:
        return None
    tags = parse_entity_tags(", ".join(fields))
    if tags is None:
        return None
    if not tags:
        raise invalid_header(
            IF_MATCH,
            pgettext("a field of a request", 'must be * or a list of entity tags, such as "v2"'),
        )
    if all(tag.is_weak for tag in tags):
        raise Problem(
            HTTPStatus.PRECONDITION_FAILED,
            "weak-etag",
            _(
                "If-Match compares strongly, so a weak tag (W/) never matches (RFC 9110, section "
                "13.1.1). This API's tags are strong: a proxy has weakened this one, as some do "
                "when they compress. Send the tag without W/, or load it again with "
                "Accept-Encoding: identity."
            ),
        )
    return frozenset(tag.opaque.strip('"') for tag in tags if not tag.is_weak)


class NotModifiedMiddleware:
    """Answer 304 to a `GET` whose `If-None-Match` has the `ETag` of the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        fields = Headers(scope=scope).getlist(IF_NONE_MATCH)
        if not fields:
            await self._app(scope, receive, send)
            return
        tags = parse_entity_tags(", ".join(fields))
        is_unchanged = False

        async def send_unless_known(message: Message) -> None:
            nonlocal is_unchanged
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK:
                headers = MutableHeaders(raw=list(message["headers"]))
                is_unchanged = _is_known(headers.get("etag"), tags)
                if is_unchanged:
                    del headers["content-length"], headers["content-type"]
                    message = {
                        **message,
                        "status": int(HTTPStatus.NOT_MODIFIED),
                        "headers": headers.raw,
                    }
            elif message["type"] == "http.response.body" and is_unchanged:
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, send_unless_known)


def _is_known(etag: str | None, tags: Sequence[EntityTag] | None) -> bool:
    """Return whether the client has this version. Weak tags count (RFC 9110, section 13.1.2)."""
    if etag is None:
        return False
    return tags is None or etag.removeprefix("W/") in {tag.opaque for tag in tags}
