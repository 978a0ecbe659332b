"""The OpenAPI document and its page."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import BaseModel

from api.app import create_app
from api.middleware import BASE_PATH
from api.schemas.base import RequestModel, ResponseModel, all_models
from storage import Database
from tests.api.server import OPTIONS, openapi_document


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
            for status in statuses:
                (content,) = operation["responses"][status]["content"].values()
                name = content["schema"]["$ref"].split("/")[-1]
                schema = document["components"]["schemas"][name]
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


@pytest.mark.parametrize("model", _models(), ids=lambda model: model.__name__)
def test_examples_are_valid(model: type[BaseModel]) -> None:
    for example in openapi_document()["components"]["schemas"][model.__name__]["examples"]:
        model.model_validate_json(json.dumps(example))
