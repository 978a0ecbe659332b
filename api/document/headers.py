"""The headers of responses in the OpenAPI document."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}

RESPONSE_HEADERS: dict[str, dict[str, Any]] = {
    "RateLimit-Limit": {
        "description": "How many requests the caller may send in a minute.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "RateLimit-Remaining": {
        "description": "How many requests the caller may still send at once.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "RateLimit-Reset": {
        "description": "The seconds until the caller may send a minute's worth of requests again.",
        "schema": {"type": "integer", "minimum": 0},
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

_EVERY_RESPONSE = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")

_BY_STATUS: dict[str, tuple[str, ...]] = {
    "201": (*_EVERY_RESPONSE, "Location"),
    "401": ("WWW-Authenticate",),
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
