"""Answers to calls that make something."""

from __future__ import annotations

import json
from http import HTTPStatus

from fastapi import Response

from mentorship.once import Answer


def created(answer: Answer, location: str | None = None) -> Response:
    """201 with what was made; the same once more for a key that was used before."""
    headers = {} if location is None else {"Location": location}
    if answer.again:
        headers["Idempotency-Replayed"] = "true"
    body = json.dumps(answer.content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, HTTPStatus.CREATED, headers=headers, media_type="application/json")
