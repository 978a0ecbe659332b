"""Build the OpenAPI document from the routes, and add what they don't declare themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.alias_generators import to_camel

from api.document.headers import RESPONSE_HEADERS, response_headers
from api.document.problem_schema import problem_schemas, without_null
from api.document.webhooks import TAG, WEBHOOK_PARAMETERS, webhook_schemas, webhooks
from api.http.deprecation import Deprecation
from api.http.languages import ACCEPT_LANGUAGE, MAX_LENGTH
from api.http.methods import SAFE_METHODS
from api.http.preconditions import IF_NONE_MATCH_PARAMETER
from api.idempotency import HEADER_PARAMETER
from api.middleware import ACT_AS_HEADER, BASE_PATH
from api.openapi import WRONG_CURSOR, problem_responses
from api.schemas.base import ID_SCHEMA, ResponseModel, all_models

SERVERS = [{"url": "/", "description": "The server that this document comes from."}]

LICENSE = {"name": "MIT", "identifier": "MIT"}

TAGS = {
    "mentors": "Becoming a mentor, profiles, availability, search and open slots.",
    "sessions": "Booking sessions, what participants do with them, and series.",
    "groups": "Group sessions, their seats and waitlists.",
    "invitations": "Sessions that mentors offer to members, and requests for help.",
    "points": "The member's points, and gifts to others.",
    "members": "The member's own settings, blocks and slot alerts.",
    "mentorships": "What a mentor and a mentee share between sessions: goals, and a timeline.",
    "insights": "Figures of a mentor, and of the server for moderators.",
    "moderation": "What moderators decide. Needs the scope `moderator`.",
    "service": "What your backend does for the whole server. Needs the scope `service`.",
    TAG: "Endpoints, their deliveries and the feed of events. Needs the scope `service`.",
    "operation": "For operators. Needs no token; block it from the public.",
}
"""The sections of the documentation page, in their order."""

CONTACT = {"name": "The mentorbot contributors"}

_ACT_AS_PARAMETER = {
    "name": ACT_AS_HEADER,
    "in": "header",
    "required": False,
    "schema": ID_SCHEMA,
    "description": "The Discord id of the member for whom you make the request. Needs the scope "
    "`service`. Without this header, the request is made for the token's own subject.",
}

_LANGUAGE_PARAMETER = {
    "name": ACCEPT_LANGUAGE,
    "in": "header",
    "required": False,
    "schema": {
        "type": "string",
        "maxLength": MAX_LENGTH,
        "examples": ["de-AT, de;q=0.9, en;q=0.5"],
    },
    "description": "The languages in which the caller would like to have texts, such as `detail` "
    "and `local`: tags of BCP 47 with weights (RFC 9110, section 12.5.4). A language that there "
    "isn't is left out, and without any, texts are English.",
}

_SECURITY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A JWT signed by the main app. `mentorbot token` makes one to try the API with.",
}

_TAGS_WITHOUT_ACT_AS = {"moderation", "service", TAG}

# Uvicorn answers this before any of our code runs.
_NOT_HTTP = {
    "description": "The request isn't valid HTTP.",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}


def openapi_builder(
    app: FastAPI, deprecated: Mapping[str, Deprecation]
) -> Callable[[], dict[str, Any]]:
    """Return a function for `app.openapi` that builds the document once.

    `deprecated` are operations by the names of their handlers.
    """
    deprecated_ids = {to_camel(name) for name in deprecated}

    @cache
    def build() -> dict[str, Any]:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            tags=[{"name": name, "description": text} for name, text in TAGS.items()],
            servers=SERVERS,
            license_info=LICENSE,
            contact=CONTACT,
        )
        components = document["components"]
        # Not declared through FastAPI, which would add `application/json` as a media type.
        components["schemas"] |= problem_schemas()
        components["schemas"] = webhook_schemas() | components["schemas"]
        components["parameters"] = WEBHOOK_PARAMETERS
        document["webhooks"] = webhooks()
        # FastAPI drops null fields of examples, and then required ones are missing.
        for model in all_models(ResponseModel):
            extra = model.model_config.get("json_schema_extra")
            if isinstance(extra, dict) and model.__name__ in components["schemas"]:
                components["schemas"][model.__name__] |= extra
        components["securitySchemes"] = {"token": _SECURITY_SCHEME}
        components["headers"] = RESPONSE_HEADERS
        for path, method, operation in _operations(document):
            for parameter in operation.get("parameters", ()):
                # A parameter that is left out is null in Python, but no value stands for null.
                without_null(parameter["schema"])
            if operation["operationId"] in deprecated_ids:
                operation["deprecated"] = True
            if path.startswith(BASE_PATH):
                _complete(method, operation)
            else:
                operation["security"] = []
                operation["responses"].setdefault("400", _NOT_HTTP)
        _whole_bounds(document)
        return document

    return build


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and object of each operation of the document."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _complete(method: str, operation: dict[str, Any]) -> None:
    """Add security, headers and the body's plain schema to an operation that needs a token."""
    operation["security"] = [{"token": []}]
    parameters = operation.setdefault("parameters", [])
    parameters.append(_LANGUAGE_PARAMETER)
    if _TAGS_WITHOUT_ACT_AS.isdisjoint(operation["tags"]):
        parameters.append(_ACT_AS_PARAMETER)
    if "requestBody" in operation:
        # An optional body would be "a model or null", which generators have no good type for.
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        without_null(schema)
        if "$ref" in schema:
            schema.pop("title", None)
    if takes_key(method, operation["operationId"]):
        parameters.append(HEADER_PARAMETER)
    has_key = HEADER_PARAMETER in parameters
    _add_shared_responses(method, operation)
    for status, response in operation["responses"].items():
        headers = response_headers(status, has_key=has_key)
        response["headers"] = headers | response.get("headers", {})


def takes_key(method: str, operation_id: str) -> bool:
    """Return whether an operation takes an `Idempotency-Key`: its handler uses `run_once`.

    A preview changes nothing, and an erasure leaves nothing, not even a response.
    """
    if method.upper() in SAFE_METHODS or operation_id == "eraseOwnData":
        return False
    return not operation_id.startswith("preview")


def _add_shared_responses(method: str, operation: dict[str, Any]) -> None:
    """Add the responses of all operations that have an `ETag` or cursors."""
    responses = operation["responses"]
    if method == "get" and "ETag" in responses["200"].get("headers", {}):
        operation["parameters"].append(IF_NONE_MATCH_PARAMETER)
        responses["304"] = {"description": "The client has this version already."}
    if any(parameter["name"] == "cursor" for parameter in operation["parameters"]):
        responses |= {
            str(status): response for status, response in problem_responses(WRONG_CURSOR).items()
        }
        responses["200"].setdefault("headers", {})["Link"] = {"$ref": "#/components/headers/Link"}


_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _whole_bounds(node: Any) -> None:
    """Write bounds without a fraction as whole numbers, which FastAPI writes as `240.0`."""
    if isinstance(node, dict):
        for name in _BOUNDS:
            bound = node.get(name)
            if isinstance(bound, float) and bound.is_integer():
                node[name] = int(bound)
        for value in node.values():
            _whole_bounds(value)
    elif isinstance(node, list):
        for value in node:
            _whole_bounds(value)
