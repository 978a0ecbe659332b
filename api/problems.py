"""Every error as a problem document (RFC 9457), in one place.

Each has a stable `code` for programs beside the standard `title` and `status`, and a `detail` that
says what to do. `errors` names the fields at fault, in a body by their JSON pointer (RFC 6901).
Nothing of a cause that is our own trouble gets out, and nothing of what was sent is repeated.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api import error_mapping
from api.schemas.base import rfc3339
from mentorship.errors import MentorshipError, SlotUnavailable
from storage import StorageError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

RETRY_AFTER = 60
"""Seconds after which an outage of the database is worth another try."""

UNION_TAGS = frozenset({"list", "whole"})
"""Words in pydantic's locations that name a form of a body and no place in it."""


class Problem(Exception):
    """What the HTTP face itself refuses. `errors` are made by `at`, `facts` stand beside them."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers, self.facts = list(errors), dict(headers or {}), facts

    def answer(self) -> Response:
        """The problem as an answer."""
        facts = ({"errors": self.errors} if self.errors else {}) | self.facts
        return problem(self.status, self.code, self.detail, headers=self.headers, **facts)


def at(pointer: str, detail: str) -> dict[str, str]:
    """What is wrong with one place of the body, given by its JSON pointer."""
    return {"pointer": pointer, "detail": detail}


def answer_with_them(app: FastAPI) -> None:
    """Let `app` answer every error with a problem document."""
    app.add_exception_handler(Problem, _ours)
    app.add_exception_handler(MentorshipError, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StorageError, _storage)
    app.add_exception_handler(Exception, _bug)


def problem(
    status: int,
    code: str,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> Response:
    """A problem document. `type` is left out: it means `about:blank`, that the status says all."""
    content: dict[str, Any] = {"title": title(status), "status": status, "code": code}
    if detail:
        content["detail"] = detail
    content |= facts
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body.encode("utf-8", "replace"), status, media_type=MEDIA_TYPE, headers=headers)


def title(status: int) -> str:
    """What a status means (RFC 9110, section 15), by the same words in every version of Python."""
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(
        status, HTTPStatus(status).phrase
    )


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.answer()


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, MentorshipError)
    status, detail = error_mapping.answer(error, rfc3339)
    facts: dict[str, Any] = {
        name: rfc3339(value) if isinstance(value, datetime) else value
        for name, value in error_mapping.facts(error).items()
    }
    if isinstance(error, SlotUnavailable):
        facts["nearestSlots"] = [rfc3339(start) for start in error.nearest]
    pointer = error_mapping.pointer(error)
    if pointer is not None:
        facts["errors"] = [at(pointer, detail)]
    return problem(status, error_mapping.code(error), detail, **facts)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    details = error.errors()
    if any(each["type"] == "json_invalid" for each in details):
        return problem(
            HTTPStatus.BAD_REQUEST, "malformed-json", "The body is not JSON. Check how it is made."
        )
    places = [_place(each) for each in details]
    first = places[0]
    where = first.get("pointer") or first.get("parameter") or first.get("header") or "the body"
    more = f", and {len(places) - 1} more" if len(places) > 1 else ""
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        f"{where}: {first['detail']}{more}. See errors.",
        errors=places,
    )


def _place(details: Mapping[str, Any]) -> dict[str, str]:
    """Where something is wrong, and what; never the value that was sent."""
    origin, *path = details["loc"]
    words = _WORDS.get(details["type"], details["msg"]).removeprefix("Value error, ")
    said = words[:1].lower() + words[1:]
    if origin == "body":
        steps = [str(step) for step in path if step not in UNION_TAGS]
        escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps)
        return at("".join(f"/{step}" for step in escaped), said)
    kind = "header" if origin == "header" else "parameter"
    return {kind: str(path[-1]) if path else "", "detail": said}


_WORDS = {
    "extra_forbidden": "there is no such field here",
    "missing": "it is missing",
    "string_unicode": "must be text that can be encoded in UTF-8",
    "model_attributes_type": "must be an object",
}
"""Our words for what pydantic says less plainly."""


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail: str | None = error.detail if error.detail != status.phrase else None
    if status is HTTPStatus.NOT_FOUND and detail is None:
        detail = f"There is nothing at {_readable(request.url.path)}."
    if status is HTTPStatus.BAD_REQUEST:
        return problem(status, "malformed-json", "The body can't be read as JSON in UTF-8.")
    code = title(status).lower().replace(" ", "-")
    return problem(status, code, detail, headers=error.headers)


def _readable(path: str) -> str:
    """A path as it can stand in a sentence."""
    return "".join(c if c.isprintable() else "�" for c in path)[:200]


async def _storage(request: Request, error: Exception) -> Response:
    log.error("the database can't be used", exc_info=error, extra={"path": request.url.path})
    detail = "The records can't be reached at the moment. Try again in a minute."
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        detail,
        headers={"Retry-After": str(RETRY_AFTER)},
    )


async def _bug(request: Request, error: Exception) -> Response:
    # The server logs the trace once this has been sent; the reference joins the two.
    reference = secrets.token_hex(4)
    log.error("a call failed", extra={"reference": reference, "path": request.url.path})
    detail = (
        "Something broke on our side. Whether the call had an effect is uncertain: look before "
        f"you repeat it. The log knows it by {reference}."
    )
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", detail)


def invalid(pointer: str, words: str) -> Problem:
    """What a request is refused with whose shape is right and whose value at `pointer` is not."""
    return _refused(f"{pointer}: {words}.", at(pointer, words))


def invalid_header(name: str, words: str) -> Problem:
    """What a request is refused with that has something wrong in a header."""
    return _refused(f"{name} {words}.", {"header": name, "detail": words})


def _refused(detail: str, error: Mapping[str, str]) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, errors=[error])
