"""A mentor who runs group sessions over REST, and members who join them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from mentorship.actors import Actor
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community


@dataclass(frozen=True)
class GroupApi:
    """The API as Oliver, a mentor, and others use it."""

    api: ApiServer
    oliver: Actor
    mentor: httpx.AsyncClient

    async def create(self, **changes: Any) -> dict[str, Any]:
        """Create a group session of an hour on Tuesday noon with 2 seats for 30 points each."""
        response = await self.mentor.post("/groups", json=group_body(**changes))
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    async def join(self, group: dict[str, Any], person: Actor, **agreed: Any) -> httpx.Response:
        client = self.api.client_of(person)
        return await client.post(f"/groups/{group['id']}/seats", json=agreed)

    async def load(self, group: dict[str, Any], person: Actor, **token: Any) -> dict[str, Any]:
        response = await self.api.client_of(person, **token).get(f"/groups/{group['id']}")
        assert response.status_code == 200, response.text
        loaded: dict[str, Any] = response.json()
        return loaded


def group_body(**changes: Any) -> dict[str, Any]:
    """Return the body of a request for a group session; a change to None removes a field."""
    body = {
        "title": "Office hours",
        "scheduledAt": "2026-03-03T12:00:00Z",
        "duration": 60,
        "capacity": 2,
        "price": 30,
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def problem(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of an error."""
    return response.status_code, response.json().get("code")


@pytest.fixture
async def groups(community: Community, api: ApiServer) -> GroupApi:
    oliver = await community.mentor("Oliver")
    return GroupApi(api, oliver, api.client_of(oliver))


@pytest.fixture
async def maya(community: Community) -> Actor:
    return await community.member("Maya", points=100)


@pytest.fixture
async def priya(community: Community) -> Actor:
    return await community.member("Priya", points=100)
