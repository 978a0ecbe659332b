"""A mentor and a mentee with a confirmed session."""

from __future__ import annotations

import pytest

from mentorship.actors import Actor
from mentorship.sessions.session_views import SessionView
from tests.mentorship.support.community import Community


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver Hughes", instant_booking=True)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya Lind", points=1_000)


@pytest.fixture
async def session(town: Community, oliver: Actor, maya: Actor) -> SessionView:
    return await town.book(maya, oliver)
