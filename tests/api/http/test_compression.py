"""Compression of responses, and operations that are marked as deprecated."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import httpx
import pytest

from api.app import create_app
from api.http.compression import MIN_BYTES, accepts_gzip
from api.http.deprecation import Deprecation
from storage import Database
from tests.api.server import OPTIONS, ApiServer, serve_app
from tests.mentorship.support.community import Community


async def raw(client: httpx.AsyncClient, url: str, accept: str) -> tuple[httpx.Response, bytes]:
    """Return a response and its body as it was sent."""
    headers = {"Accept-Encoding": accept}
    async with client.stream("GET", url, headers=headers) as response:
        body = b"".join([part async for part in response.aiter_raw()])
    return response, body


async def test_a_long_response_is_compressed_for_those_who_accept_it(
    community: Community, api: ApiServer
) -> None:
    maya = api.client_of(await community.member("Maya"))
    plain, body = await raw(maya, f"{api.address}/api/openapi.json", "identity")
    assert "content-encoding" not in plain.headers
    packed, smaller = await raw(maya, f"{api.address}/api/openapi.json", "br, gzip;q=0.5")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(smaller) < len(body) / 4
    assert gzip.decompress(smaller) == body
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["vary"]


async def test_short_responses_and_those_with_a_strong_tag_are_not_compressed(
    community: Community, api: ApiServer
) -> None:
    oliver = api.client_of(await community.mentor("Oliver"))
    short, body = await raw(oliver, "/invitations", "gzip")
    assert len(body) < MIN_BYTES
    assert "content-encoding" not in short.headers
    week = [
        {"dayOfWeek": day, "startTime": f"{hour:02}:00", "endTime": f"{hour:02}:30"}
        for day in ("Monday", "Tuesday", "Friday")
        for hour in range(8, 20)
    ]
    await oliver.put("/availability", json=week)
    tagged, body = await raw(oliver, "/availability", "gzip")
    assert len(body) > MIN_BYTES
    assert tagged.headers["etag"].startswith('"')
    assert "content-encoding" not in tagged.headers


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("deflate, x-gzip", True),
        ("*", True),
        ("br;q=1, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("identity", False),
        ("notgzip", False),
        ("", False),
    ],
)
def test_gzip_is_accepted_by_its_weight(accept: str, expected: bool) -> None:
    assert accepts_gzip(accept) is expected


async def test_a_deprecated_operation_says_so_in_headers_and_in_the_document(
    db: Database, community: Community
) -> None:
    deprecation = Deprecation(
        since=datetime(2026, 1, 1, tzinfo=UTC),
        sunset=datetime(2026, 7, 1, tzinfo=UTC),
        page="/api/docs#changes",
    )
    app = create_app(db, OPTIONS, deprecated={"get_me": deprecation})
    maya = await community.member("Maya")
    async with serve_app(app) as api:
        client = api.client_of(maya)
        response = await client.get("/me")
        assert response.headers["deprecation"] == "@1767225600"
        assert response.headers["sunset"] == "Wed, 01 Jul 2026 00:00:00 GMT"
        assert response.links["deprecation"]["url"] == "/api/docs#changes"
        assert "deprecation" not in (await client.get("/search")).headers
        document = (await client.get(f"{api.address}/api/openapi.json")).json()
    operations = document["paths"]["/api/mentorship/me"]
    assert operations["get"]["deprecated"] is True
    assert "deprecated" not in operations["put"]
