"""The endpoints for operators, and problems outside the authenticated API."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from api.app import create_app
from storage import Database
from tests.api.server import OPTIONS


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(db, OPTIONS), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def test_it_is_live_and_ready(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        response = await client.get(path)
        assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_without_a_database_it_is_live_but_not_ready(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/gone/mentorbot.db")
    transport = httpx.ASGITransport(create_app(database, OPTIONS), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        assert (await client.get("/healthz")).status_code == 200
        response = await client.get("/readyz")
    await database.close()
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "unavailable"
    assert str(tmp_path) not in response.text


async def test_not_ready_while_the_write_lock_is_held(sqlite_url: str) -> None:
    database = Database(f"{sqlite_url}?timeout=0.01")
    transport = httpx.ASGITransport(create_app(database, OPTIONS), raise_app_exceptions=False)
    other = sqlite3.connect(make_url(sqlite_url).database or "", isolation_level=None)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        other.execute("BEGIN IMMEDIATE")
        response = await client.get("/readyz")
        assert (response.status_code, response.json()["code"]) == (503, "unavailable")
        other.execute("ROLLBACK")
        assert (await client.get("/readyz")).status_code == 200
    other.close()
    await database.close()


async def test_not_ready_with_a_full_disk(db: Database, client: httpx.AsyncClient) -> None:
    """A limit for the size of files has the same effect on SQLite's."""
    if not db.url.startswith("sqlite"):
        pytest.skip("a server writes in a process of its own")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        response = await client.get("/readyz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert (await client.get("/readyz")).status_code == 200


async def test_an_unknown_path_is_a_problem_document(client: httpx.AsyncClient) -> None:
    response = await client.get("/nothing")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "title": "Not Found",
        "status": 404,
        "code": "not-found",
        "detail": "There is nothing at /nothing.",
    }


async def test_a_wrong_method_is_405_with_the_allowed_one(client: httpx.AsyncClient) -> None:
    response = await client.post("/healthz")
    assert (response.status_code, response.json()["code"]) == (405, "method-not-allowed")
    assert response.headers["allow"] == "GET"


async def test_with_a_disconnected_bot_it_is_not_ready(db: Database) -> None:
    connected = False
    app = create_app(db, OPTIONS, is_connected=lambda: connected)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://api"
    ) as client:
        response = await client.get("/readyz")
        assert (response.status_code, response.json()["code"]) == (503, "discord-unreachable")
        connected = True
        assert (await client.get("/readyz")).status_code == 200


async def test_metrics_are_in_prometheus_format(client: httpx.AsyncClient) -> None:
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE " in response.text
