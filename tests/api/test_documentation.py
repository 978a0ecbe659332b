"""The OpenAPI document and its page."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from api import problems
from api.app import create_app
from api.document.problem_schema import ProblemDocument
from api.middleware import BASE_PATH
from api.schemas.base import RequestModel, ResponseModel, all_models
from api.webhooks.payloads import TEST_TYPE
from mentorship.event_types import EventType
from storage import Database
from tests.api.server import OPTIONS, ApiServer, booking_body, openapi_document
from tests.errors import kinds, sample
from tests.mentorship.support.community import Community


def _models() -> list[type[BaseModel]]:
    """Return the models with examples."""
    models = all_models(RequestModel) + all_models(ResponseModel)
    return [model for model in models if "json_schema_extra" in model.model_config]


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(db, OPTIONS), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def test_the_documentation_page_needs_no_internet_access(client: httpx.AsyncClient) -> None:
    page = await client.get("/api/docs")
    assert page.status_code == 200
    # The API serves all resources itself, so no third party learns who reads the page.
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) >= 2
    for address in addresses:
        assert address.startswith("/api/docs/static/"), address
        assert (await client.get(address)).status_code == 200, address
    document = (await client.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document == json.loads(json.dumps(openapi_document()))


def test_each_operation_is_fully_documented() -> None:
    document = openapi_document()
    assert "token" in document["components"]["securitySchemes"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert operation["tags"], where
            if not path.startswith(BASE_PATH):
                continue
            assert operation["security"] == [{"token": []}], where
            statuses = set(operation["responses"])
            assert statuses >= {"401", "403", "422", "429", "503"}, where
            if "requestBody" in operation:
                assert statuses >= {"400", "413", "415"}, where
            for status in statuses - {"304"}:
                (content,) = operation["responses"][status]["content"].values()
                # A file has no schema of ours.
                name = content["schema"].get("$ref", "").split("/")[-1]
                schema = document["components"]["schemas"].get(name, {})
                assert content.get("examples") or schema.get("examples"), f"{where} {status}"


def test_the_codes_of_blocks_and_limits_are_documented() -> None:
    paths = openapi_document()["paths"]
    blocks = {"not-available", "blocked-by-you"}
    for method, path, codes in (
        ("post", "/book", blocks | {"limit-reached"}),
        ("put", "/session/{id}/schedule", blocks | {"limit-reached"}),
        ("post", "/points/gifts", blocks | {"limit-reached"}),
        ("get", "/mentors/{id}/slots", blocks),
    ):
        (content,) = paths[BASE_PATH + path][method]["responses"]["409"]["content"].values()
        assert codes <= content["examples"].keys(), path


def test_request_fields_and_parameters_are_limited() -> None:
    schemas = openapi_document()["components"]["schemas"]
    unlimited = []
    for model in all_models(RequestModel):
        # Queries are parameters, and aren't among the schemas.
        for name, field in schemas.get(model.__name__, {}).get("properties", {}).items():
            unlimited += [f"{model.__name__}.{name}" for kind in _kinds(field) if _is_open(kind)]
    for path, method, operation in _operations():
        for parameter in operation.get("parameters", ()):
            where = f"{method} {path} {parameter['name']}"
            assert parameter.get("description"), where
            unlimited += [where for kind in _kinds(parameter["schema"]) if _is_open(kind)]
    assert unlimited == []


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in openapi_document()["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _kinds(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the types that a schema allows, also those of the items of a list."""
    kinds = []
    for kind in schema.get("anyOf") or schema.get("oneOf") or [schema]:
        kinds += [kind, *_kinds(kind["items"])] if kind.get("type") == "array" else [kind]
    return kinds


def _is_open(kind: dict[str, Any]) -> bool:
    """Say if a type of text, number or list has no limit."""
    match kind.get("type"):
        case "string":
            return kind.keys().isdisjoint({"maxLength", "pattern", "format", "enum", "const"})
        case "integer" | "number":
            return kind.keys().isdisjoint({"maximum", "exclusiveMaximum", "enum", "const"})
        case "array":
            return "maxItems" not in kind
    return False


