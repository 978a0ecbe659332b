"""A mentor with a group session in the town."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from mentorship.actors import Actor
from mentorship.sessions.groups import creation, group_views, seats, waitlist
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.sessions.session_views import SessionView
from tests.mentorship.support.community import TUESDAY_NOON, Community

REQUEST = GroupRequest("Office hours", TUESDAY_NOON, 60, capacity=2, price=30)


@dataclass
class Group:
    """A group session of Oliver's, with 2 seats for 30 points each by default."""

    town: Community
    mentor: Actor
    id: int

    async def view(self) -> GroupView:
        return await self.town.db.read(group_views.load, self.id)

    async def join(self, person: Actor, **shown: Any) -> SessionView:
        return await self.town.db.run(seats.join, person, JoinRequest(self.id, **shown))

    async def wait_in_line(self, person: Actor) -> int:
        return (await self.town.db.run(waitlist.join, person, self.id)).place


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def group(town: Community, oliver: Actor) -> Group:
    return await create(town, oliver)


async def create(town: Community, mentor: Actor, **changes: Any) -> Group:
    """Create a group session like `REQUEST`, with changes."""
    view = await town.db.run(creation.create, mentor, replace(REQUEST, **changes))
    return Group(town, mentor, view.id)
