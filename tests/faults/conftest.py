"""A server in which requests may fail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.journeys.support.world import World, breakable_world


@pytest.fixture
async def broken_town(database_url: str) -> AsyncIterator[World]:
    """As the journeys' town; what broke in the bot is for each test to judge."""
    async with breakable_world(database_url) as town:
        yield town
