"""The `Idempotency-Key` header, and responses to requests that may be sent again."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response

from api.problems import invalid_header
from mentorship.idempotency import Answer
from mentorship.operations.retention import IDEMPOTENCY_KEY_RETENTION
from wording.translation import pgettext

HEADER = "Idempotency-Key"

_PATTERN = r"[\x21-\x7e]{1,255}"

HEADER_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": f"^{_PATTERN}$"},
    "description": "Makes the request safe to send again: the same key with the same body returns "
    f"the same response for {IDEMPOTENCY_KEY_RETENTION.days} days. Use a new UUID for each action.",
}
"""The header's parameter object in the OpenAPI document."""

# The bot stores keys of its own, which have no prefix. No client can send one of those.
_STORED_PREFIX = "rest:"


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The key of a request, as it is stored, and the digest of the request."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Result:
    """The response body of an action. `replayed`: an earlier request with the key created it."""

    body: dict[str, Any]
    replayed: bool

    def with_body(self, body: dict[str, Any]) -> Result:
        """Return the same result with a body that isn't stored."""
        return replace(self, body=body)


EFFECT_ONLY = Answer({})
"""What is stored of a response that names several people, since an erasure clears only what is
about one. The response is then made of what is true at the time."""


async def request_key(request: Request) -> RequestKey | None:
    """Return the request's key, None if it has none. Raises `Problem` (422) for an invalid one.

    The digest covers method, path, query and body. The order of the body's fields does not matter.
    """
    # Not a header parameter of the routes: FastAPI would parse the body a second time.
    header = request.headers.get(HEADER)
    if header is None:
        return None
    if re.fullmatch(_PATTERN, header) is None:
        raise invalid_header(
            HEADER,
            pgettext(
                "a field of a request",
                "must be 1 to 255 characters of ASCII without spaces, such as a UUID",
            ),
        )
    body = json.dumps(await request.json(), sort_keys=True) if await request.body() else ""
    query = f"?{request.url.query}" if request.url.query else ""
    content = f"{request.method} {request.url.path}{query}\n{body}"
    return RequestKey(_STORED_PREFIX + header, hashlib.sha256(content.encode()).hexdigest())


def changed_response(result: Result) -> Response:
    """Return a response with the status 200, as `created_response` does with 201."""
    return created_response(result, status=HTTPStatus.OK)


def created_response(
    result: Result, location: str | None = None, status: HTTPStatus = HTTPStatus.CREATED
) -> Response:
    """Return a response, with `Idempotency-Replayed: true` for a replayed result."""
    headers = {} if location is None else {"Location": location}
    if result.replayed:
        headers["Idempotency-Replayed"] = "true"
    content = json.dumps(result.body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, status, headers=headers, media_type="application/json")
