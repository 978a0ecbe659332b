"""Fixtures for tests in which requests to Discord fail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.journeys.support.simulated_guild import SimulatedGuild, guild_with_failures


@pytest.fixture
async def fault_guild(database_url: str) -> AsyncIterator[SimulatedGuild]:
    """Like the journeys' guild, but errors in the bot don't fail the test by themselves."""
    async with guild_with_failures(database_url) as guild:
        yield guild
