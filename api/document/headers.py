"""The headers of responses in the OpenAPI document."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}

RESPONSE_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "The request's id, which is also in the API's log: the one that it was sent "
        "with, or a new one.",
        "schema": _TEXT,
    },
    "traceparent": {
        "description": "The request's place in a trace (W3C Trace Context): in the one that it was "
        "sent with, or in a new one.",
        "schema": _TEXT,
    },
    "Content-Language": {
        "description": "The language of the texts in the response: the one that `Accept-Language` "
        "prefers among those there are, otherwise English. Absent without such texts.",
        "schema": {"type": "string", "examples": ["de"]},
    },
    "RateLimit-Policy": {
        "description": "The limits that apply, as a structured field: `q` requests in `w` seconds "
        "for a `member`, and with the scope `service` for the `service` with all its members.",
        "schema": {"type": "string", "examples": ['"member";q=300;w=60']},
    },
    "RateLimit": {
        "description": "What is left of the limits: `r` requests, and in `t` seconds all of them "
        "are available again.",
        "schema": {"type": "string", "examples": ['"member";r=299;t=1']},
    },
    "Link": {
        "description": 'The next page (`rel="next"`) and the previous one (`rel="prev"`) of a '
        "list, relative to the request's URL (RFC 8288).",
        "schema": _TEXT,
    },
    "Retry-After": {
        "description": "The seconds to wait before the request is sent again.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "The kind of token that is needed (RFC 6750).",
        "schema": _TEXT,
    },
    "Idempotency-Replayed": {
        "description": "`true` if an earlier request with the same `Idempotency-Key` had this "
        "response. Absent otherwise.",
        "schema": {"type": "string", "const": "true"},
    },
    "Location": {
        "description": "The path of what was created, if it can be loaded.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
}
"""The headers of responses, by name: their objects in `components/headers`."""

_IDS = ("X-Request-Id", "traceparent")

_EVERY_RESPONSE = (*_IDS, "Content-Language", "RateLimit-Policy", "RateLimit")

_BY_STATUS: dict[str, tuple[str, ...]] = {
    "201": (*_EVERY_RESPONSE, "Location"),
    "401": (*_IDS, "Content-Language", "WWW-Authenticate"),
    "403": (*_EVERY_RESPONSE, "WWW-Authenticate"),
    "429": (*_EVERY_RESPONSE, "Retry-After"),
    "503": (*_EVERY_RESPONSE, "Retry-After"),
}


def response_headers(status: str, *, has_key: bool) -> dict[str, Any]:
    """Return the `headers` of an operation's response with this status.

    `has_key`: the operation takes an `Idempotency-Key`.
    """
    names = _BY_STATUS.get(status, _EVERY_RESPONSE)
    if has_key and status.startswith("2"):
        names += ("Idempotency-Replayed",)
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
