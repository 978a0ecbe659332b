"""Lists: cursors belong to one list, `Link` beside them, and instants in queries."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community


@pytest.fixture
async def maya(community: Community, api: ApiServer) -> httpx.AsyncClient:
    """Maya, with three sessions with each of two mentors."""
    maya = await community.member("Maya", points=1_000)
    for name, hour in (("Oliver", 0), ("Noor", 2)):
        mentor = await community.mentor(name)
        for day in range(3):
            start = TUESDAY_NOON + timedelta(days=day, hours=hour)
            await community.session(SessionStatus.CONFIRMED, maya, mentor, start)
    return api.client_of(maya)


async def test_a_cursor_of_another_list_is_400(maya: httpx.AsyncClient, api: ApiServer) -> None:
    async def cursor(path: str, **params: str) -> str:
        response = await maya.get(path, params={"limit": "1"} | params)
        return str(response.json()["nextCursor"])

    own = await cursor("/sessions/mentee", status="confirmed")
    good = await maya.get("/sessions/mentee", params={"status": "confirmed", "cursor": own})
    assert len(good.json()["sessions"]) == 5
    longer = {"status": "confirmed", "cursor": own, "limit": "2"}
    assert len((await maya.get("/sessions/mentee", params=longer)).json()["sessions"]) == 2
    transfers, search = await cursor("/points/transfers"), await cursor("/search")
    for path, params in (
        ("/sessions/mentor", {"status": "confirmed", "cursor": own}),
        ("/sessions/mentee", {"cursor": own}),
        ("/sessions/mentee", {"status": "confirmed", "order": "latest", "cursor": own}),
        ("/sessions/mentee", {"cursor": transfers}),
        ("/sessions/mentee", {"cursor": search}),
        ("/points/transfers", {"cursor": own}),
        ("/search", {"cursor": own}),
        ("/search", {"cursor": search, "expertise": "python"}),
        ("/groups", {"cursor": own}),
        ("/invitations", {"cursor": own}),
        ("/sessions/mentee", {"cursor": own.partition("-")[0], "status": "confirmed"}),
    ):
        response = await maya.get(path, params=params)
        assert (response.status_code, response.json()["code"]) == (400, "cursor-mismatch"), path
        assert response.json()["errors"][0]["parameter"] == "cursor"


async def test_a_cursor_of_another_member_is_400(
    community: Community, maya: httpx.AsyncClient, api: ApiServer
) -> None:
    own = (await maya.get("/points/transfers", params={"limit": "1"})).json()["nextCursor"]
    noor = api.client_of(await community.member("Ada", points=1))
    assert (await noor.get("/points/transfers", params={"cursor": own})).status_code == 400


@pytest.mark.parametrize("path", ["/sessions/mentee", "/points/transfers", "/search"])
async def test_link_headers_lead_through_a_list_and_back(
    maya: httpx.AsyncClient, path: str
) -> None:
    def items(response: httpx.Response) -> list[str]:
        (found,) = [
            value for value in response.json().values() if isinstance(value, list) and value
        ]
        return [item.get("id") or item["userId"] for item in found]

    everything = items(await maya.get(path, params={"limit": "20"}))
    response = await maya.get(path, params={"limit": "1"})
    assert "prev" not in response.links
    forward = items(response)
    while "next" in response.links:
        response = await maya.get(str(response.url.join(response.links["next"]["url"])))
        forward += items(response)
    assert forward == everything
    assert len(everything) > 1
    backward = items(response)
    while "prev" in response.links:
        response = await maya.get(str(response.url.join(response.links["prev"]["url"])))
        backward += items(response)
    assert backward == everything[::-1]


async def test_link_headers_lead_through_the_open_slots_of_a_span(
    community: Community, api: ApiServer
) -> None:
    maya, oliver = await community.member("Maya"), await community.mentor("Oliver")
    client, path = api.client_of(maya), f"/mentors/{oliver.user_id}/slots"
    span = {"from": "2026-03-04T00:00:00Z", "to": "2026-03-05T00:00:00Z"}
    everything = (await client.get(path, params=span)).json()["slots"]
    response = await client.get(path, params=span | {"limit": "20", "timezone": "Asia/Kolkata"})
    slots, pages = response.json()["slots"], 1
    while "next" in response.links:
        response = await client.get(str(response.url.join(response.links["next"]["url"])))
        assert response.json()["timezone"] == "Asia/Kolkata"
        slots += response.json()["slots"]
        pages += 1
    starts = [slot["scheduledAt"] for slot in slots]
    assert starts == [slot["scheduledAt"] for slot in everything]
    assert pages == -(-len(everything) // 20) > 1


async def test_a_plus_that_became_a_space_is_read(maya: httpx.AsyncClient) -> None:
    lists = {}
    for written in ("2026-03-03T13:00:00+02:00", "2026-03-03T13:00:00%2B02:00"):
        response = await maya.get(f"/sessions/mentee?to={written}")
        assert response.status_code == 200, response.text
        lists[written] = [session["id"] for session in response.json()["sessions"]]
    assert len(set(map(tuple, lists.values()))) == 1
    for query in (
        "/search?freeFrom=2026-03-03T13:00+02:00&freeTo=2026-03-03T14:00:00.5+02:00",
        "/groups?from=2026-03-03 13:00:00+02:00",
    ):
        assert (await maya.get(query)).status_code == 200
    for query in ("from=2026-03-03T13:00:00", "from=2026-03-03 13:00", "from=2026-03-03T13 02:00"):
        response = await maya.get(f"/sessions/mentee?{query}")
        assert response.json()["errors"][0]["parameter"] == "from", query


async def test_a_parameter_is_named_and_not_a_field_of_a_body(
    community: Community, maya: httpx.AsyncClient
) -> None:
    oliver = await community.mentor("Ines")
    for path, params in (
        ("/sessions/mentee", {"status": "bogus"}),
        ("/sessions/mentee", {"status": ["confirmed", "bogus"]}),
        ("/groups", {"status": "bogus"}),
        ("/invitations", {"status": "bogus"}),
        (f"/mentors/{oliver.user_id}/slots", {"duration": "45"}),
    ):
        response = await maya.get(path, params=params)
        assert response.status_code == 422, path
        (error,) = response.json()["errors"]
        assert error["parameter"] == next(iter(params)), path
        assert "pointer" not in error
