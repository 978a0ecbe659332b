"""Reading the events of a server over REST."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.schemas.service.events import MAX_EVENTS
from mentorship.statuses import SessionStatus
from mentorship.webhooks import feed
from tests.api.server import ApiServer
from tests.api.test_points import service_client
from tests.api.webhooks.feed import render_all
from tests.mentorship.support.community import Community


@pytest.fixture
async def app(api: ApiServer) -> httpx.AsyncClient:
    """The main app, with the scope `service`."""
    return service_client(api)


async def read(app: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    response = await app.get("/events", params=query)
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


async def test_the_pages_have_every_event_once_in_order(
    community: Community, app: httpx.AsyncClient
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    await community.session(SessionStatus.COMPLETED, maya, oliver)
    while await community.db.run(feed.assign):
        pass
    events: list[dict[str, Any]] = []
    page: dict[str, Any] = {"hasMore": True}
    while page["hasMore"]:
        after = {"after": page["after"]} if "after" in page else {}
        page = await read(app, limit=2, **after)
        events += page["events"]
    assert events == await render_all(community.db)
    assert (await read(app, after=page["after"]))["events"] == []
    await community.member("Noor")
    assert (await read(app, after=page["after"]))["events"] == []
    await community.db.run(feed.assign)
    [zone] = (await read(app, after=page["after"]))["events"]
    assert zone["type"] == "member.timezone_changed"


async def test_events_are_filtered_by_type(community: Community, app: httpx.AsyncClient) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    await community.session(SessionStatus.CONFIRMED, maya, oliver)
    await community.db.run(feed.assign)
    wanted = ["session.booked", "application.approved"]
    page = await read(app, type=wanted)
    assert [event["type"] for event in page["events"]] == wanted[::-1]
    assert not page["hasMore"]


async def test_other_servers_events_are_not_read(
    community: Community, other_community: Community, api: ApiServer, app: httpx.AsyncClient
) -> None:
    await community.member("Maya")
    await other_community.member("Noor")
    await community.db.run(feed.assign)
    assert {event["data"]["guildId"] for event in (await read(app))["events"]} == {
        str(community.guild_id)
    }
    elsewhere = api.client_of(replace(other_community.chief, user_id=3), "service")
    assert {event["data"]["guildId"] for event in (await read(elsewhere))["events"]} == {
        str(other_community.guild_id)
    }


async def test_a_cursor_that_no_event_has_yet_is_gone(
    community: Community, app: httpx.AsyncClient
) -> None:
    await community.db.run(feed.assign)
    response = await app.get("/events", params={"after": "999999"})
    assert (response.status_code, response.json()["code"]) == (410, "events-expired")
    assert response.json()["oldest"] == "0"


@pytest.mark.parametrize(
    "query",
    [
        {"after": "-1"},
        {"after": "x"},
        {"after": "٣"},
        {"after": "9" * 19},
        {"after": "9" * 30},
        {"type": "session.exploded"},
        {"limit": 0},
        {"limit": MAX_EVENTS + 1},
        {"before": "1"},
    ],
)
async def test_bad_parameters_are_named(
    community: Community, app: httpx.AsyncClient, query: dict[str, Any]
) -> None:
    response = await app.get("/events", params=query)
    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert error["parameter"] in query
