"""The simulated Discord in which the journeys take place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.journeys.support.simulated_guild import SimulatedGuild, simulated_guild
from tests.mentorship.support.community import assert_ledger_consistent


@pytest.fixture
async def guild(database_url: str) -> AsyncIterator[SimulatedGuild]:
    """A server with a review channel, moderators and a mentor role, and the bot in it.

    Whatever happens on a journey, the books balance at its end.
    """
    async with simulated_guild(database_url) as it:
        yield it
        await it.db.read(assert_ledger_consistent)
