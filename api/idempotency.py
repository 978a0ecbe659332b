"""Calls that make something: the key that makes them safe to repeat, and how they are answered."""

from __future__ import annotations

import hashlib
import json
import re
from http import HTTPStatus

from fastapi import Request, Response

from api.problems import invalid_header
from mentorship.idempotency import Answer, Key
from mentorship.operations.housekeeping import KEYS_FOR

KEY = "Idempotency-Key"
"""The header with the key."""

_KEY = r"[\x21-\x7e]{1,255}"

KEY_PARAMETER = {
    "name": KEY,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": f"^{_KEY}$"},
    "description": "Makes the call safe to repeat: the same key with the same body gives the same "
    f"answer, for {KEYS_FOR.days} days. A UUID will do.",
}
"""How the OpenAPI document tells of it."""


async def key_of(request: Request) -> Key | None:
    """The call's key, if it brings one; what is asked under it is the call and its body.

    Read by hand, since FastAPI would take the body apart once more. Raises `Problem` (422).
    """
    sent = request.headers.get(KEY)
    if sent is None:
        return None
    if re.fullmatch(_KEY, sent) is None:
        raise invalid_header(
            KEY, "must be 1 to 255 characters of ASCII without spaces, such as a UUID"
        )
    # The same values in another order or spacing are the same request.
    said = json.dumps(await request.json(), sort_keys=True) if await request.body() else ""
    asked = f"{request.method} {request.url.path}\n{said}"
    return Key(sent, hashlib.sha256(asked.encode()).hexdigest())


def created(answer: Answer, location: str | None = None) -> Response:
    """201 with what was made; the same once more for a key that was used before."""
    headers = {} if location is None else {"Location": location}
    if answer.again:
        headers["Idempotency-Replayed"] = "true"
    body = json.dumps(answer.content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, HTTPStatus.CREATED, headers=headers, media_type="application/json")
