"""Answer every error with a problem document (RFC 9457).

Each has a stable `code` for programs beside the standard `title` and `status`, and a `detail` that
says what to do. `type` leads to a page about the code, and `instance` has the id of the request.
`errors` lists the fields at fault, in a body by their JSON pointer (RFC 6901). A response never
contains the cause of an internal error, nor a value that was sent.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import error_mapping
from api.http import context, languages, methods
from api.http.secret_paths import loggable_path
from api.schemas.base import rfc3339
from mentorship.errors import (
    InvalidField,
    MentorshipError,
    SeriesUnavailable,
    SlotsOpen,
    SlotUnavailable,
)
from storage import OutcomeUnknown, StorageError
from wording.refusals import api_errors
from wording.refusals.api_titles import TITLES
from wording.translation import _, ngettext, npgettext, pgettext, sentences

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

TYPES_PATH = "/api/docs/problems"
"""The page that explains each code, at the code's anchor."""

RETRY_AFTER = 60
"""Seconds that a client waits before the next attempt while the database is unavailable."""

UNION_TAGS = frozenset({"list", "whole", "[key]"})
"""Parts of pydantic's locations that name no field of the body: members of a union, and what marks
the key of an object."""


class Problem(Exception):
    """An error of the API itself. `errors` come from `field_error`; `facts` are further members."""

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

    def response(self) -> Response:
        """Return the problem document."""
        facts = ({"errors": self.errors} if self.errors else {}) | self.facts
        return problem_response(self.status, self.code, self.detail, headers=self.headers, **facts)


def field_error(pointer: str, detail: str) -> dict[str, str]:
    """Return what is wrong with one field of the body, named by its JSON pointer."""
    return {"pointer": pointer, "detail": detail}


def add_exception_handlers(app: FastAPI) -> None:
    """Make `app` answer every error with a problem document."""
    app.add_exception_handler(Problem, _handle_problem)
    app.add_exception_handler(MentorshipError, _handle_domain_error)
    app.add_exception_handler(RequestValidationError, _handle_validation_error)
    app.add_exception_handler(HTTPException, _handle_http_exception)
    app.add_exception_handler(StorageError, _handle_storage_error)


def problem_response(
    status: int,
    code: str,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    **facts: Any,
) -> Response:
    """Return a problem document, in the language of the request."""
    languages.reader()
    content: dict[str, Any] = {
        "type": problem_type(code),
        "title": _(problem_title(code)),
        "status": status,
        "code": code,
    }
    if detail:
        content["detail"] = detail
    content |= facts
    if (current := context.current()) is not None:
        content["instance"] = f"urn:x-request-id:{current.request_id}"
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body.encode("utf-8", "replace"), status, media_type=MEDIA_TYPE, headers=headers)


def problem_type(code: str) -> str:
    """Return the URI of a code, relative to the API's address."""
    return f"{TYPES_PATH}#{code}"


def problem_title(code: str) -> str:
    """Return a code in words, to be translated by `_`."""
    if code in TITLES:
        return TITLES[code]
    return code.replace("-", " ").capitalize().replace(" json", " JSON").replace("etag", "ETag")


def status_title(status: int) -> str:
    """Return a status's phrase (RFC 9110, section 15), the same in every version of Python."""
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(
        status, HTTPStatus(status).phrase
    )


async def _handle_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _handle_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MentorshipError)
    reader = languages.reader()
    detail = api_errors.detail(error, reader, rfc3339)
    facts: dict[str, Any] = {
        name: rfc3339(value) if isinstance(value, datetime) else value
        for name, value in error_mapping.facts(error).items()
    }
    if isinstance(error, SlotUnavailable):
        facts["nearestSlots"] = [rfc3339(start) for start in error.nearest]
    elif isinstance(error, SlotsOpen):
        facts["nearestSlots"] = [rfc3339(start) for start in error.starts]
    elif isinstance(error, SeriesUnavailable):
        facts["dates"] = [
            {
                "number": each.number,
                "scheduledAt": rfc3339(each.starts_at),
                "problem": each.reason.value.replace("_", "-"),
            }
            for each in error.dates
        ]
    errors = [
        _locate(request, pointer, api_errors.detail(each, reader, rfc3339))
        for each in _each_field(error)
        if (pointer := error_mapping.pointer(each)) is not None
    ]
    if errors:
        facts["errors"] = errors
    status = error_mapping.status(type(error))
    return problem_response(status, error_mapping.code(error), detail, **facts)


