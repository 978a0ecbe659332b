"""The endpoints for operators, and problems outside the authenticated API."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app, create_operation_app
from mentorbot.metrics.process_gauges import Role
from mentorbot.monitor import ProcessMonitor
from storage import Database
from tests.api.server import OPTIONS


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(db, OPTIONS, monitor=ProcessMonitor(db, Role.API))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def test_it_is_live_and_ready(client: httpx.AsyncClient) -> None:
    response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    response = await client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "jobs": {}})


async def test_an_unknown_path_is_a_problem_document(client: httpx.AsyncClient) -> None:
    response = await client.get("/nothing")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "/api/docs/problems#not-found",
        "title": "Not found",
        "status": 404,
        "code": "not-found",
        "detail": "There is nothing at /nothing.",
        "instance": f"urn:x-request-id:{response.headers['x-request-id']}",
    }


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_has_head_and_options_and_names_them(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.post(path)
    assert (response.status_code, response.json()["code"]) == (405, "method-not-allowed")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    options = await client.options(path)
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    head, get = await client.head(path), await client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_a_process_without_the_api_answers_alike(db: Database) -> None:
    app = create_operation_app(ProcessMonitor(db, Role.API))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        assert (await client.head("/healthz")).status_code == 200
        assert (await client.put("/healthz")).headers["allow"] == "GET, HEAD, OPTIONS"
        assert (await client.get("/healthz/")).status_code == 404
        assert "x-request-id" in (await client.get("/healthz")).headers


async def test_metrics_are_in_prometheus_format(client: httpx.AsyncClient) -> None:
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE " in response.text
