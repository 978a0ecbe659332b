"""Keep answers within Discord's three seconds when many interactions arrive at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord

MAX_CONCURRENT = 20
"""Interactions that are answered at a time. Each takes some milliseconds."""

LONGEST_PAUSE_S = 1.0
"""How long an interaction lets others arrive, at most, before it is answered."""


class Admission:
    """Admits interactions a few at a time, in the order in which they arrived.

    While more arrive, none is answered: all of a crowd are acknowledged before the first answer.
    Otherwise the work for the first ones would delay the others' acknowledgement.
    """

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)
        self._pause = asyncio.Lock()
        self._arrived = 0

    @asynccontextmanager
    async def admit(self, interaction: discord.Interaction) -> AsyncIterator[None]:
        """Answer an interaction inside this context, once it is its turn.

        An interaction that has to wait is deferred first, which gives it fifteen minutes instead of
        three seconds. Deferring costs a request, so those that need not wait are not deferred.
        """
        self._arrived += 1
        is_busy = self._slots.locked() or await self._more_arrive()
        # `bot.guilds.presence` may run an act again, which has deferred the first time.
        if is_busy and not interaction.response.is_done():
            message = interaction.message
            if message is not None and message.flags.ephemeral:
                await interaction.response.defer()
            else:
                await interaction.response.defer(ephemeral=True, thinking=True)
        async with self._slots:
            clock = asyncio.get_running_loop().time
            until = clock() + LONGEST_PAUSE_S
            # One looks whether more arrive. If all did, each event would wake up all of them.
            async with self._pause:
                while await self._more_arrive() and clock() < until:
                    pass
            yield

    async def _more_arrive(self) -> bool:
        """Return whether another interaction arrives in the next turns of the event loop."""
        arrived = self._arrived
        for _ in range(2):  # The gateway's reader yields once between two events.
            await asyncio.sleep(0)
        return self._arrived != arrived
