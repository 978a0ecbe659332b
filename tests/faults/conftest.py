"""Fixtures for tests in which requests to Discord fail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.journeys.support.world import World, breakable_world


@pytest.fixture
async def fault_town(database_url: str) -> AsyncIterator[World]:
    """Like the journeys' town, but errors in the bot don't fail the test by themselves."""
    async with breakable_world(database_url) as town:
        yield town
