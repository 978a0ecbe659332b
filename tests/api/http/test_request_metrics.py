"""Requests are measured by method, route and status."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.middleware import BASE_PATH
from api.monitoring import RequestMetrics
from api.request_metrics import RequestMetricsMiddleware
from mentorbot.metrics.process_gauges import Role
from mentorbot.monitor import ProcessMonitor
from storage import Database
from tests.api.server import OPTIONS, create_token


@pytest.fixture
def measured() -> list[RequestMetrics]:
    return []


@pytest.fixture
async def client(db: Database, measured: list[RequestMetrics]) -> AsyncIterator[httpx.AsyncClient]:
    monitor = ProcessMonitor(db, Role.API)
    app = create_app(db, OPTIONS, monitor=monitor, observe=measured.append)
    headers = {"Authorization": f"Bearer {create_token(20, 10)}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://api", headers=headers
    ) as client:
        yield client


def labels(measured: list[RequestMetrics]) -> list[tuple[str, str, int]]:
    return [(each.method, each.route, each.status) for each in measured]


async def test_requests_are_measured_by_route_and_status(
    client: httpx.AsyncClient, measured: list[RequestMetrics]
) -> None:
    for path in ("/me", "/session/1", "/session/2", "/no/such/path"):
        await client.get(BASE_PATH + path)
    await client.delete(BASE_PATH + "/search")
    await client.get(BASE_PATH + "/me", headers={"Authorization": ""})
    assert labels(measured) == [
        ("GET", "/me", 200),
        ("GET", "/session/{id}", 404),
        ("GET", "/session/{id}", 404),
        ("GET", "other", 404),
        ("DELETE", "/search", 405),
        ("GET", "other", 401),
    ]
    assert all(0 < each.seconds < 60 for each in measured)


async def test_invented_methods_are_measured_as_one(
    client: httpx.AsyncClient, measured: list[RequestMetrics]
) -> None:
    for number in range(3):
        await client.request(f"METHOD{number}", BASE_PATH + "/nothing")
    assert labels(measured) == [("other", "other", 404)] * 3


async def test_requests_of_monitoring_are_not_measured(
    client: httpx.AsyncClient, measured: list[RequestMetrics]
) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await client.get(path)).status_code == 200
    assert measured == []


async def test_an_unanswered_exception_is_measured_as_500(measured: list[RequestMetrics]) -> None:
    app = FastAPI()

    @app.get("/broken/{number}")
    async def broken(number: int) -> None:
        raise ZeroDivisionError(number)

    app.add_middleware(RequestMetricsMiddleware, observe=measured.append)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        assert (await client.get("/broken/1")).status_code == 500
    assert labels(measured) == [("GET", "/broken/{number}", 500)]
