"""Choosing where sessions take place over REST: only at providers that are configured."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mentorship.actors import Actor
from mentorship.guilds import guild_settings
from storage import Database
from tests.api.server import OPTIONS, ApiServer, serve_api
from tests.mentorship.support.community import GUILD, TUESDAY_NOON, Community


@pytest.fixture
async def api(db: Database) -> AsyncIterator[ApiServer]:
    """An API of a program with Zoom, and without Daily."""
    async with serve_api(db, replace(OPTIONS, meeting_providers=("jitsi", "zoom"))) as api:
        yield api


async def test_provider_that_is_not_configured_is_refused(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    app, mentor = api.client_of(Actor(99, "the app", GUILD), "service"), api.client_of(oliver)
    group = {
        "title": "Office hours",
        "scheduledAt": (TUESDAY_NOON + timedelta(days=1)).isoformat(),
        "duration": 60,
        "capacity": 5,
        "price": 0,
    }
    calls: list[tuple[Any, str, dict[str, Any], str]] = [
        (app.patch, "/settings", {"meetingPlace": "daily"}, "/meetingPlace"),
        (mentor.patch, "/profile", {"meetingPlace": "daily"}, "/meetingPlace"),
        (mentor.post, "/groups", group | {"place": "daily"}, "/place"),
    ]
    for send, path, body, pointer in calls:
        refused = await send(path, json=body)
        assert refused.status_code == 422, (path, refused.text)
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
        accepted = await send(path, json={**body, pointer[1:]: "zoom"})
        assert accepted.is_success, (path, accepted.text)
    assert (await app.get("/settings")).json()["meetingPlace"] == "zoom"
    assert (await mentor.get("/me")).json()["meetingPlace"] == "zoom"


async def test_mentor_meets_as_the_server_does_again(community: Community, api: ApiServer) -> None:
    mentor = api.client_of(await community.mentor("Oliver"))
    for place, stored in (("jitsi", "jitsi"), ("link", "link"), ("server", None)):
        assert (await mentor.patch("/profile", json={"meetingPlace": place})).status_code == 200
        assert (await mentor.get("/me")).json()["meetingPlace"] == stored


@pytest.mark.parametrize(
    ("server", "stored"),
    [
        ("https://meet.example.org/", "https://meet.example.org"),
        ("https://example.org/meet", "https://example.org/meet"),
        ("", None),
        ("http://meet.example.org", "refused"),
        ("https://10.0.0.1", "refused"),
        ("https://user@meet.example.org", "refused"),
        ("https://meet.example.org/?x=1", "refused"),
        ("meet.example.org", "refused"),
        (f"https://meet.example.org/{'x' * 200}", "refused"),
    ],
)
async def test_jitsi_server_is_an_address_that_people_can_be_given(
    community: Community, api: ApiServer, server: str, stored: str | None
) -> None:
    app = api.client_of(Actor(99, "the app", GUILD), "service")
    response = await app.patch("/settings", json={"jitsiServer": server})
    settings = await community.db.read(guild_settings.load, GUILD)
    if stored == "refused":
        assert response.status_code == 422
        assert [error["pointer"] for error in response.json()["errors"]] == ["/jitsiServer"]
        assert settings.jitsi_server is None
    else:
        assert response.status_code == 200, response.text
        assert settings.jitsi_server == stored
