"""Build the OpenAPI document: documented errors, security and the headers of every request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import Field

from api import error_mapping
from api.dependencies import ACT_AS_HEADER
from api.idempotency import HEADER_PARAMETER
from api.middleware import BASE_PATH
from api.problems import MEDIA_TYPE, status_title
from api.schemas.base import ID_SCHEMA, InstantText, ResponseModel, all_models
from mentorship.errors import MentorshipError


class FieldProblem(ResponseModel):
    """What is wrong with one part of the request: the field at `pointer`, a parameter or a
    header."""

    pointer: str | None = Field(None, description="A JSON pointer (RFC 6901) into the body.")
    parameter: str | None = Field(None, description="The name of a path or query parameter.")
    header: str | None = Field(None, description="The name of a header.")
    detail: str = Field(description="What is wrong, in words.")


class ProblemDocument(ResponseModel):
    """Why a request failed (RFC 9457). Some codes add members of their own, such as `balance`."""

    title: str = Field(description="The meaning of the status.")
    status: int = Field(description="The HTTP status.")
    code: str = Field(description="What went wrong. Codes are stable; decide by them.")
    detail: str | None = Field(None, description="What went wrong and what to do, in words.")
    errors: list[FieldProblem] | None = Field(None, description="The invalid fields.")
    nearest_slots: list[InstantText] | None = Field(
        None, description="If the slot is unavailable: open starts near it, the nearest first."
    )


_ACT_AS_PARAMETER = {
    "name": ACT_AS_HEADER,
    "in": "header",
    "required": False,
    "schema": ID_SCHEMA,
    "description": "The Discord id of the member for whom you make the request. Needs the scope "
    "`service`. Without this header, the request is made for the token's own subject.",
}
_SECURITY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A JWT signed by the main app. `mentorbot token` makes one to try the API with.",
}
_TAGS_WITHOUT_ACT_AS = {"moderation", "service"}


def openapi_builder(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return a function for `app.openapi` that builds the document once.

    It adds what the routes don't declare themselves: security, headers, the schema of errors.
    """

    @cache
    def build() -> dict[str, Any]:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        # Not declared through FastAPI, which would add `application/json` as a media type.
        problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= problem.pop("$defs") | {"ProblemDocument": problem}
        # FastAPI drops null fields of examples, and then required ones are missing.
        for model in all_models(ResponseModel):
            extra = model.model_config.get("json_schema_extra")
            if isinstance(extra, dict):
                document["components"]["schemas"][model.__name__] |= extra
        document["components"]["securitySchemes"] = {"token": _SECURITY_SCHEME}
        for path, operations in document["paths"].items():
            for method, operation in operations.items() if path.startswith(BASE_PATH) else ():
                operation["security"] = [{"token": []}]
                if _TAGS_WITHOUT_ACT_AS.isdisjoint(operation["tags"]):
                    operation.setdefault("parameters", []).append(_ACT_AS_PARAMETER)
                # Handlers of these use `Caller.run_once`, which reads the key.
                if method == "post" and str(_S.CREATED.value) in operation["responses"]:
                    operation.setdefault("parameters", []).append(HEADER_PARAMETER)
        return document

    return build


_S = HTTPStatus

DocumentedError = tuple[HTTPStatus, str, str]
"""An error in the document: its status, its code and what it means."""

_ANY_REQUEST: tuple[DocumentedError, ...] = (
    (_S.UNAUTHORIZED, "unauthorized", "The token is missing or was not accepted."),
    (_S.FORBIDDEN, "insufficient-scope", "The token lacks the scope for this request."),
    (_S.FORBIDDEN, "not-a-member", "The person is not a member of the server, or has left it."),
    (
        _S.UNPROCESSABLE_ENTITY,
        "invalid-request",
        "A field, parameter or header is invalid; `errors` says which.",
    ),
    (_S.TOO_MANY_REQUESTS, "too-many-requests", "Rate limit exceeded; see `Retry-After`."),
    (_S.SERVICE_UNAVAILABLE, "unavailable", "The database can't be reached; try again later."),
    (
        _S.SERVICE_UNAVAILABLE,
        "outcome-unknown",
        "The database failed during the commit, so the request may have taken effect. Send it "
        "again with the same `Idempotency-Key`, or check first.",
    ),
)

_ANY_BODY: tuple[DocumentedError, ...] = (
    (_S.BAD_REQUEST, "malformed-json", "The body is not valid JSON."),
    (_S.REQUEST_ENTITY_TOO_LARGE, "content-too-large", "The body is larger than 64 KiB."),
    (_S.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The Content-Type is not JSON."),
)


def error_responses(
    *errors: type[MentorshipError] | DocumentedError, has_body: bool = False
) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses` for these errors and those of every request.

    `has_body`: the request has a body, so add the errors of every body.
    """
    rows = [_documented_error(error) for error in errors]
    return problem_responses(*_ANY_REQUEST, *(_ANY_BODY if has_body else ()), *rows)


def problem_responses(*errors: DocumentedError) -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses` for these errors: by status, each code with an example."""
    by_status: dict[HTTPStatus, list[DocumentedError]] = defaultdict(list)
    for error in errors:
        by_status[error[0]].append(error)
    return {
        int(status): {
            "description": " ".join(f"`{code}`: {meaning}" for _, code, meaning in group),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/ProblemDocument"},
                    "examples": {
                        code: {
                            "summary": meaning,
                            "value": {
                                "title": status_title(status),
                                "status": int(status),
                                "code": code,
                                "detail": meaning,
                            },
                        }
                        for _, code, meaning in group
                    },
                }
            },
        }
        for status, group in sorted(by_status.items())
    }


def _documented_error(error: type[MentorshipError] | DocumentedError) -> DocumentedError:
    if isinstance(error, tuple):
        return error
    meaning = (error.__doc__ or "").partition("\n\n")[0]
    return error_mapping.status(error), error_mapping.code(error), " ".join(meaning.split())
