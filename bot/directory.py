"""Who somebody is in a server, by Discord: for callers from outside, known by an id alone."""

from __future__ import annotations

import time
from collections import OrderedDict

import discord

from mentorship.actors import Actor

KNOWN_FOR = 60.0
"""Seconds after which somebody is asked about again: so long may a new role take to count."""

MOST_KNOWN = 10_000


class Directory:
    """Asks Discord about members. The bot has no privileged intent, so it hears of no change."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot
        self._known: OrderedDict[tuple[int, int], tuple[float, Actor]] = OrderedDict()

    async def __call__(self, guild_id: int, user_id: int) -> Actor | None:
        """The person as a member of the guild; None if they, or the bot, are not in it.

        Raises `ConnectionError` when Discord can't be asked.
        """
        now = time.monotonic()
        asked, known = self._known.pop((guild_id, user_id), (0.0, None))
        if known is None or now - asked >= KNOWN_FOR:
            asked, known = now, await self._ask(guild_id, user_id)
        if known is None:
            # Whoever has just joined is not kept waiting.
            return None
        self._known[guild_id, user_id] = (asked, known)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return known

    async def _ask(self, guild_id: int, user_id: int) -> Actor | None:
        if not self._bot.is_ready():
            raise ConnectionError("the bot is not connected to Discord")
        guild = self._bot.get_guild(guild_id)
        if guild is None:
            return None
        try:
            member = await guild.fetch_member(user_id)
        except discord.NotFound:
            return None
        except (discord.HTTPException, OSError) as error:
            raise ConnectionError(f"Discord can't say who is in the guild: {error}") from error
        return Actor(
            user_id=member.id,
            name=member.display_name,
            guild_id=guild_id,
            role_ids=frozenset(role.id for role in member.roles),
            manages_guild=member.guild_permissions.manage_guild,
            joined_at=member.joined_at,
        )
