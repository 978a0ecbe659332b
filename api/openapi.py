"""What the OpenAPI document says of errors: every status of a call, with an example for each."""

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
from api.dependencies import ACT_AS
from api.idempotency import HEADER_PARAMETER
from api.middleware import BASE
from api.problems import MEDIA_TYPE, title
from api.schemas.base import ID_SCHEMA, InstantText, Told
from mentorship.errors import MentorshipError


class FieldProblem(Told):
    """What is wrong with one part of a call. One of the three names says which."""

    pointer: str | None = Field(None, description="A JSON pointer (RFC 6901) into the body.")
    parameter: str | None = Field(None, description="A parameter of the path or the query.")
    header: str | None = None
    detail: str


class ProblemDocument(Told):
    """Why a call was refused (RFC 9457), and what to do. `code` is stable."""

    title: str
    status: int
    code: str
    detail: str | None = None
    errors: list[FieldProblem] | None = None
    nearest_slots: list[InstantText] | None = Field(
        None, description="The nearest starts that can be booked, the nearest first."
    )


_ACT_AS_PARAMETER = {
    "name": ACT_AS,
    "in": "header",
    "required": False,
    "schema": ID_SCHEMA,
    "description": "For a token of scope `service` alone: the Discord id of the member of the "
    "server for whom the call is made. Without it, it is made for the token's own subject.",
}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "Signed by the main app; `mentorbot token` makes one for trying.",
}
_NOBODY_ELSE_S = {"moderation", "service"}
"""Tags of the calls that nobody makes for somebody else."""


def complete(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """The document of `app`, with what each call takes before any route does: the token, and for
    whom it is made."""

    @cache
    def document() -> dict[str, Any]:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        # By hand, since FastAPI would say that a problem may be `application/json` as well.
        problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        made["components"]["schemas"] |= problem.pop("$defs") | {"ProblemDocument": problem}
        made["components"]["securitySchemes"] = {"token": _TOKEN}
        for path, calls in made["paths"].items():
            for method, call in calls.items() if path.startswith(BASE) else ():
                call["security"] = [{"token": []}]
                if _NOBODY_ELSE_S.isdisjoint(call["tags"]):
                    call.setdefault("parameters", []).append(_ACT_AS_PARAMETER)
                # What makes something does so through `Acting.run_once`, which reads the key.
                if method == "post" and str(_S.CREATED.value) in call["responses"]:
                    call.setdefault("parameters", []).append(HEADER_PARAMETER)
        return made

    return document


_S = HTTPStatus

_EVERY = (
    (_S.UNAUTHORIZED, "unauthorized", "The token is missing or not accepted."),
    (_S.FORBIDDEN, "insufficient-scope", "The token's scope is too narrow for this call."),
    (_S.FORBIDDEN, "not-a-member", "The person is not in the server (any more)."),
    (_S.UNPROCESSABLE_ENTITY, "invalid-request", "A field, parameter or header is wrong: errors."),
    (_S.TOO_MANY_REQUESTS, "too-many-requests", "Too many calls: wait as Retry-After says."),
    (_S.SERVICE_UNAVAILABLE, "unavailable", "The database can't be reached: try again later."),
)

_WITH_BODY = (
    (_S.BAD_REQUEST, "malformed-json", "The body is not JSON."),
    (_S.REQUEST_ENTITY_TOO_LARGE, "content-too-large", "The body has more than 64 KiB."),
    (_S.UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body is not said to be JSON."),
)

Row = tuple[HTTPStatus, str, str]


def listed(*rows: Row) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses` for these errors alone: by status, each with an example."""
    by_status: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_status[row[0]].append(row)
    return {
        int(status): {
            "description": " ".join(f"`{code}`: {words}" for _, code, words in found),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/ProblemDocument"},
                    "examples": {
                        code: {
                            "summary": words,
                            "value": {
                                "title": title(status),
                                "status": int(status),
                                "code": code,
                                "detail": words,
                            },
                        }
                        for _, code, words in found
                    },
                }
            },
        }
        for status, found in sorted(by_status.items())
    }


def errors(*kinds: type[MentorshipError] | Row) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses` for a call without a body, beside what every call can answer."""
    return listed(*_EVERY, *map(_row, kinds))


def errors_of_body(*kinds: type[MentorshipError] | Row) -> dict[int | str, dict[str, Any]]:
    """The same for a call with a body."""
    return errors(*_WITH_BODY, *kinds)


def _row(kind: type[MentorshipError] | Row) -> Row:
    if isinstance(kind, tuple):
        return kind
    words = (kind.__doc__ or "").partition("\n\n")[0]
    return error_mapping.status(kind), error_mapping.code(kind), " ".join(words.split())
