"""Keep answers within Discord's three seconds when many interactions arrive at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord

MAX_CONCURRENT = 20
"""Interactions that are answered at a time. Each takes some milliseconds."""


class Admission:
    """Admits interactions a few at a time, in the order in which they arrived."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)

    @asynccontextmanager
    async def admit(self, interaction: discord.Interaction) -> AsyncIterator[None]:
        """Answer an interaction inside this context, once it is its turn.

        An interaction that has to wait is deferred first, which gives it fifteen minutes instead of
        three seconds. Deferring costs a request, so those that need not wait are not deferred.
        """
        if self._slots.locked():
            message = interaction.message
            if message is not None and message.flags.ephemeral:
                await interaction.response.defer()
            else:
                await interaction.response.defer(ephemeral=True, thinking=True)
        async with self._slots:
            yield
