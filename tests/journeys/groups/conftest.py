"""A mentor's group session, announced in a channel."""

from __future__ import annotations

import pytest

from tests.journeys.groups.support import GroupSession, announce_group
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild


@pytest.fixture
async def group(guild: SimulatedGuild) -> GroupSession:
    """Oliver's "Office hours", with 2 seats for 30 points each, at 15:00 UTC tomorrow."""
    oliver = await approved_mentor(guild, "Oliver")
    return await announce_group(guild, oliver)
