"""What a load balancer asks, and how the API says that something is wrong."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.middleware import BASE_PATH
from storage import Database
from tests.api.server import OPTIONS


@pytest.fixture
async def client(db: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(db, OPTIONS), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def test_it_is_alive_and_ready(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_without_its_database_it_is_alive_but_not_ready(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/gone/mentorbot.db")
    transport = httpx.ASGITransport(create_app(database, OPTIONS), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
    await database.close()
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"
    assert str(tmp_path) not in answer.text


async def test_an_unknown_address_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nothing")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "title": "Not Found",
        "status": 404,
        "code": "not-found",
        "detail": "There is nothing at /nothing.",
    }


async def test_a_wrong_method_says_which_is_right(client: httpx.AsyncClient) -> None:
    answer = await client.post("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


async def test_without_discord_it_is_not_ready_where_the_bot_runs_beside_it(db: Database) -> None:
    there = False
    app = create_app(db, OPTIONS, is_connected=lambda: there)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://api"
    ) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "discord-unreachable")
        there = True
        assert (await client.get("/readyz")).status_code == 200


async def test_figures_are_in_prometheus_format(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE " in answer.text


async def test_the_page_and_the_document_are_there(client: httpx.AsyncClient) -> None:
    page = await client.get("/api/docs")
    assert page.status_code == 200
    # All that it needs is here: it works without the internet, and tells nobody who reads it.
    needed = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(needed) >= 2
    for address in needed:
        assert address.startswith("/api/docs/static/"), address
        assert (await client.get(address)).status_code == 200, address
    document = (await client.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")


async def test_each_call_is_documented_whole(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()
    assert "token" in document["components"]["securitySchemes"]
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            where = f"{method} {path}"
            assert call["summary"], where
            assert call["description"], where
            assert call["tags"], where
            if not path.startswith(BASE_PATH):
                continue
            assert call["security"] == [{"token": []}], where
            statuses = set(call["responses"])
            assert statuses >= {"401", "403", "422", "429", "503"}, where
            if "requestBody" in call:
                assert statuses >= {"400", "413", "415"}, where
            for status in statuses:
                (content,) = call["responses"][status]["content"].values()
                told = document["components"]["schemas"][content["schema"]["$ref"].split("/")[-1]]
                assert content.get("examples") or told.get("examples"), f"{where} {status}"
