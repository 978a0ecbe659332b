"""Request ids and traces: in the response, in problems and in the log. The page about problems."""

from __future__ import annotations

import json
import logging
import re
from uuid import UUID

import httpx
import pytest

from mentorbot import logs
from mentorbot.settings import LogFormat
from tests.api.server import OPTIONS, ApiServer, serve_api
from tests.mentorship.support.community import Community

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@pytest.fixture
async def maya(community: Community, api: ApiServer) -> httpx.AsyncClient:
    return api.client_of(await community.member("Maya"))


async def test_a_request_keeps_its_id_or_gets_one(maya: httpx.AsyncClient) -> None:
    kept = await maya.get("/me", headers={"X-Request-Id": "web-1:7f/3.a"})
    assert kept.headers["x-request-id"] == "web-1:7f/3.a"
    for sent in ({}, {"X-Request-Id": ""}, {"X-Request-Id": "a b"}, {"X-Request-Id": "x" * 129}):
        response = await maya.get("/me", headers=sent)
        assert UUID(response.headers["x-request-id"])


async def test_a_trace_continues_in_the_response(maya: httpx.AsyncClient) -> None:
    for flags, expected in (("01", "01"), ("00", "00"), ("ff", "01")):
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-{flags}"}
        answer = (await maya.get("/me", headers=headers)).headers["traceparent"]
        version, trace, span, sampled = answer.split("-")
        assert (version, trace, sampled) == ("00", TRACE, expected)
        assert span != PARENT
        assert re.fullmatch("[0-9a-f]{16}", span)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{PARENT}-01-more",
        f"00-{TRACE}-{PARENT}",
    ],
)
async def test_a_trace_that_cannot_be_read_begins_anew(maya: httpx.AsyncClient, sent: str) -> None:
    answer = (await maya.get("/me", headers={"traceparent": sent})).headers["traceparent"]
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", answer)
    assert TRACE not in answer


async def test_a_later_version_of_the_trace_header_is_read(maya: httpx.AsyncClient) -> None:
    headers = {"traceparent": f"01-{TRACE}-{PARENT}-01-more"}
    assert TRACE in (await maya.get("/me", headers=headers)).headers["traceparent"]


async def test_each_problem_has_the_id_of_its_request(
    maya: httpx.AsyncClient, api: ApiServer
) -> None:
    stranger = api.client_with_token("nonsense")
    for response in (
        await maya.get("/session/1", headers={"X-Request-Id": "one"}),
        await maya.get("/nothing", headers={"X-Request-Id": "one"}),
        await stranger.get("/me", headers={"X-Request-Id": "one"}),
        await maya.put("/me", content=b"{", headers={"X-Request-Id": "one"}),
    ):
        assert response.is_client_error
        assert response.json()["instance"] == "urn:x-request-id:one"
        assert response.headers["x-request-id"] == "one"


async def test_log_lines_of_a_request_have_its_id_and_trace(
    maya: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = logs.create_handler(LogFormat.JSON, ())
    root, storage = logging.getLogger(), logging.getLogger("storage")
    level = storage.level
    root.addHandler(handler)
    storage.setLevel(logging.DEBUG)
    try:
        headers = {"X-Request-Id": "web-1", "traceparent": f"00-{TRACE}-{PARENT}-01"}
        await maya.put("/me", json={"timezone": "UTC"}, headers=headers)
        logging.getLogger("bot").warning("outside of requests")
    finally:
        root.removeHandler(handler)
        storage.setLevel(level)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line[0] == "{"]
    use_cases = [line for line in lines if line["logger"].startswith("storage")]
    assert use_cases
    assert {(line["request_id"], line["trace_id"]) for line in use_cases} == {("web-1", TRACE)}
    (outside,) = [line for line in lines if line["event"] == "outside of requests"]
    assert "request_id" not in outside


async def test_a_bug_is_a_problem_with_all_headers_and_a_traceback_in_the_log(
    community: Community, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(guild_id: int, user_id: int) -> None:
        raise RuntimeError("the secret cause")

    maya = await community.member("Maya")
    async with serve_api(community.db, OPTIONS, member_lookup=broken) as api:
        response = await api.client_of(maya).get("/me", headers={"X-Request-Id": "web-1"})
    assert (response.status_code, response.json()["code"]) == (500, "internal-error")
    assert "secret" not in response.text
    assert "web-1" in response.json()["detail"]
    for name in ("x-request-id", "x-content-type-options", "ratelimit", "cache-control"):
        assert name in response.headers
    (logged,) = [record for record in caplog.records if record.message == "request failed"]
    assert logged.exc_info is not None


async def test_the_type_of_a_problem_leads_to_what_it_means(
    maya: httpx.AsyncClient, api: ApiServer
) -> None:
    codes = {}
    for response in (
        await maya.get("/session/1"),
        await maya.get("/nothing"),
        await maya.post("/me"),
        await maya.get("/search", params={"limit": "many"}),
        await maya.get("/search", params={"cursor": "a0.1.2-0123456789"}),
        await api.client_with_token(None).get("/me"),
        await maya.put("/me", content=b"{", headers={"Content-Type": "application/json"}),
        await maya.put("/me", content=b"{}", headers={"Content-Type": "text/plain"}),
    ):
        codes[response.json()["code"]] = response.json()["type"]
    assert len(codes) == 7
    for code, kind in codes.items():
        page = await api.client_with_token(None).get(api.address + kind)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert f'<h2 id="{kind.partition("#")[2]}">' in page.text, code
        assert f"<code>{code}</code>" in page.text


async def test_every_response_forbids_guessing_its_type(
    maya: httpx.AsyncClient, api: ApiServer
) -> None:
    for response in (
        await maya.get("/me"),
        await maya.get("/nothing"),
        await api.client_with_token(None).get("/me"),
        await maya.get(f"{api.address}/healthz"),
        await maya.get(f"{api.address}/api/openapi.json"),
        await maya.get(f"{api.address}/api/docs"),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_nothing_that_needs_a_token_is_stored_by_caches(
    maya: httpx.AsyncClient, api: ApiServer
) -> None:
    for response in (
        await maya.get("/me"),
        await maya.get("/nothing"),
        await api.client_with_token(None).get("/me"),
    ):
        assert response.headers["cache-control"] == "no-store"