def _locate(request: Request, pointer: str, detail: str) -> dict[str, str]:
    """Return what is wrong with a field, which may have been sent as a query parameter."""
    name = pointer.removeprefix("/")
    if request.method in methods.SAFE_METHODS or name in request.query_params:
        return {"parameter": name, "detail": detail}
    return field_error(pointer, detail)


def _each_field(error: MentorshipError) -> Sequence[MentorshipError]:
    """Return the error once for each field that is wrong."""
    if isinstance(error, InvalidField):
        return (replace(error, others=()), *error.others)
    return (error,)


async def _handle_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    details = error.errors()
    if any(each["type"] == "json_invalid" for each in details):
        return problem_response(
            HTTPStatus.BAD_REQUEST,
            "malformed-json",
            _("The body is not JSON. Check how it is made."),
        )
    errors = [_error_location(each) for each in details]
    first = errors[0]
    where = first.get("pointer") or first.get("parameter") or first.get("header") or _("the body")
    further = len(errors) - 1
    problem = (
        ngettext(
            "{field}: {problem}, and {count} more. See errors.",
            "{field}: {problem}, and {count} more. See errors.",
            further,
            field=where,
            problem=first["detail"],
        )
        if further
        # Translators: {field} is the name of a field, and {problem} what is wrong with it, such as
        # "must be a whole number". "errors" is the name of a field.
        else _("{field}: {problem}. See errors.", field=where, problem=first["detail"])
    )
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", problem, errors=errors
    )


def _error_location(details: Mapping[str, Any]) -> dict[str, str]:
    """Return the field or parameter at fault and what is wrong, without the value that was sent."""
    origin, *path = details["loc"]
    message = _message(details)
    if origin == "body":
        steps = [str(step) for step in path if step not in UNION_TAGS]
        escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps)
        return field_error("".join(f"/{step}" for step in escaped), message)
    kind = "header" if origin == "header" else "parameter"
    # What follows is the place in a parameter that can be repeated.
    return {kind: str(path[0]) if path else "", "detail": message}


