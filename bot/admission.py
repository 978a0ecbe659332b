"""Answering within Discord's three seconds when many ask at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord

MAX_CONCURRENT = 20
"""So many are answered at a time; each takes some milliseconds."""


class Admission:
    """Those whose interactions are being answered, a few at a time and in the order they came."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(MAX_CONCURRENT)

    @asynccontextmanager
    async def admit(self, interaction: discord.Interaction) -> AsyncIterator[None]:
        """Answer an interaction in here.

        Whoever has to wait has Discord told first that an answer comes, which then has fifteen
        minutes. That costs a request, so those who can have their answer at once are spared it.
        """
        if self._turns.locked():
            message = interaction.message
            if message is not None and message.flags.ephemeral:
                await interaction.response.defer()
            else:
                await interaction.response.defer(ephemeral=True, thinking=True)
        async with self._turns:
            yield
