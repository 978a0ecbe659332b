"""The simulated guild of the journeys."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.journeys.support.simulated_guild import SimulatedGuild, simulated_guild
from tests.mentorship.support.community import assert_ledger_consistent


@pytest.fixture
async def guild(database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[SimulatedGuild]:
    """A guild with a review channel, a moderator role, a mentor role and the bot.

    The ledger is checked at the end of each test. With `--second-bot`, another bot receives the
    same.
    """
    second_bot = request.config.getoption("second_bot")
    async with simulated_guild(database_url, second_bot) as guild:
        yield guild
        await guild.db.read(assert_ledger_consistent)