def _message(details: Mapping[str, Any]) -> str:
    """Return what is wrong, without the value that was sent."""
    kind: str = details["type"]
    facts: Mapping[str, Any] = details.get("ctx", {})
    match kind:
        case "string_too_long" | "too_long":
            return _too_long(facts["max_length"], details["input"])
        case "string_too_short" | "too_short":
            return _too_short(facts["min_length"], details["input"])
        case "extra_forbidden":
            return pgettext("a field of a request", "there is no such field here")
        case "missing":
            return pgettext("a field of a request", "it is missing")
        case "string_unicode":
            return pgettext("a field of a request", "must be text that can be encoded in UTF-8")
        case "model_attributes_type" | "model_type" | "dict_type":
            return pgettext("a field of a request", "must be an object")
        case "string_type":
            return pgettext("a field of a request", "must be text")
        case "int_type" | "int_parsing" | "int_from_float":
            return pgettext("a field of a request", "must be a whole number")
        case "float_type" | "float_parsing":
            return pgettext("a field of a request", "must be a number")
        case "bool_type" | "bool_parsing":
            return pgettext("a field of a request", "must be true or false")
        case "list_type" | "tuple_type":
            return pgettext("a field of a request", "must be a list")
        case "literal_error" | "enum":
            return pgettext(
                "a field of a request", "must be one of {values}", values=facts["expected"]
            )
        case "string_pattern_mismatch":
            return pgettext(
                "a field of a request", "must match the pattern {pattern}", pattern=facts["pattern"]
            )
        case "greater_than_equal":
            return pgettext("a field of a request", "must be {least} or more", least=facts["ge"])
        case "less_than_equal":
            return pgettext("a field of a request", "must be {most} or less", most=facts["le"])
    message: str = details["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _too_long(most: int, value: object) -> str:
    if isinstance(value, str):
        return npgettext(
            "a field of a request",
            "must have at most {count} character",
            "must have at most {count} characters",
            most,
        )
    return npgettext(
        "a field of a request",
        "must have at most {count} item",
        "must have at most {count} items",
        most,
    )


def _too_short(least: int, value: object) -> str:
    if isinstance(value, str):
        return npgettext(
            "a field of a request",
            "must have at least {count} character",
            "must have at least {count} characters",
            least,
        )
    return npgettext(
        "a field of a request",
        "must have at least {count} item",
        "must have at least {count} items",
        least,
    )


async def _handle_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    detail: str | None = error.detail if error.detail != status.phrase else None
    if status is HTTPStatus.NOT_FOUND and detail is None:
        detail = _("There is nothing at {path}.", path=_printable(request.url.path))
    if status is HTTPStatus.BAD_REQUEST:
        return problem_response(
            status, "malformed-json", _("The body can't be read as JSON in UTF-8.")
        )
    headers = error.headers
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers = methods.allow_header(request.app.routes, request.scope)
        detail = _("This path has the methods {methods}.", methods=headers["Allow"])
    code = status_title(status).lower().replace(" ", "-")
    return problem_response(status, code, detail, headers=headers)


def _printable(path: str) -> str:
    """Return a path without control characters, at most 200 characters."""
    return "".join(c if c.isprintable() else "�" for c in path)[:200]


async def _handle_storage_error(request: Request, error: Exception) -> Response:
    log.error(
        "database unavailable", exc_info=error, extra={"path": loggable_path(request.url.path)}
    )
    if isinstance(error, OutcomeUnknown):
        code = "outcome-unknown"
        detail = _(
            "The connection to the records was lost while this was being saved, so it may or may "
            "not have taken effect. If you sent an Idempotency-Key, send the same request with the "
            "same key again. Otherwise check first."
        )
    else:
        code = "unavailable"
        detail = _("The records can't be reached at the moment. Try again in a minute.")
    return problem_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        code,
        detail,
        headers={"Retry-After": str(RETRY_AFTER)},
    )


class BugMiddleware:
    """Answer what no handler expects with a 500, within the other middleware and its headers.

    The log has the traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def send_and_note_start(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note_start)
        except Exception:
            if scope["type"] != "http" or has_started:
                raise
            log.exception("request failed", extra={"path": loggable_path(scope["path"])})
            await _internal_error()(scope, receive, send)


def _internal_error() -> Response:
    current = context.current()
    detail = sentences(
        _("Something went wrong on our end."),
        _("The request may or may not have had an effect, so check before you send it again."),
        _("The API's log has the details under {id}.", id=current.request_id)
        if current
        else _("The API's log has the details."),
    )
    return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", detail)


def invalid_value(pointer: str, message: str) -> Problem:
    """Return the error for a well-formed body with a wrong value at `pointer`."""
    # Translators: {field} is the name of a field, and {problem} what is wrong with it, such as
    # "must be a whole number".
    detail = _("{field}: {problem}.", field=pointer, problem=message)
    return _invalid_request(detail, field_error(pointer, message))


def invalid_header(name: str, message: str) -> Problem:
    """Return the error for a header with a wrong value."""
    # Translators: {header} is the name of a header, and {problem} what is wrong with it, such as
    # "must be an id".
    detail = _("{header} {problem}.", header=name, problem=message)
    return _invalid_request(detail, {"header": name, "detail": message})


def _invalid_request(detail: str, error: Mapping[str, str]) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, errors=[error])
