"""Check membership for acts from outside a guild: ask Discord once, then run the act again.

Discord doesn't tell the bot who leaves. So a use case that needs a member raises
`MembershipUnknown` for somebody who presses a button in a direct message.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

import aiohttp
import discord

from bot.actors import PRESENCE
from bot.guilds.membership import is_gone
from bot.interaction import Interaction
from mentorship.errors import MembershipUnknown, NotAMember
from mentorship.sessions import departures

log = logging.getLogger(__name__)

P = ParamSpec("P")

TIMEOUT = 1.5
"""Seconds that Discord has to answer; the interaction must be answered within 3."""


def as_member(
    act: Callable[P, Coroutine[Any, Any, None]],
) -> Callable[P, Coroutine[Any, Any, None]]:
    """Wrap `act`, which takes an interaction, so that it runs again once membership is known."""

    @functools.wraps(act)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            await act(*args, **kwargs)
        except MembershipUnknown as error:
            (interaction,) = (each for each in args if isinstance(each, discord.Interaction))
            interaction.extras[PRESENCE] = await _find_member(interaction, error.guild_id)
            await act(*args, **kwargs)

    return wrapper


async def _find_member(interaction: Interaction, guild_id: int) -> discord.Member | None:
    """Return the person as a member of the guild, None if Discord doesn't answer in time.

    Records the departure of somebody who has left, and raises `NotAMember`.
    """
    client, user_id = interaction.client, interaction.user.id
    try:
        async with asyncio.timeout(TIMEOUT):
            # A process with other shards doesn't have the guild in its cache.
            guild = client.get_guild(guild_id) or await client.fetch_guild(guild_id)
            return await guild.fetch_member(user_id)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        if is_gone(error):
            await client.db.run(departures.record_departure, guild_id, user_id)
            raise NotAMember() from None
        log.warning(
            "can't check whether somebody is still a member",
            extra={"guild": guild_id, "user": user_id, "problem": str(error)},
        )
        return None