def test_documented_limits_are_those_of_the_use_cases() -> None:
    schemas = openapi_document()["components"]["schemas"]
    bio = schemas["ApplicationRequest"]["properties"]["bio"]
    assert (bio["minLength"], bio["maxLength"]) == (20, 1_000)
    title = schemas["GroupSessionRequest"]["properties"]["title"]
    assert (title["minLength"], title["maxLength"]) == (1, 80)
    duration = schemas["BookingRequest"]["properties"]["duration"]
    assert (duration["minimum"], duration["maximum"]) == (15, 240)
    assert isinstance(duration["maximum"], int)
    start = schemas["WeeklyHoursRequest"]["properties"]["startTime"]
    assert re.search(start["pattern"], "23:59")
    assert not re.search(start["pattern"], "24:00")


def test_optional_bodies_and_parameters_have_plain_schemas() -> None:
    for path, method, operation in _operations():
        for parameter in operation.get("parameters", ()):
            where = f"{method} {path} {parameter['name']}"
            assert {"type": "null"} not in parameter["schema"].get("anyOf", ()), where
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert "anyOf" not in schema, f"{method} {path}"
    cancel = openapi_document()["paths"][BASE_PATH + "/session/{id}"]["delete"]["requestBody"]
    assert not cancel.get("required", False)
    schema = {"$ref": "#/components/schemas/CancellationRequest"}
    assert cancel["content"]["application/json"]["schema"] == schema


def test_each_type_of_event_is_a_documented_webhook() -> None:
    document = openapi_document()
    assert document["webhooks"].keys() == {*EventType, TEST_TYPE}
    for kind, item in document["webhooks"].items():
        assert item["post"]["description"], kind
        content = item["post"]["requestBody"]["content"]["application/json"]
        schema = document["components"]["schemas"][content["schema"]["$ref"].split("/")[-1]]
        of_type = schema["properties"]["type"]
        assert kind in of_type.get("enum", [of_type.get("const")]), kind


async def test_members_of_all_problems_are_documented() -> None:
    app = FastAPI()
    problems.add_exception_handlers(app)
    errors = {kind.__name__: kind for kind in kinds()}

    @app.get("/{name}")
    async def fail(name: str) -> None:
        raise sample(errors[name])

    documented = openapi_document()["components"]["schemas"]["ProblemDocument"]["properties"]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        for name in errors:
            problem = (await client.get(f"/{name}")).json()
            assert problem.keys() <= documented.keys(), name
            ProblemDocument.model_validate(problem)


async def test_headers_of_responses_are_documented(api: ApiServer, community: Community) -> None:
    maya = await community.member("Maya", points=100)
    oliver = await community.mentor("Oliver")
    client = api.client_of(maya, **{"Idempotency-Key": "once"})
    requests = [
        ("post", "/book", booking_body(oliver.user_id)),
        ("post", "/book", booking_body(oliver.user_id)),
        ("post", "/book", booking_body(oliver.user_id, duration=30)),
        ("get", "/availability", None),
        ("get", "/sessions/mentee", None),
        ("put", "/ranks/{userId}", {"rank": 3}),
        ("get", "/me", None),
    ]
    undocumented = set()
    for method, path, body in requests:
        response = await client.request(method, path.format(userId=maya.user_id), json=body)
        operation = openapi_document()["paths"][BASE_PATH + path][method]
        headers = operation["responses"][str(response.status_code)]["headers"]
        names = {name.lower() for name in headers} | _GENERAL_HEADERS
        unknown = response.headers.keys() - names
        undocumented |= {f"{method} {path} {response.status_code}: {name}" for name in unknown}
    assert undocumented == set()


_GENERAL_HEADERS = {
    "cache-control",
    "content-length",
    "content-type",
    "x-content-type-options",
    "date",
    "server",
    "vary",
}
"""Headers that any response on the web may have (RFC 9110, RFC 9111)."""


@pytest.mark.parametrize("model", _models(), ids=lambda model: model.__name__)
def test_examples_are_valid(model: type[BaseModel]) -> None:
    for example in openapi_document()["components"]["schemas"][model.__name__]["examples"]:
        model.model_validate_json(json.dumps(example))
