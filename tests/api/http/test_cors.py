"""Cross-origin requests of web pages (CORS)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.app import REQUEST_HEADERS, RESPONSE_HEADERS
from api.middleware import BASE_PATH
from tests.api.server import OPTIONS, openapi_document, serve_api
from tests.mentorship.support.community import Community

PAGE = {"Origin": "https://app.example"}
WITH_CORS = replace(OPTIONS, origins=("https://app.example",))


async def test_cors_allows_only_configured_origins(community: Community) -> None:
    preflight = PAGE | {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with serve_api(community.db) as api:
        response = await api.client_with_token(None).options("/me", headers=preflight)
        assert "access-control-allow-origin" not in response.headers
    async with serve_api(community.db, WITH_CORS) as api:
        response = await api.client_with_token(None).options("/me", headers=preflight)
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "https://app.example"
        other = await api.client_with_token(None).options(
            "/me", headers=preflight | {"Origin": "https://evil.example"}
        )
        assert "access-control-allow-origin" not in other.headers


def documented_headers() -> set[str]:
    """Return the headers that operations read."""
    return {
        parameter["name"]
        for path, operations in openapi_document()["paths"].items()
        if path.startswith(BASE_PATH)
        for operation in operations.values()
        for parameter in operation["parameters"]
        if parameter.get("in") == "header"
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_page_may_send_every_header_that_the_api_reads(
    community: Community, method: str
) -> None:
    assert documented_headers() <= set(REQUEST_HEADERS)
    async with serve_api(community.db, WITH_CORS) as api:
        for name in REQUEST_HEADERS:
            preflight = PAGE | {
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": name.lower(),
            }
            response = await api.client_with_token(None).options("/me", headers=preflight)
            assert response.status_code == 200, name


async def test_a_page_may_read_the_headers_of_responses(community: Community) -> None:
    maya = await community.member("Maya")
    async with serve_api(community.db, WITH_CORS) as api:
        response = await api.client_of(maya).get("/me", headers=PAGE)
        exposed = set(response.headers["access-control-expose-headers"].split(", "))
        assert exposed == set(RESPONSE_HEADERS)
        for name in ("RateLimit", "Idempotency-Replayed", "ETag", "Link", "Location"):
            assert name in exposed
        # Problems, too, are readable for the page, whoever answers them.
        refused = await api.client_with_token(None).get("/me", headers=PAGE)
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://app.example"
