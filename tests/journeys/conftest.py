"""The simulated guild of the journeys."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.journeys.support.simulated_guild import SimulatedGuild, simulated_guild
from tests.mentorship.support.community import assert_ledger_consistent


@pytest.fixture
async def guild(database_url: str) -> AsyncIterator[SimulatedGuild]:
    """A guild with a review channel, a moderator role, a mentor role and the bot.

    The ledger is checked at the end of each test.
    """
    async with simulated_guild(database_url) as guild:
        yield guild
        await guild.db.read(assert_ledger_consistent)
