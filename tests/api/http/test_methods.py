"""Methods and paths by RFC 9110: `HEAD`, `OPTIONS`, `Allow`, and no redirects."""

from __future__ import annotations

import httpx
import pytest

from api.middleware import BASE_PATH
from tests.api.server import ApiServer, booking_body, list_operations, openapi_document
from tests.mentorship.support.community import Community


@pytest.fixture
async def maya(community: Community, api: ApiServer) -> httpx.AsyncClient:
    return api.client_of(await community.member("Maya", points=100))


def paths() -> list[str]:
    """Return every path that needs a token, with ids in it."""
    return sorted(
        {path.replace("{id}", "1").replace("{userId}", "1") for _, path in list_operations()}
    )


async def test_every_path_names_all_of_its_methods(maya: httpx.AsyncClient) -> None:
    for path, documented in openapi_document()["paths"].items():
        if not path.startswith(BASE_PATH):
            continue
        methods = {method.upper() for method in documented} | {"OPTIONS"}
        methods |= {"HEAD"} if "GET" in methods else set()
        url = path.removeprefix(BASE_PATH).replace("{id}", "1").replace("{userId}", "1")
        # A path with a parameter may match one without, as /groups/preview does.
        options = await maya.options(url)
        assert options.status_code == 204, url
        assert methods <= set(options.headers["allow"].split(", ")), url
        refused = await maya.request("TRACE", url)
        assert refused.status_code == 405, url
        assert refused.headers["allow"] == options.headers["allow"], url
        assert refused.json()["code"] == "method-not-allowed"


async def test_a_wrong_method_is_refused_with_the_right_ones(maya: httpx.AsyncClient) -> None:
    response = await maya.request("DELETE", "/search")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert "GET, HEAD, OPTIONS" in response.json()["detail"]


async def test_head_is_get_without_the_body(maya: httpx.AsyncClient) -> None:
    for path in ("/me", "/search", "/sessions/mentee", "/session/1", "/nothing"):
        get, head = await maya.get(path), await maya.head(path)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        for name in ("content-type", "cache-control", "ratelimit-policy"):
            assert head.headers[name] == get.headers[name], path
        assert "content-length" in head.headers
    assert (await maya.get("/me")).status_code == 200, "the connection is still usable"


async def test_head_and_options_need_a_token(api: ApiServer) -> None:
    stranger = api.client_with_token(None)
    for path in ("/me", "/nothing"):
        assert (await stranger.head(path)).status_code == 401
        assert (await stranger.options(path)).status_code == 401


async def test_a_slash_at_the_end_is_another_path_and_never_redirects(
    community: Community, maya: httpx.AsyncClient
) -> None:
    oliver = await community.mentor("Oliver")
    response = await maya.post("/book/", json=booking_body(oliver.user_id))
    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    for path in paths():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            response = await maya.request(method, f"{path}/")
            assert (response.status_code, response.headers.get("location")) == (404, None), path


async def test_options_of_an_unknown_path_is_404(maya: httpx.AsyncClient) -> None:
    assert (await maya.options("/nothing")).status_code == 404
