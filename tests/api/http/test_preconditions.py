"""`If-Match` and `If-None-Match` by RFC 9110, section 13.1."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.preconditions import EntityTag, parse_entity_tags
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community

WEEK = [{"dayOfWeek": "Monday", "startTime": "09:00", "endTime": "17:00"}]


@pytest.fixture
async def oliver(community: Community, api: ApiServer) -> httpx.AsyncClient:
    return api.client_of(await community.mentor("Oliver"))


async def test_if_match_takes_a_list_of_tags(oliver: httpx.AsyncClient) -> None:
    for make in (
        lambda tag: f'"zzz", {tag}',
        lambda tag: f'W/"v0",{tag} ,"a,b"',
        lambda tag: f", {tag},",
    ):
        tag = (await oliver.get("/availability")).headers["etag"]
        headers = {"If-Match": make(tag)}
        assert (await oliver.put("/availability", json=WEEK, headers=headers)).status_code == 200
        again = await oliver.put("/availability", json=[], headers=headers)
        assert (again.status_code, again.json()["code"]) == (412, "changed-meanwhile")
    assert len((await oliver.get("/availability")).json()["weekly"]) == 1


async def test_several_if_match_headers_are_one_list(oliver: httpx.AsyncClient) -> None:
    tag = (await oliver.get("/availability")).headers["etag"]
    headers = [("If-Match", '"zzz"'), ("If-Match", tag)]
    assert (await oliver.put("/availability", json=WEEK, headers=headers)).status_code == 200


async def test_a_weak_tag_never_matches_and_the_problem_says_what_does(
    oliver: httpx.AsyncClient,
) -> None:
    tag = (await oliver.get("/availability")).headers["etag"]
    headers = {"If-Match": f"W/{tag}"}
    refused = await oliver.put("/availability", json=[], headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (412, "weak-etag")
    assert "without W/" in refused.json()["detail"]
    # Nor beside a strong one, which is of another version.
    beside = {"If-Match": f'W/{tag}, "v0"'}
    refused = await oliver.put("/availability", json=[], headers=beside)
    assert (refused.status_code, refused.json()["code"]) == (412, "changed-meanwhile")
    headers = {"If-Match": headers["If-Match"].removeprefix("W/")}
    assert (await oliver.put("/availability", json=WEEK, headers=headers)).status_code == 200


async def test_a_malformed_if_match_is_named(oliver: httpx.AsyncClient) -> None:
    for value in ("v2", '"v2', '"a" "b"', "W/v2", '*, "v1"', ""):
        refused = await oliver.put("/availability", json=[], headers={"If-Match": value})
        assert refused.status_code == 422, value
        assert refused.json()["errors"][0]["header"] == "If-Match"


async def test_a_get_that_knows_the_tag_is_304(oliver: httpx.AsyncClient) -> None:
    first = await oliver.get("/availability")
    tag = first.headers["etag"]
    for value in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        for method in ("GET", "HEAD"):
            known = await oliver.request(method, "/availability", headers={"If-None-Match": value})
            assert (known.status_code, known.content) == (304, b""), value
            assert known.headers["etag"] == tag
            assert known.headers["cache-control"] == "no-store"
    for value in ('"other"', "malformed", f'"{tag}"'):
        other = await oliver.get("/availability", headers={"If-None-Match": value})
        assert (other.status_code, other.json()) == (200, first.json())
    await oliver.put("/availability", json=WEEK)
    changed = await oliver.get("/availability", headers={"If-None-Match": tag})
    assert (changed.status_code, len(changed.json()["weekly"])) == (200, 1)


_OPAQUE = st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "S"))).filter(
    lambda text: '"' not in text
)


@given(st.lists(st.builds(EntityTag, _OPAQUE.map('"{}"'.format), st.booleans()), min_size=1))
def test_a_list_of_tags_is_read_as_it_was_written(tags: list[EntityTag]) -> None:
    field = ", ".join(("W/" if tag.is_weak else "") + tag.opaque for tag in tags)
    assert parse_entity_tags(field) == tags
